"""What the text builtins share: argument checks and match results."""

from __future__ import annotations

import re

from ptc_lisp.builtins.field_hints import read_field
from ptc_lisp.builtins.support import bad_arg, float_hint
from ptc_lisp.faults import Trap
from ptc_lisp.values.persistent import is_map, is_vector
from ptc_lisp.values.types import Keyword, Regex, Value

STRING = ("clojure.string",)
"""Namespace of functions that Clojure keeps in clojure.string."""
CORE_STRING = ("clojure.core", "clojure.string")
"""Namespaces of core functions that are about text, found in both."""


_TEXT = frozenset({str})
_AT = "for the place of an item write (.indexOf coll x)"
_ON_ITEMS = {
    "index-of": _AT,
    "last-index-of": _AT,
    "includes?": "for an item of a collection write (some #{x} coll) or (contains? (set coll) x)",
}
"""What to write for a collection where the function of that name is about text."""


def check_text(value: Value, who: str, position: int = 1) -> str:
    """The argument, which must be a string. Raises type_error."""
    if value.__class__ is str:
        return value
    raise not_text(value, who, position)


def not_text(value: Value, who: str, position: int = 1) -> Trap:
    """The fault of an argument that is no string."""
    hint = "convert it first with (str x)"
    if value is None:
        hint = 'a lookup gave nil: check the key, or use (or x "")'
    elif value.__class__ is Keyword:
        hint = "use (name k) for the text of a keyword"
    elif value.__class__ is Regex:
        hint = "the text comes first, the regex second"
    elif who == ".length":
        hint = "use (count coll)"
    elif position != 1 and (is_map(value) or is_vector(value)):
        hint = "the text comes first; for an item of a collection use (some #{x} coll)"
    elif is_map(value):
        hint = read_field(value, _TEXT, "a text") or "take a text out of it first, e.g. (:name m)"
    elif is_vector(value):
        hint = _ON_ITEMS.get(who) or f"apply it to each item, e.g. (map #({who} %) coll)"
    return bad_arg(who, position, "a string", value, hint)


def check_regex(value: Value, who: str, position: int = 1) -> re.Pattern[str]:
    """The compiled pattern of a regex argument. Raises type_error."""
    if value.__class__ is Regex:
        return value.pattern
    hint = 'write #"..." or (re-pattern s)' if value.__class__ is str else None
    raise bad_arg(who, position, "a regex", value, hint)


def check_index(value: Value, who: str, position: int) -> int:
    """An integer argument. Raises type_error."""
    if value.__class__ is int:
        return value
    raise bad_arg(who, position, "an integer", value, float_hint(value))


def match_value(match: re.Match[str]) -> Value:
    """A match as the language sees it: the text, or `[whole group1 ...]` when the pattern has groups (nil: unmatched)."""
    return match[0] if match.re.groups == 0 else [match[0], *match.groups()]
