"""Attacks on our own sandbox, to see that it holds on this machine: the corpus (TOML files), the worker that executes
raw Python under the lockdown, and the campaign that runs them all.
"""
