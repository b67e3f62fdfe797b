"""Runs written to files."""
