"""What `--help` says about a command or a group of them, and what stands above a usage error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from subagent.cli.parsing import Argument, Command, Group, Option

_WIDEST = 80
_NARROWEST = 50
_WIDEST_NAME = 30  # a longer name has a line of its own
_INDENT = "  "


def help_text(path: str, command: Command | Group, closing: str) -> str:
    """The whole help. `path` is how the command is called, as in `ptc trace tree`."""
    width = _width()
    parts = [usage_line(path, command), *_paragraph(command.text, width)]
    if isinstance(command, Command) and command.arguments:
        rows = [(argument.metavar, _argument_text(argument)) for argument in command.arguments]
        parts += ["", "Arguments:", *_columns(rows, width)]
    rows = [(_flags(option), _option_text(option)) for option in command.options]
    parts += ["", "Options:", *_columns(rows, width)]
    if isinstance(command, Group):
        rows = [(name, found.summary) for name, found in command.commands.items()]
        parts += ["", "Commands:", *_columns(rows, width), *_paragraph(closing, width)]
    return "\n".join(parts)


def usage_line(path: str, command: Command | Group) -> str:
    """`Usage: ptc eval [OPTIONS] PROGRAM`"""
    if isinstance(command, Group):
        return f"Usage: {path} [OPTIONS] COMMAND [ARGS]..."
    words = [found.metavar if found.required else f"[{found.metavar}]" for found in command.arguments]
    return " ".join([f"Usage: {path} [OPTIONS]", *words])


def _argument_text(argument: Argument) -> str:
    return f"{argument.text}  [required]" if argument.required else argument.text


def _flags(option: Option) -> str:
    words = ", ".join(option.flags) + (f" {option.metavar}" if option.metavar else "")
    return f"{words} / {option.off}" if option.off else words


def _option_text(option: Option) -> str:
    notes = [f"env var: {option.envvar}"] if option.envvar else []
    if option.metavar and option.default is not None:
        notes.append(f"default: {option.default}")
    if option.minimum is not None:
        notes.append(f"x>={option.minimum}")
    return f"{option.text}  [{'; '.join(notes)}]" if notes else option.text


def _paragraph(text: str, width: int) -> list[str]:
    return ["", *(_INDENT + line for line in _wrapped(text, width - len(_INDENT)))]


def _columns(rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Names on the left, what they mean on the right."""
    rows = list(rows)
    left = min(_WIDEST_NAME, max(len(name) for name, _ in rows)) + len(_INDENT)
    lines: list[str] = []
    for name, text in rows:
        wrapped = _wrapped(text, width - left - len(_INDENT))
        beside = len(name) <= _WIDEST_NAME
        if not beside:
            lines.append(_INDENT + name)
        heads = [name if beside else "", *[""] * len(wrapped)]
        lines += [f"{_INDENT}{head:<{left}}{line}" for head, line in zip(heads, wrapped, strict=False)]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, width, break_on_hyphens=False)


def _width() -> int:
    """Characters of a line: those of the terminal, but no more than are read well."""
    text = os.environ.get("COLUMNS", "")
    if text.isdecimal() and int(text) > 0:
        columns = int(text)
    else:
        try:
            columns = os.get_terminal_size(sys.stdout.fileno()).columns or _WIDEST
        except (OSError, ValueError):
            columns = _WIDEST
    return max(min(columns, _WIDEST) - 2, _NARROWEST)
