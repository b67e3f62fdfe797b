"""Capability preludes: namespaces of the host, written in PTC-Lisp. See `parts` for what they are as data."""
