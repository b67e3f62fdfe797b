"""Running programs, and calling tools without one."""

from ptc_lisp.session.host_calls import ToolOutcome, acall_tools
from ptc_lisp.session.sessions import Session
from ptc_lisp.session.single import arun, check, run

__all__ = ["Session", "ToolOutcome", "acall_tools", "arun", "check", "run"]
