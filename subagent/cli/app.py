"""One call of `ptc`: what was written is told apart, the command runs, and everything ends in a documented code."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, TextIO

from subagent.cli.commands import PTC
from subagent.cli.exits import EXIT_HELP, CliError, Exit
from subagent.cli.parsing import Command, Group, UsageError, find_command, parse, parse_switches


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
        return call(PTC.name, PTC, sys.argv[1:])
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


def call(path: str, command: Command | Group, words: Sequence[str]) -> Exit:
    """Does what the words after `path` ask for."""
    try:
        if isinstance(command, Group):
            return _call_group(path, command, words)
        options = parse(command, words)
    except UsageError as error:
        return _wrong_usage(path, command, error)
    if options is None:
        return _help(path, command)
    if command.runs_programs:
        from ptc_lisp import warm_up

        warm_up()  # beside the import of the command, which takes as long
    module, _, function = command.run.partition(":")
    return getattr(import_module(f"subagent.cli.{module}"), function)(**options)


def _call_group(path: str, group: Group, words: Sequence[str]) -> Exit:
    switches, words = parse_switches(group, words)
    if "help" in switches:
        return _help(path, group)
    if "version" in switches:
        from ptc_lisp import __version__

        print(f"ptc {__version__}")
        return Exit.OK
    if not words:
        _help(path, group, sys.stderr)
        return Exit.USAGE
    return call(f"{path} {words[0]}", find_command(group, words[0]), words[1:])


def _help(path: str, command: Command | Group, stream: TextIO | None = None) -> Exit:
    from subagent.cli.help_text import help_text

    print(help_text(path, command, EXIT_HELP), file=stream)
    return Exit.OK


def _wrong_usage(path: str, command: Command | Group, error: UsageError) -> Exit:
    from subagent.cli.help_text import usage_line

    print(f"{usage_line(path, command)}\nTry '{path} -h' for help.\n\nError: {error}", file=sys.stderr)
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
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminated(_signal: int, _frame: Any) -> None:
    sys.exit(Exit.TERMINATED)


if __name__ == "__main__":
    run_app()
