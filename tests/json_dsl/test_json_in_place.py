"""What is compiled in place does what the builtin does: each is called both ways, on all kinds of rows."""

from __future__ import annotations

import pytest
from inline_machine import Inline

from ptc_lisp import Limits

ROWS = [
    '{"n" 1}', '{"n" 2.5}', '{"n" true}', '{"n" false}', '{"n" nil}', '{"n" "a"}', '{"n" :a}', '{"n" [1]}', "{}", "{:n 1}",
    '{"n" ##NaN}', '{"n" 1.0}', "nil", "7", '"n"', "[1]", '(assoc {"n" 3} "m" 4)', '{"m" 1}',
]  # fmt: skip
VALUES = ["1", "0", "2.5", "true", "false", "nil", '"a"', ":a", "[1]"]
NUMBERS = ["1", "2.5", "true", "nil", '"a"', "9007199254740993", "-3"]
COMPARISONS = ["eq", "neq", "gt", "gte", "lt", "lte"]


def both(direct: str, called: str) -> tuple[object, object]:
    """How the two programs end: the printed values, or kinds and messages of the faults."""
    ends: list[object] = []
    for program in (direct, called):
        outcome = Inline({}).run(program)
        ends.append(
            outcome.shown if outcome.ok else [(fault.kind, fault.message) for fault in outcome.faults]
        )
    return ends[0], ends[1]


@pytest.mark.parametrize("x", VALUES)
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons(name, x):
    for row in ROWS:
        body = f'(dsl/{name} row "n" {x})'
        direct, called = both(
            f"(map (fn [row] {body}) [{row}])", f'(map (fn [row] (apply dsl/{name} [row "n" {x}])) [{row}])'
        )
        assert direct == called, row
        tested, _ = both(f"(count (filter (fn [row] {body}) [{row}]))", "nil")
        assert tested == ("1" if called == "[true]" else "0" if called == "[false]" else called)


@pytest.mark.parametrize("path", ["[]", '["n"]', '["n" "m"]', "[0]", '["n"] 3', '["m"] "d"'])
def test_get(path):
    for row in ROWS:
        direct, called = both(
            f"(map (fn [row] (dsl/get row {path})) [{row}])",
            f"(map (fn [row] (apply dsl/get row [{path}])) [{row}])",
        )
        assert direct == called, row


@pytest.mark.parametrize("name", ["add", "sub", "mul"])
def test_arithmetic(name):
    for left in NUMBERS:
        for right in NUMBERS:
            direct, called = both(
                f"(let [a {left} b {right}] (map (fn [x] (dsl/{name} x b)) [a]))",
                f"(map (fn [x] (apply dsl/{name} [x {right}])) [{left}])",
            )
            assert direct == called, (left, right)


@pytest.mark.parametrize("x", ["1", "2.5", "nil", '"a"'])
@pytest.mark.parametrize("name", ["add", "sub", "mul"])
def test_arithmetic_with_what_is_written_evaluates_the_other_once(name, x):
    for value in (2, 2.5, True, None, "a"):
        for args in (f"(tool/t) {x}", f"{x} (tool/t)"):
            inline = Inline({"t": lambda value=value: value})
            outcome = inline.run(f"(dsl/{name} {args})")
            called = Inline({"t": lambda value=value: value}).run(f"(apply dsl/{name} [{args}])")
            assert len(inline.host.calls) == 1
            assert (outcome.shown, [fault.message for fault in outcome.faults]) == (
                called.shown,
                [fault.message for fault in called.faults],
            )


@pytest.mark.parametrize(
    "form", [f'(dsl/{name} (tool/t) "n" {x})' for name in COMPARISONS for x in ("1", '"a"', "nil", "[1]")]
)
def test_comparisons_evaluate_the_row_once(form):
    inline = Inline({"t": lambda: {"n": 1}})
    inline.run(form)
    inline.run('(dsl/get (tool/t) ["n"])')
    assert len(inline.host.calls) == 2


def test_a_product_in_place_is_bounded():
    program = "(loop [n 10 i 0] (if (< i 40) (recur (dsl/mul n n) (inc i)) (count (str n))))"
    outcome = Inline({}, limits=Limits(timeout_ms=5_000)).run(program)
    assert not outcome.ok
    assert outcome.faults[0].kind == "arithmetic_error"


def test_rows_are_followed_in_place_and_still_must_be_a_list():
    outcome = Inline({}).run('(map (fn [r] r) (dsl/rows {"a" 1} "map"))')
    assert outcome.faults[0].message == "map must be a list, got a map with a"
