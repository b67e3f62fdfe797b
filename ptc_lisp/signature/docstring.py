"""What a docstring says about a function: Google, NumPy, Sphinx or plain style."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec


class Description(msgspec.Struct, frozen=True):
    """`summary` holds the prose before the sections; `params` a text per parameter that has one."""

    summary: str = ""
    params: dict[str, str] = {}
    returns: str = ""


def describe(fn: Callable[..., Any]) -> Description:
    """The description of a function; empty where its docstring says nothing. Never raises for odd docstrings."""
    text = inspect.getdoc(fn)
    return parse_docstring(text) if text else Description()


def parse_docstring(text: str) -> Description:
    """As `describe`, from the text of a docstring."""
    # Imported here: most runs have no tools that need it.
    from docstring_parser import ParseError, parse  # noqa: PLC0415

    try:
        parsed = parse(text)
    except ParseError:
        return Description(summary=_one_line(text.split("\n\n", maxsplit=1)[0]))
    prose = [part for part in (parsed.short_description, parsed.long_description) if part]
    params = {
        param.arg_name: _one_line(param.description or "") for param in parsed.params if param.description
    }
    returns = parsed.returns.description if parsed.returns and parsed.returns.description else ""
    return Description(summary="\n\n".join(prose), params=params, returns=_one_line(returns))


def _one_line(text: str) -> str:
    return " ".join(text.split())
