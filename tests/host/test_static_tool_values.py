"""What is wrong with the written-out arguments of a tool is found before the program runs, and only that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Optional

import pytest

import ptc_lisp
from ptc_lisp import Tool
from ptc_lisp.faults import FaultKind
from ptc_lisp.tool.kinds import kind_of_annotation

CALLS: list[str] = []


def search(query: str, limit: int | None = None, ratio: float = 1.0, tags: Sequence[str] = ()) -> str:
    CALLS.append(query)
    return f"{query} {limit} {ratio} {list(tags)}"


DECLARED = Tool(
    lambda **args: str(args), name="declared", signature="(n :int, names [:string]?, at :map?) -> :string"
)
TOOLS = [search, DECLARED]


@pytest.mark.parametrize(
    "source",
    [
        '(tool/search {:query "a" :limit "3" :ratio 2 :tags ["x"]})',
        '(tool/search {:query :a :limit 3.0 :ratio "0.5" :tags #{"x"}})',
        '(tool/search {:query "a" :limit nil})',
        '(tool/search {:query (str "a" 1) :limit (inc 1)})',
        '(tool/declared {:n 1 :names ["a"] :at {:x 1}})',
        '(tool/declared {:n "12"})',
    ],
)
def test_what_fits_or_can_be_read_runs(source: str) -> None:
    step = ptc_lisp.run(source, tools=TOOLS)
    assert step.ok, step.error


@pytest.mark.parametrize(
    "source, underlined",
    [
        ("(tool/search {:query 5})", "5"),
        ('(tool/search {:query "a" :limit "many"})', '"many"'),
        ('(tool/search {:query "a" :limit 2.5})', "2.5"),
        ('(tool/search {:query "a" :ratio true})', "true"),
        ('(tool/search {:query "a" :tags {:x 1}})', "{:x 1}"),
        ("(tool/declared {:n [1]})", "[1]"),
        ('(tool/declared {:n 1 :names "a"})', '"a"'),
        ("(tool/declared {:n 1 :at [1]})", "[1]"),
    ],
)
def test_what_cannot_fit_is_not_even_called(source: str, underlined: str) -> None:
    CALLS.clear()
    step = ptc_lisp.run(f'(tool/search {{:query "first"}})\n{source}', tools=TOOLS)
    assert step.error is not None
    assert step.error.kind is FaultKind.INVALID_TOOL_ARGS
    assert step.error.span is not None
    assert (
        f'(tool/search {{:query "first"}})\n{source}'[step.error.span.start : step.error.span.end]
        == underlined
    )
    assert CALLS == []


@pytest.mark.parametrize(
    "kind, name",
    [
        (int, "int"),
        (Optional[str], "string"),  # noqa: UP045 - the old spelling is what is tested
        (float | None, "float"),
        (list[int], "list"),
        (Mapping[str, int], "map"),
        (int | str, None),
        (Literal["a"], None),
        (Any, None),
        ([], None),
    ],
)
def test_kinds_of_annotations(kind: Any, name: str | None) -> None:
    assert kind_of_annotation(kind) == name
