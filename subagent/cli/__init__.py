"""The command line `ptc`. Importing this package loads nothing: `main` does, when it runs."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Entry point of the script `ptc`; ends the process with a documented exit code."""
    _open_streams()
    from subagent.cli.app import run_app

    run_app()


def _open_streams() -> None:
    """Streams for those that the caller has closed, before anything else is opened in their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            place = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is that of the stream
            os.set_inheritable(place, True)
            setattr(sys, name, open(place, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as the process
