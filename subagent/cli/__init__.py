"""The command line `ptc`. Importing this package loads nothing: `main` does, when it runs."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Entry point of the script `ptc`; ends the process with a documented exit code."""
    from subagent.cli.app import run_app

    run_app()
