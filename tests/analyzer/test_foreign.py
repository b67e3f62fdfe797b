"""The table of names from elsewhere: it holds only names that do not exist, and its hints only names that do."""

from __future__ import annotations

import re

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import AnalysisFailed, analyze
from ptc_lisp.analyzer.foreign import FOREIGN, OPAQUE
from ptc_lisp.analyzer.specials import TABLE
from ptc_lisp.analyzer.suggest import did_you_mean, nearest, shown
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.reader import read

HEAD = re.compile(r"\(([A-Za-z][^\s()\[\]…#]*|->>?) ")
STAND_INS = {"f", "parse-long,"}


def _exists(name: str) -> bool:
    ns, slash, rest = name.partition("/")
    if slash and ns and rest:
        return ns == "tool" or REGISTRY.resolve(rest, ns) is not None
    return REGISTRY.resolve(name) is not None or name in TABLE


def test_no_name_in_the_table_exists() -> None:
    assert [name for name in FOREIGN if _exists(name)] == []


def test_opaque_names_are_in_the_table() -> None:
    assert FOREIGN.keys() >= OPAQUE


@pytest.mark.parametrize("hint", sorted(set(FOREIGN.values())))
def test_hints_name_what_exists(hint: str) -> None:
    assert [head for head in HEAD.findall(hint) if head not in STAND_INS and not _exists(head)] == []


def test_what_is_inside_an_unknown_macro_is_not_judged() -> None:
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read("(try (foo) (catch Exception e (bar e)))"))
    assert [trap.details["name"] for trap in failed.value.traps] == ["try"]


@pytest.mark.parametrize(
    "name, candidates, found",
    [
        ("groupBy", ["group-by", "grouped"], ["group-by"]),
        ("group_by", ["group-by", "sort-by"], ["group-by"]),
        ("totl", ["total", "count"], ["total"]),
        ("x", ["y", "z"], []),
        ("foo", ["floor", "for"], []),
    ],
)
def test_nearest_names(name: str, candidates: list[str], found: list[str]) -> None:
    assert nearest(name, candidates)[: len(found) or 1] == found


def test_lists_of_names_are_bounded() -> None:
    assert shown(["b", "a"]) == "a, b"
    assert shown([]) == "none"
    assert shown([f"n{index:03}" for index in range(50)], limit=2) == "n000, n001 and 48 more"
    assert did_you_mean([]) is None
    assert did_you_mean(["a", "b", "c"]) == "did you mean `a`, `b` or `c`?"
