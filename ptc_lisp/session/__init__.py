"""Running programs."""

from ptc_lisp.session.sessions import Session, arun, check, run

__all__ = ["Session", "arun", "check", "run"]
