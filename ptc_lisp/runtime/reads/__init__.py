"""Which parts of its data a program reads, found out before it runs."""

from ptc_lisp.runtime.reads.program import Needs, needs

__all__ = ["Needs", "needs"]
