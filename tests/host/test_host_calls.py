"""Tools called without a program."""

# pyright: basic
import time

import anyio
import pytest

from ptc_lisp import FaultKind, Limits, Tool, ToolCache, acall_tools, run


def call(tools, *calls, **options):
    async def main():
        return await acall_tools(tools, calls, **options)

    return anyio.run(main)


def add(a: int, b: int = 1) -> int:
    """Adds."""
    return a + b


async def aadd(a: int, b: int = 1) -> int:
    return a + b


def test_values_and_records_come_in_the_order_of_the_calls():
    outcomes = call([add, aadd], ("add", {"a": 1}), ("aadd", {"a": "4", "b": 2}))
    assert [(outcome.value, outcome.ok) for outcome in outcomes] == [(2, True), (6, True)]
    assert [outcome.record.name for outcome in outcomes] == ["add", "aadd"]
    assert outcomes[0].record.args == {"a": 1}


def test_a_call_that_cannot_be_made_is_answered_and_the_others_are_made():
    def broken():
        raise ZeroDivisionError("by zero")

    outcomes = call([add, broken], ("nothing", {}), ("add", {"x": 1}), ("broken", {}), ("add", {"a": 5}))
    kinds = [outcome.fault.kind if outcome.fault else None for outcome in outcomes]
    assert kinds == [FaultKind.UNKNOWN_TOOL, FaultKind.INVALID_TOOL_ARGS, FaultKind.TOOL_ERROR, None]
    assert outcomes[3].value == 6
    assert isinstance(outcomes[2].record.exception, ZeroDivisionError)


def test_calls_wait_side_by_side():
    def slow(n: int) -> int:
        time.sleep(0.3)
        return n

    async def aslow(n: int) -> int:
        await anyio.sleep(0.3)
        return n

    began = time.monotonic()
    outcomes = call([slow, aslow], *[(name, {"n": n}) for n in range(5) for name in ("slow", "aslow")])
    assert [outcome.value for outcome in outcomes] == [n for n in range(5) for _ in range(2)]
    assert time.monotonic() - began < 1.5  # one after another: 3 s


def test_the_limit_counts_calls_and_not_hits_of_the_cache():
    made = []

    def find(q: str) -> str:
        made.append(q)
        return q.upper()

    tool = Tool(find, cache=True)
    calls = [("find", {"q": "a"}), ("find", {"q": "a"}), ("find", {"q": "b"}), ("find", {"q": "c"})]
    outcomes = call([tool], *calls, limits=Limits(max_tool_calls=2))
    assert sorted(made) == ["a", "b"]
    assert [outcome.value for outcome in outcomes] == ["A", "A", "B", None]
    assert outcomes[3].fault is not None
    assert outcomes[3].fault.kind is FaultKind.TOOL_CALL_LIMIT_EXCEEDED
    assert [outcome.record.cached for outcome in outcomes] == [False, True, False, False]


def test_a_program_finds_in_the_cache_what_was_called_before():
    made = []

    def rows(first_n: int) -> list[int]:
        made.append(first_n)
        return list(range(first_n))

    tool, cache = Tool(rows, cache=True), ToolCache()
    call([tool], ("rows", {"first-n": 3}), tool_cache=cache)
    step = run("(count (tool/rows {:first-n 3.0}))", tools=[tool], tool_cache=cache)
    assert (step.value, made) == (3, [3])


@pytest.mark.parametrize("allowed,kind", [(None, FaultKind.EFFECT_NOT_ALLOWED), (["write"], None)])
def test_effects_are_judged_before_the_call(allowed, kind):
    made = []
    tool = Tool(lambda: made.append(1), name="save", effect="write")
    (outcome,) = call([tool], ("save", {}), allow_effects=allowed)
    assert (outcome.fault.kind if outcome.fault else None) == kind
    assert len(made) == (kind is None)


def test_cancelling_ends_coroutine_tools():
    ended = []

    async def forever() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)

    async def main():
        with anyio.move_on_after(0.1):
            await acall_tools([forever], [("forever", {})])

    anyio.run(main)
    assert ended == [True]
