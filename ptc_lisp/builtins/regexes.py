"""Regexes: `re-find` and its like. See `values/regexes.py` for the syntax."""

from __future__ import annotations

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.builtins.texts import check_regex, check_text, match_value
from ptc_lisp.values.regexes import compile_regex
from ptc_lisp.values.types import Regex, Value

AREA = "regexes"
SPACES = ("clojure.core", "regex")


@builtin(
    "re-pattern", "s", area=AREA, ns=SPACES, doc="A regex from its text; a regex is returned as it is.",
    examples=[('(re-find (re-pattern "[0-9]+") "a12")', '"12"')], see_also=("re-find", "re-seq"),
)  # fmt: skip
def re_pattern(s: Value) -> Regex:
    """`(re-pattern s)`. Raises type_error for an invalid pattern."""
    if s.__class__ is Regex:
        return s
    if s.__class__ is not str:
        raise bad_arg("re-pattern", 1, "a string", s)
    return compile_regex(s)


@builtin(
    "re-find", "re s", area=AREA, ns=SPACES,
    doc="The first match: a string, or [whole group1 ...] when the regex has groups (nil for an unmatched group). nil: no match.",
    examples=[(r'(re-find #"\d+" "ab12")', '"12"'), (r'(re-find #"(\w)=(\w)" "a=b")', '["a=b" "a" "b"]')],
    see_also=("re-matches", "re-seq", "extract"),
)  # fmt: skip
def re_find(regex: Value, s: Value) -> Value:
    """`(re-find re s)`."""
    found = check_regex(regex, "re-find").search(check_text(s, "re-find", 2))
    return None if found is None else match_value(found)


@builtin(
    "re-matches", "re s", area=AREA, ns=SPACES, doc="Like `re-find`, but the whole string must match.",
    examples=[(r'(re-matches #"\d+" "12")', '"12"'), (r'(re-matches #"\d+" "12 3")', "nil")], see_also=("re-find",),
)  # fmt: skip
def re_matches(regex: Value, s: Value) -> Value:
    """`(re-matches re s)`."""
    found = check_regex(regex, "re-matches").fullmatch(check_text(s, "re-matches", 2))
    return None if found is None else match_value(found)


@builtin(
    "re-seq", "re s", area=AREA, ns=SPACES, doc="All matches in order, each as `re-find` gives it; [] when there is none.",
    examples=[(r'(re-seq #"\d+" "a1b22")', '["1" "22"]')], see_also=("re-find",),
)  # fmt: skip
def re_seq(regex: Value, s: Value) -> list[Value]:
    """`(re-seq re s)`."""
    found = [
        match_value(match) for match in check_regex(regex, "re-seq").finditer(check_text(s, "re-seq", 2))
    ]
    tick(len(found))
    return found
