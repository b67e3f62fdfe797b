"""One call of `ptc`: parses the arguments, runs the command, and ends in a documented exit code."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import Any

import click

from subagent.cli.commands import PTC
from subagent.cli.exits import CliError, Exit

_NAME = "ptc"
_COMPLETE = "_PTC_COMPLETE"  # a shell sets it; click documents its values


def run_app() -> None:
    """Run the command line and end the process; everything foreseeable ends in one message and a documented code."""
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a value may hold what the terminal cannot show
    code = _guarded()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _pipe_closed()
    except OSError as error:
        code = _not_written(error)
    sys.exit(code)


def _guarded() -> int:
    try:
        return _called()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else Exit.OK if ending.code is None else Exit.USAGE
    except KeyboardInterrupt:
        print("ptc: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            return _not_written(error)
        code, message = _explained(error)
        if message is None:
            if os.environ.get("PTC_DEBUG"):
                raise
            message = f"internal error: {type(error).__name__}: {error} (PTC_DEBUG=1 shows where)"
        print(f"ptc: {message}", file=sys.stderr)
        return code


def _called() -> int:
    """What the words ask for is done. Not by `PTC.main`: it has its own mind about Ctrl-C and closed pipes."""
    if asked := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(PTC, {}, _NAME, _COMPLETE, asked)
    try:
        with PTC.make_context(_NAME, sys.argv[1:]) as context:
            return PTC.invoke(context)
    except click.exceptions.Exit as ending:  # after help, for instance
        return ending.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return Exit.USAGE


def _explained(error: Exception) -> tuple[Exit, str | None]:
    """The code and the message of an error; no message where nobody has foreseen it."""
    from ptc_lisp import SandboxError
    from subagent.cli.loading import DataError

    if isinstance(error, SandboxError):
        return Exit.HOST, f"this machine cannot run programs: {error}"
    if isinstance(error, CliError | DataError):
        return error.code if isinstance(error, CliError) else Exit.USAGE, str(error)
    return Exit.HOST, None


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _pipe_closed() -> Exit:
    """Nobody reads on: stay silent, also when the interpreter flushes at its end."""
    _to_nowhere()
    return Exit.PIPE_CLOSED


def _not_written(error: OSError) -> Exit:
    """The disk behind the output is full, for instance."""
    _to_nowhere()
    print(f"ptc: the output cannot be written: {error.strerror}", file=sys.stderr)
    return Exit.HOST


def _to_nowhere() -> None:
    """What is left to be written to a stream that takes nothing; on stdout, whatever it takes."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(nowhere, sys.stderr.fileno())


def _terminated(_signal: int, _frame: Any) -> None:
    sys.exit(Exit.TERMINATED)


if __name__ == "__main__":
    run_app()
