"""The grammar as text for tools that constrain what a model writes. Not needed to read programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from ptc_lisp.reader.gbnf import to_gbnf
from ptc_lisp.reader.grammar_file import GRAMMAR
from ptc_lisp.reader.name_pattern import name_pattern
from ptc_lisp.reader.spaced import SPACE, START, Body, spaced_rules
from ptc_lisp.reader.terminals import TERMINALS

GrammarFormat = Literal["lark", "gbnf"]
_SPACE = r"([ \t\r\n,]|;[^\n]*)+"
_SPACE_IN_TEXT = r"([ \t\r\n,]|;[^\n]*\n)+"  # where nothing takes the longest match, a comment must end
_EMPTY = '""'  # GBNF for nothing
# What is good to read and not good to write. A quote can look like a string in single quotes; `#'nil` is no var.
_UNWRITTEN = frozenset({"DISCARD", "META", "QUOTE", "VAR", "stray", "LEADING"})


def grammar(
    format: GrammarFormat = "lark",  # noqa: A002 - the word that users of grammars expect
    *,
    tools: Iterable[str] | None = None,
    data: Iterable[str] | None = None,
) -> str:
    """The grammar of programs: as Lark has it (also for llguidance), or as GBNF for llama.cpp.

    Without names, "lark" is the very text that programs are read with. `tools` and `data` limit the names after `tool/`
    and `data/` (none at all for an empty list); atoms can then not touch either. "gbnf" never lets them touch, and
    leaves out what need not be written: quotes, vars, metadata, `#_` and surplus closers.
    Raises ValueError for another format.
    """
    granted: dict[str, set[str]] = {}
    if tools is not None:
        granted["tool"] = set(tools)
    if data is not None:
        # Programs may write a hyphen where the host has an underscore.
        granted["data"] = {spelling for name in data for spelling in (name, name.replace("_", "-"))}
    match format:
        case "lark":
            return _lark(granted) if granted else GRAMMAR.read_text(encoding="utf-8")
        case "gbnf":
            return _gbnf(granted)
        case _:
            raise ValueError(f'format must be "lark" or "gbnf", got {format!r}')


def _lark(granted: dict[str, set[str]]) -> str:
    rules = spaced_rules(frozenset({"LEADING"}), predictive=False)
    patterns = {**_patterns(granted), SPACE: _SPACE}
    lines = [f"{name}: {_choices(body, str)}" for name, body in rules.items()]
    lines += [f"{name}: /{_unslashed(patterns[name])}/" for name in _used(rules)]
    return "\n".join(lines) + "\n"


def _gbnf(granted: dict[str, set[str]]) -> str:
    rules = spaced_rules(_UNWRITTEN, predictive=True)
    patterns = {**_patterns(granted), SPACE: _SPACE_IN_TEXT}
    lines = [f"{_gbnf_name(name)} ::= {_choices(body, _gbnf_name, _EMPTY)}" for name, body in rules.items()]
    lines += [f"{_gbnf_name(name)} ::= {to_gbnf(patterns[name])}" for name in _used(rules)]
    return "\n".join(lines) + "\n"


def _patterns(granted: dict[str, set[str]]) -> dict[str, str]:
    patterns = TERMINALS
    return {**patterns, "SYMBOL": name_pattern(patterns["SYMBOL"], granted)}


def _choices(body: Body, shown: Callable[[str], str], empty: str = "") -> str:
    """The alternatives of a rule; an empty one comes last."""
    ordered = sorted(body, key=lambda made: not made)
    return " | ".join(" ".join(map(shown, made)) or empty for made in ordered).rstrip()


def _used(rules: dict[str, Body]) -> list[str]:
    """The terminals that the rules mention, sorted."""
    return sorted(
        {
            part.rstrip("?")
            for body in rules.values()
            for made in body
            for part in made
            if part.rstrip("?").isupper()
        }
    )


def _gbnf_name(name: str) -> str:
    return "root" if name == START else name.replace("_", "-")


def _unslashed(pattern: str) -> str:
    """A pattern that can stand between slashes on one line."""
    escaped = pattern.replace("\\/", "/").replace("/", "\\/")
    return escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
