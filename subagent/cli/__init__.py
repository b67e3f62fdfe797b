"""The command line `ptc`. Importing this package loads nothing: `main` does, when it runs."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Entry point of the script `ptc`; ends the process with a documented exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # scripts ask for it; to take options apart takes 0.2 s
        from ptc_lisp import __version__

        print(f"ptc {__version__}")
        return
    from subagent.cli.app import run_app

    run_app()
