"""Placeholders of a mission text: `{{region}}` becomes a reference to the data, `data/region`, never the value, so
that data does not land in the prompt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)\s*\}\}")
_ANY = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def placeholders(text: str) -> tuple[str, ...]:
    """The top-level names that a text refers to, in order, each once.

    Raises:
        ValueError: something in double braces is no name.
    """
    for match in _ANY.finditer(text):
        if not _PLACEHOLDER.fullmatch(match.group()):
            raise ValueError(
                f"{match.group()} is no placeholder: write {{{{name}}}} or {{{{name.field}}}} with letters, digits, - and _"
            )
    return tuple(dict.fromkeys(match.group(1).split(".")[0] for match in _PLACEHOLDER.finditer(text)))


def filled(text: str) -> str:
    """The text with every placeholder replaced by the expression that reads it in a program."""
    return _PLACEHOLDER.sub(lambda match: _reference(match.group(1)), text)


def unknown(text: str, names: Iterable[str]) -> str | None:
    """What to say about the first placeholder that is not among `names`; None when all are."""
    known = {name.replace("-", "_"): name for name in names}
    for name in placeholders(text):
        if name.replace("-", "_") in known:
            continue
        near = get_close_matches(name, known.values(), n=1)
        advice = (
            f"did you mean {{{{{near[0]}}}}}?" if near else f"known: {', '.join(known.values()) or 'none'}"
        )
        return f"{{{{{name}}}}} refers to nothing; {advice}"
    return None


def _reference(path: str) -> str:
    first, *rest = path.split(".")
    expression = f"data/{first}"
    for field in rest:
        expression = f"(:{field} {expression})"
    return expression
