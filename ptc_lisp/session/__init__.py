"""Running programs, and calling tools without one."""

from importlib import import_module

TYPE_CHECKING = False  # as in `ptc_lisp`

if TYPE_CHECKING:
    from ptc_lisp.session.host_calls import ToolOutcome, acall_tools
    from ptc_lisp.session.sessions import Session
    from ptc_lisp.session.single import arun, check, run, warm_up

__all__ = ["Session", "ToolOutcome", "acall_tools", "arun", "check", "run", "warm_up"]

# Names are loaded on first use, so that a first `run` can start workers while the rest is being loaded.
_HOME = {
    "Session": "sessions",
    "ToolOutcome": "host_calls",
    "acall_tools": "host_calls",
    "arun": "single",
    "check": "single",
    "run": "single",
    "warm_up": "single",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
