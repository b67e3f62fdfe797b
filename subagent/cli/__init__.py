"""The command line `ptc`. Importing this package loads nothing: `main` does, when it runs."""

from __future__ import annotations

import sys

__all__ = ["main"]

_WITH_PROGRAMS = frozenset({"check", "demo", "eval", "repl", "run"})


def main() -> None:
    """Entry point of the script `ptc`; ends the process with a documented exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # scripts ask for it; to take options apart takes 0.2 s
        from ptc_lisp import __version__

        print(f"ptc {__version__}")
        return
    if sys.argv[1:2] and sys.argv[1] in _WITH_PROGRAMS and not {"-h", "--help"} & set(sys.argv):
        from ptc_lisp import warm_up

        warm_up()  # beside what follows, which takes as long
    from subagent.cli.app import run_app

    run_app()
