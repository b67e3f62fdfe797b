"""The command line `ptc`. Importing this package loads nothing: `main` does, when it runs."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]

_WITH_PROGRAMS = frozenset({"check", "demo", "eval", "repl", "run"})


def main() -> None:
    """Entry point of the script `ptc`; ends the process with a documented exit code."""
    _open_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):  # scripts ask for it; to take options apart takes 0.2 s
        from ptc_lisp import __version__

        print(f"ptc {__version__}")
        return
    if sys.argv[1:2] and sys.argv[1] in _WITH_PROGRAMS and not {"-h", "--help"} & set(sys.argv):
        from ptc_lisp import warm_up

        warm_up()  # beside what follows, which takes as long
    from subagent.cli.app import run_app

    run_app()


def _open_streams() -> None:
    """Streams for those that the caller has closed, before anything else is opened in their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            place = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is that of the stream
            os.set_inheritable(place, True)
            setattr(sys, name, open(place, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as the process
