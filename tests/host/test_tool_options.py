"""What the options of a tool do to its calls: cache, time limit, retries, effects, size, visibility."""

from __future__ import annotations

import asyncio
import threading
import time
import tracemalloc

import pytest

import ptc_lisp
from ptc_lisp import Limits, Session, Tool, ToolCache, note_partial


class Counting:
    """A tool that counts its calls and gives its arguments."""

    def __init__(self, error=None):
        self.calls = 0
        self.error = error

    def __call__(self, **args):
        self.calls += 1
        if self.error is not None:
            raise self.error
        return {"n": self.calls, **args}


def run(program, *tools, **options):
    limits = Limits(**{"timeout_ms": 10_000, **options.pop("limits", {})})
    return ptc_lisp.run(program, tools=list(tools), limits=limits, **options)


# cache


def test_row_58_equal_calls_run_once():
    fn = Counting()
    calls = [
        "{:a 1 :b-c [1 2.0]}",
        "{:b_c [1.0 2] :a 1.0}",
        '{"b-c" [1 2] "a" 1}',
    ]
    step = run(f"[{' '.join(f'(tool/look {args})' for args in calls)}]", Tool(fn, "look", cache=True))
    assert [row["n"] for row in step.unwrap()] == [1, 1, 1]
    assert [(r.cached, r.attempts) for r in step.tool_calls] == [(False, 1), (True, 0), (True, 0)]
    assert [r.duration_ms for r in step.tool_calls[1:]] == [0, 0]


@pytest.mark.parametrize(
    "other", ["{:a true}", '{:a "1"}', "{:a 2}", "{:a [1]}", "{:a 1 :b nil}", "{:a 1.5}"]
)
def test_row_58_other_arguments_are_another_call(other):
    fn = Counting()
    run(f"(tool/look {{:a 1}}) (tool/look {other})", Tool(fn, "look", cache=True)).unwrap()
    assert fn.calls == 2


def test_row_58_errors_are_not_cached():
    fn = Counting(error=ValueError("down"))
    tool = Tool(fn, "look", cache=True)
    with Session(tools=[tool]) as session:
        assert session.eval("(tool/look {:a 1})").error.kind == "tool_error"
        fn.error = None
        assert session.eval("(tool/look {:a 1})").unwrap() == {"n": 2, "a": 1}
        assert session.eval("(tool/look {:a 1})").unwrap() == {"n": 2, "a": 1}


def test_row_58_equal_calls_at_the_same_time_run_once():
    calls = []

    def slow(n: int) -> int:
        calls.append(n)
        time.sleep(0.1)
        return n * 10

    tool = Tool(slow, cache=True)
    program = "(pmap #(tool/slow {:n (mod % 2)}) (range 8))"
    step = run(program, tool)
    assert step.unwrap() == [0, 10] * 4
    assert sorted(calls) == [0, 1]
    assert sum(record.cached for record in step.tool_calls) == 6
    step = asyncio.run(ptc_lisp.arun(program, tools=[tool], limits=Limits(timeout_ms=10_000)))
    assert step.unwrap() == [0, 10] * 4
    assert sorted(calls) == [0, 0, 1, 1]


def test_equal_calls_that_wait_for_one_that_fails_fail_with_it():
    calls = []

    def look(a: int):
        calls.append(a)
        time.sleep(0.7)  # so that the others wait for it, also those that come late
        raise ValueError("down")

    step = run("(pmap #(tool/look {:a (* 0 %)}) (range 3))", Tool(look, cache=True))
    assert (step.error.kind, calls) == ("tool_error", [0])


def test_a_cache_can_be_shared_kept_and_read():
    fn = Counting()
    tool = Tool(fn, "look-up", cache=True)
    cache = ToolCache()
    run("(tool/look-up {:a 1})", tool, tool_cache=cache).unwrap()
    restored = ToolCache.from_bytes(cache.to_bytes())
    assert run("(tool/look-up {:a 1})", tool, tool_cache=restored).unwrap() == {"n": 1, "a": 1}
    assert (fn.calls, len(cache)) == (1, 1)
    assert restored.get("look_up", {"a": 1.0}) == {"n": 1, "a": 1}
    assert ("look_up", {"a": 2}) not in restored
    with pytest.raises(KeyError, match="look_up"):
        restored.get("look_up", {"a": 2})
    with pytest.raises(ValueError, match="no ToolCache"):
        ToolCache.from_bytes(b"\x01")
    cache.clear()
    assert len(cache) == 0


def test_a_full_cache_forgets_the_oldest():
    fn = Counting()
    cache = ToolCache(max_bytes=40)
    tool = Tool(fn, "look", cache=True)
    run('(doseq [i [1 2 3 1]] (tool/look {:a i :pad "0123456789"}))', tool, tool_cache=cache).unwrap()
    assert (fn.calls, len(cache)) == (4, 1)


def test_very_deep_arguments_are_called_without_cache():
    fn = Counting()
    tool = Tool(lambda **args: fn() and None, "look", cache=True)
    step = run("(let [deep (reduce (fn [a _] [a]) 1 (range 400))] (tool/look {:a deep}))", tool)
    assert (step.ok, fn.calls) == (True, 1)


def test_row_59_the_third_call_is_refused_and_hits_do_not_count():
    fn = Counting()
    tool = Tool(fn, "look", cache=True)
    hits = " ".join(["(tool/look {:a 1})"] * 5)
    step = run(f"{hits} (tool/look {{:a 2}}) {hits}", tool, limits={"max_tool_calls": 2})
    assert (step.ok, fn.calls) == (True, 2)
    step = run("(tool/look {:a 1}) (tool/look {:a 2}) (tool/look {:a 3})", tool, limits={"max_tool_calls": 2})
    assert step.error.kind == "tool_call_limit_exceeded"
    assert [record.attempts for record in step.tool_calls] == [1, 1, 0]


# time and retries


def hang(n: int) -> int:
    threading.Event().wait(5)
    return n


async def ahang(n: int) -> int:
    await asyncio.sleep(5)
    return n


@pytest.mark.parametrize("fn", [hang, ahang])
def test_row_122_a_slow_tool_gives_its_partial_result(fn):
    tool = Tool(fn, "slow", timeout_ms=50, on_timeout={"status": "timed_out", "rows": []}, cache=True)
    step = run("(:status (tool/slow {:n 1}))", tool)
    assert step.unwrap() == "timed_out"
    assert step.tool_calls[0].timed_out
    assert len(asyncio.run(ptc_lisp.arun("(tool/slow {:n 1})", tools=[tool])).unwrap()) == 2


def test_row_122_the_partial_result_can_be_computed_from_arguments_and_progress():
    def pages(upto: int):
        for n in range(upto):
            if n == 3:
                threading.Event().wait(5)
            yield n

    async def apages(upto: int):
        for n in range(upto):
            note_partial(f"{n} pages")
            await asyncio.sleep(5 if n == 3 else 0)
        return upto

    def late(args, partial):
        return {"asked": args["upto"], "got": partial}

    tools = [Tool(fn, timeout_ms=700, on_timeout=late) for fn in (pages, apages)]
    assert run("(tool/pages {:upto 9})", *tools).unwrap() == {"asked": 9, "got": [0, 1, 2]}
    assert run("(tool/apages {:upto 9})", *tools).unwrap() == {"asked": 9, "got": "3 pages"}
    assert run("(tool/pages {:upto 2})", *tools).unwrap() == [0, 1]


def test_a_timed_out_result_is_not_cached():
    pauses = iter([5, 0])

    def slow() -> str:
        threading.Event().wait(next(pauses))
        return "whole"

    tool = Tool(slow, timeout_ms=700, on_timeout="partial", cache=True)
    assert run("[(tool/slow) (tool/slow)]", tool).unwrap() == ["partial", "whole"]


@pytest.mark.parametrize("fn", [hang, ahang])
def test_without_partial_result_a_slow_tool_is_an_error(fn):
    step = run("(tool/slow {:n 1})", Tool(fn, "slow", timeout_ms=50))
    assert step.error.kind == "tool_error"
    assert step.error.message == "tool/slow failed: ToolTimeout: no answer within 50 ms"


def test_note_partial_outside_of_a_tool_does_nothing():
    assert note_partial(1) is None


class Flaky:
    def __init__(self, failures):
        self.failures = failures

    def __call__(self):
        self.failures -= 1
        if self.failures >= 0:
            raise ConnectionError("reset")
        return "there"


def test_a_tool_that_raises_is_called_again():
    step = run("(tool/get)", Tool(Flaky(2), "get", retries=2))
    assert (step.unwrap(), step.tool_calls[0].attempts) == ("there", 3)
    step = run("(tool/get)", Tool(Flaky(2), "get", retries=1))
    assert (step.error.kind, step.tool_calls[0].attempts) == ("tool_error", 2)


def test_a_coroutine_that_raises_is_called_again():
    flaky = Flaky(2)

    async def get():
        return flaky()

    step = run("(tool/get)", Tool(get, retries=2))
    assert (step.unwrap(), step.tool_calls[0].attempts) == ("there", 3)


def test_retries_end_with_the_time_of_the_call():
    flaky = Flaky(1000)
    step = run("(tool/get)", Tool(flaky, "get", retries=100, timeout_ms=150, on_timeout=None))
    assert step.ok
    assert step.value is None
    assert 1 <= 1000 - flaky.failures <= 4


@pytest.mark.parametrize(
    ("options", "limits"), [({"timeout_ms": 80}, {}), ({}, {"timeout_ms": 150})], ids=["call", "program"]
)
def test_a_call_that_was_given_up_is_not_made_again(options, limits):
    """In its thread it goes on, but nobody is told what comes of it."""
    made = []
    may_fail = threading.Event()

    def hang():
        made.append(1)
        may_fail.wait(10)
        raise ConnectionError("reset")

    step = run("(tool/hang)", Tool(hang, retries=3, **options), limits=limits)
    assert step.error.kind in {"tool_error", "timeout"}
    may_fail.set()
    time.sleep(0.4)  # the first pause takes up to 0.125 s
    assert len(made) == 1


# effects


@pytest.mark.parametrize(
    "effect, allowed", [(None, True), ("read", True), ("idempotent", True), ("write", False)]
)
def test_effects_are_checked_before_the_call(effect, allowed):
    fn = Counting()
    step = run("(println 1) (tool/pay {:order 7})", Tool(fn, "pay", effect=effect))
    assert (step.ok, fn.calls) == (allowed, int(allowed))
    if not allowed:
        assert step.error.kind == "effect_not_allowed"
        assert step.error.details == {"tool": "pay", "effect": "write", "allowed": ["idempotent", "read"]}
        assert [(r.name, r.ok, r.attempts, r.took_effect) for r in step.tool_calls] == [
            ("pay", False, 0, False)
        ]


def test_effects_can_be_allowed_and_forbidden():
    fn = Counting()
    tools = [Tool(fn, "pay", effect="write"), Tool(fn, "put", effect="idempotent")]
    step = run("(tool/pay) (tool/put)", *tools, allow_effects=["read", "idempotent", "write"])
    assert [(r.effect, r.took_effect) for r in step.tool_calls] == [("write", True), ("idempotent", True)]
    assert run("(tool/put)", *tools, allow_effects=["read"]).error.kind == "effect_not_allowed"
    with pytest.raises(ValueError, match="'delete'; the effects are read, idempotent, write"):
        run("1", allow_effects=["delete"])
    with pytest.raises(TypeError, match="allow_effects must be a list"):
        run("1", allow_effects="write")


def test_a_refused_call_is_not_counted_and_a_read_takes_no_effect():
    fn = Counting(error=ValueError("broken"))
    step = run("(tool/get)", Tool(fn, "get", effect="read"))
    assert not step.tool_calls[0].took_effect
    step = run("(tool/put)", Tool(fn, "put"))
    assert (step.tool_calls[0].took_effect, step.tool_calls[0].ok) == (True, False)


# the rest


def test_a_result_above_the_tools_own_limit_is_an_error():
    step = run("(tool/big)", Tool(lambda: "x" * 5_000, "big", max_result=1_000))
    assert step.error.details == {"tool": "big", "bytes": 5_003, "limit_bytes": 1_000}


def test_programs_cannot_call_private_tools():
    step = run("(tool/inner)", Tool(Counting(), "inner", visibility="private"), Tool(Counting(), "outer"))
    assert step.error.kind == "private_tool_unauthorized"
    step = run("(tool/iner)", Tool(Counting(), "inner", visibility="private"), Tool(Counting(), "outer"))
    assert (step.error.kind, "inner" in step.error.hint) == ("unknown_tool", False)
    assert [r.attempts for r in step.tool_calls] == []


def test_what_was_done_to_arguments_is_recorded():
    tool = Tool(Counting(), "find", signature="(id :int, when :datetime?) -> :any")
    step = run('(tool/find {:id "42" :extra 1})', tool)
    assert step.unwrap() == {"n": 1, "id": 42}
    assert any("read as" in warning for warning in step.tool_calls[0].warnings)
    assert any("extra" in warning for warning in step.tool_calls[0].warnings)


def test_row_54_text_becomes_a_number_and_naive_times_are_refused():
    tool = Tool(Counting(), "find", signature="(id :int, when :datetime?) -> :any")
    assert run('(:id (tool/find {:id "42"}))', tool).unwrap() == 42
    step = run('(tool/find {:id 1 :when "2024-01-02T00:00:00"})', tool)
    assert step.error.kind == "invalid_tool_args"
    assert "needs an offset" in step.error.message


def test_row_60_large_arguments_and_results_are_kept_in_part():
    tool = Tool(lambda text, n: text, "echo")
    step = run('(tool/echo {:text (apply str (repeat 50000 "x")) :n 7}) (/ 1 0)', tool)
    [record] = step.tool_calls
    assert (len(record.args["text"]) <= 2_000, record.args["n"]) == (True, 7)
    assert (record.truncated, record.result_bytes > 50_000, len(record.result) <= 16_384) == (
        True,
        True,
        True,
    )


def test_a_ledger_takes_a_bounded_share_of_the_memory_of_its_host():
    """Large arguments are let go of with each call; after many middling ones no more than a line is kept of each."""
    tool = Tool(lambda x: [x[:1]], "first")
    source = """(let [long (apply str (repeat 1000000 "x")) middling (vec (repeat 9000 []))]
      (dotimes [_ 60] (tool/first {:x long}) (tool/first {:x middling})) (tool/first {:x "short"}))"""
    tracemalloc.start()
    step = run(source, tool, limits={"memory_bytes": 256 << 20})
    left, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (left < 60_000_000, most < 90_000_000) == (True, True)
    assert step.ok, step.error
    assert [len(record.args["x"]) for record in step.tool_calls[:2]] == [1_000, 9_000]
    assert step.tool_calls[119].args["x"].endswith("[], ...]")
    assert (step.tool_calls[120].args, step.tool_calls[120].result) == ({"x": "short"}, ["s"])


@pytest.mark.parametrize(
    "options, words",
    [
        ({"effect": "delete"}, 'effect must be one of "read", "idempotent", "write"'),
        ({"visibility": "hidden"}, "visibility must be one of"),
        ({"expose": "all"}, "expose must be one of"),
        ({"timeout_ms": 0}, "timeout_ms must be at least 1, got 0"),
        ({"retries": -1}, "retries must be at least 0"),
        ({"max_result": 1.5}, "max_result must be a whole number"),
        ({"on_timeout": 1}, "needs timeout_ms"),
        ({"retries": 1, "effect": "write"}, "a call that writes is not made twice"),
        ({"cache": True, "effect": "write"}, "must be made each time"),
        ({"native_result": ptc_lisp.NativeResult()}, 'needs expose="both" and cache=True'),
        ({"descriptions": "x"}, "must be a dict"),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        Tool(Counting(), "look", **options)


@pytest.mark.parametrize("options", [{"preview": "all"}, {"limit": 0}])
def test_a_native_result_is_checked(options):
    with pytest.raises(ValueError, match="NativeResult"):
        ptc_lisp.NativeResult(**options)
