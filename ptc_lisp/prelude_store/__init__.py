"""Versions of preludes: a store in memory or in a file, and the namespace by which a model writes to it."""
