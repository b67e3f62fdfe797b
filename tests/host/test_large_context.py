"""Large data handed to a single program: the program starts before all of the data has been looked at."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import pytest

import ptc_lisp
from ptc_lisp.session.contexts import Context

MANY = 20_000
COUNT = "(count data/rows)"


@dataclasses.dataclass
class Order:
    """A row that is no dict."""

    id: int


def rows(odd: object) -> list[object]:
    """Many plain rows, and one odd one where a glance does not see it."""
    plain: list[object] = [{"id": i, "name": f"n{i}"} for i in range(MANY)]
    plain[MANY // 2] = odd
    return plain


def test_plain_rows_are_not_looked_at_before_the_program_starts():
    context = Context.drafted({"rows": rows({"id": 1}), "small": [1]})
    assert context.stands is not None
    assert context.stands()
    assert context.settled() is context
    assert context.blobs == Context.of({"rows": rows({"id": 1}), "small": [1]}).blobs


@pytest.mark.parametrize(
    "given",
    [
        {"rows": [{"id": 1}]},
        {"rows": rows({"id": 1}), "small": {1, 2}},
        {"rows": [Order(1), *rows({"id": 1})]},
        {"rows": [*rows({"id": 1}), Order(1)]},
        {"rows": rows(2**70)},
        None,
    ],
    ids=["small", "a small set", "odd first", "odd last", "a big integer", "nothing"],
)
def test_what_can_be_seen_at_once_is_settled_at_once(given):
    context = Context.drafted(given)
    assert context.stands is None
    assert context.blobs == Context.of(given).blobs


@pytest.mark.parametrize(
    "odd, value",
    [
        (Order(7), 7),
        ({"id": {7}}, [7]),
        ({"id": dt.date(2024, 1, 2)}, dt.date(2024, 1, 2)),
        ({"id": (1, 2)}, [1, 2]),
    ],
    ids=["a record", "a set", "a date", "a tuple"],
)
def test_data_that_turns_out_not_to_be_plain_is_converted_as_ever(odd, value):
    program = f"(:id (nth data/rows {MANY // 2}))"
    assert ptc_lisp.run(program, context={"rows": rows(odd)}).unwrap() == value


@pytest.mark.parametrize(
    "program", [COUNT, "(+ 1 :a)", "(loop [] (recur))", "(fail 1)", "(undefined-name", '(println "hello")']
)
def test_data_that_cannot_go_in_is_an_error_whatever_the_program_did(program):
    words = rf"context\['rows'\]\[{MANY // 2}\]\['raw'\] is bytes .*base64"
    with pytest.raises(TypeError, match=words):
        ptc_lisp.run(program, context={"rows": rows({"raw": b"x"})})
    with pytest.raises(TypeError, match=words):
        asyncio.run(ptc_lisp.arun(program, context={"rows": rows({"raw": b"x"})}))


def test_no_tool_is_called_for_data_that_cannot_go_in():
    called: list[int] = []

    def note(x: int) -> int:
        """Notes a number."""
        called.append(x)
        return x

    with pytest.raises(TypeError, match="base64"):
        ptc_lisp.run("(tool/note {:x 1})", tools=[note], context={"rows": rows(b"x")})
    assert not called


def test_a_run_without_a_loop_of_its_own_gives_the_same():
    given = {"rows": rows({"id": 1}), "other": rows(["x", None, 1.5, True])}
    program = f"[(count data/rows) (nth data/other {MANY // 2}) (reduce + (map :id data/rows))]"
    step = asyncio.run(ptc_lisp.arun(program, context=given))
    assert step.unwrap() == ptc_lisp.run(program, context=given).unwrap()
    assert step.unwrap()[:2] == [MANY, ["x", None, 1.5, True]]
