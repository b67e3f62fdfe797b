"""Hooks change, veto and answer calls, add context and stop runs; what they raise stays with them."""

import asyncio
from typing import Any

import pytest

from ptc_lisp import FaultKind
from subagent import (
    AddContext,
    Answer,
    ChangeArgs,
    Hooks,
    LLMResponse,
    ScriptedLLM,
    Stop,
    SubAgent,
    ToolOutcome,
    ToolUse,
    TurnEnd,
    TurnStart,
    Veto,
)
from subagent.events import tag_of
from subagent.messages import NativeToolCall


def block(program: str):
    return f"```clojure\n{program}\n```"


def double(n: int) -> int:
    """Twice."""
    return 2 * n


async def triple(n: int) -> int:
    """Three times."""
    return 3 * n


def broken() -> int:
    """Fails."""
    raise KeyError("x")


def run(program: str, *hooks: Any, **options: Any):
    agent = SubAgent(name="worker", tools=[double, triple, broken], max_turns=1)
    return agent.run("x", llm=ScriptedLLM([block(program)]), hooks=hooks, **options)


@pytest.mark.parametrize("tool", ["double", "triple"])
def test_row_121_before_tool_may_change_arguments(tool: str):
    seen: list[ToolUse] = []

    def change(use: ToolUse):
        seen.append(use)
        return ChangeArgs({"n": use.args["n"] + 1})

    step = run(f"(return (tool/{tool} {{:n 1}}))", Hooks(before_tool=change))
    assert step.value == {"double": 4, "triple": 6}[tool]
    assert (seen[0].name, seen[0].args, seen[0].turn, seen[0].call_id) == (
        tool,
        {"n": 1},
        1,
        step.tool_calls[0].id,
    )


def test_row_121_changed_arguments_are_checked_like_the_programs():
    step = run("(return (tool/double {:n 1}))", Hooks(before_tool=lambda _: ChangeArgs({"m": 1})))
    assert step.error is not None
    assert step.error.kind is FaultKind.TOOL_ERROR
    assert "no argument :m" in step.error.message


def test_row_121_a_veto_reaches_the_program_with_its_reason_and_the_tool_is_not_called():
    called: list[int] = []

    def write(n: int) -> int:
        """Writes."""
        called.append(n)
        return n

    agent = SubAgent(tools=[write], max_turns=1)
    llm = ScriptedLLM([block("(return (tool/write {:n 1}))")])
    events: list[Any] = []
    step = agent.run(
        "x", llm=llm, hooks=Hooks(before_tool=lambda _: Veto("not on Sundays")), on_event=events.append
    )
    assert called == []
    assert step.error is not None
    assert step.error.message == "tool/write failed: Vetoed: not on Sundays"
    assert not step.tool_calls[0].ok
    assert [tag_of(e) for e in events if tag_of(e).startswith(("tool.", "hook."))] == [
        "hook.acted",
        "tool.started",
        "tool.finished",
    ]


def test_row_121_a_hook_may_answer_itself_and_later_hooks_are_not_asked():
    asked: list[str] = []

    def late(use: ToolUse):
        asked.append(use.name)

    step = run(
        "(return (tool/double {:n 1}))", Hooks(before_tool=lambda _: Answer(99)), Hooks(before_tool=late)
    )
    assert (step.value, asked) == (99, [])


def test_row_121_after_tool_may_replace_results_and_failures():
    seen: list[ToolOutcome] = []

    async def mend(outcome: ToolOutcome):
        await asyncio.sleep(0)
        seen.append(outcome)
        return Answer(7) if outcome.error is not None else Answer(outcome.result * 10)

    step = run("(return [(tool/double {:n 1}) (tool/broken)])", Hooks(after_tool=mend))
    assert step.value == [20, 7]
    assert isinstance(seen[1].error, KeyError)
    assert [outcome.ok for outcome in seen] == [True, False]
    assert [call.result for call in step.tool_calls] == [20, 7]


def test_row_121_hooks_run_in_order_and_see_what_earlier_ones_made():
    order: list[Any] = []

    def first(use: ToolUse):
        order.append(("first", use.args["n"]))
        return ChangeArgs({"n": use.args["n"] * 10})

    def second(use: ToolUse):
        order.append(("second", use.args["n"]))

    class Audit:
        def before_tool(self, use: ToolUse):
            order.append(("audit", use.args["n"]))

    assert (
        run(
            "(return (tool/double {:n 1}))", Hooks(before_tool=first), Hooks(before_tool=second), Audit()
        ).value
        == 20
    )
    assert order == [("first", 1), ("second", 10), ("audit", 10)]


def test_row_121_what_a_hook_raises_is_isolated(caplog: pytest.LogCaptureFixture):
    def bad(_: Any):
        raise ValueError("no")

    hooks = Hooks(before_turn=bad, after_turn=bad, before_tool=bad, after_tool=bad)
    events: list[Any] = []
    step = run("(return (tool/double {:n 1}))", hooks, on_event=events.append)
    assert step.value == 2
    acted = [event for event in events if tag_of(event) == "hook.acted"]
    assert [event.action for event in acted] == ["failed"] * 4
    assert "the hook" in caplog.text


class Mute(Exception):  # noqa: N818 - it says nothing
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise AttributeError("no message")


def test_exceptions_that_cannot_say_what_they_are_harm_no_run():
    def bad(_: Any = None) -> int:
        raise Mute

    hooks = Hooks(before_turn=bad, after_turn=bad, before_tool=bad, after_tool=bad)
    assert run("(return (tool/double {:n 1}))", hooks).value == 2
    events: list[Any] = []
    agent = SubAgent(tools=[bad])
    llm = ScriptedLLM([block("(tool/bad)"), block("(return 1)"), Mute()])
    step = agent.run("x", llm=llm, on_event=events.append)
    assert (step.value, [call.error for call in step.tool_calls]) == (1, ["tool/bad failed: Mute"])
    assert [event.error for event in events if tag_of(event) == "tool.finished"] == ["Mute: "]
    failed = agent.run("x", llm=llm)
    assert failed.error is not None
    assert failed.error.message == "the model scripted raised Mute: "


def test_a_strict_hook_that_raises_fails_closed():
    def bad(_: Any):
        raise ValueError("no")

    step = run("(return (tool/double {:n 1}))", Hooks(before_tool=bad, strict=True))
    assert step.error is not None
    assert "Vetoed" in step.error.message
    step = run("(return 1)", Hooks(before_turn=bad, strict=True))
    assert step.error is not None
    assert step.error.kind is FaultKind.FAILED


def test_a_hook_that_says_nonsense_is_treated_like_one_that_raised(caplog: pytest.LogCaptureFixture):
    assert run("(return (tool/double {:n 1}))", Hooks(before_tool=lambda _: "yes")).value == 2
    assert "gives None or ChangeArgs, Veto, Answer" in caplog.text


def test_row_121_after_turn_sees_the_result_and_may_stop_the_run():
    seen: list[TurnEnd] = []

    def watch(end: TurnEnd):
        seen.append(end)
        return Stop(error="enough spent") if end.usage.tool_calls else None

    llm = ScriptedLLM([block("(def a (tool/double {:n 2})) (+ a 1)"), block("(return a)")])
    step = SubAgent(tools=[double]).run("x", llm=llm, hooks=Hooks(after_turn=watch))
    assert (seen[0].turn.result, seen[0].turn.number) == (5, 1)
    assert step.error is not None
    assert step.error.message == "enough spent"
    assert len(step.turns) == 1
    assert len(llm.requests) == 1


def test_before_turn_may_add_context_which_stays_in_the_conversation():
    seen: list[TurnStart] = []

    def add(start: TurnStart):
        seen.append(start)
        return AddContext("Today is Sunday.") if start.number == 1 else None

    llm = ScriptedLLM([block("(+ 1 1)"), block("(return 2)")])
    step = SubAgent().run("What day?", llm=llm, hooks=Hooks(before_turn=add))
    assert step.value == 2
    assert "Today is Sunday." in llm.requests[0].messages[-1].content
    assert "Today is Sunday." in llm.requests[1].messages[0].content
    assert [start.number for start in seen] == [1, 2]
    assert llm.requests[0].system == llm.requests[1].system


def test_before_turn_may_stop_a_run_before_the_model_is_asked():
    llm = ScriptedLLM([block("(return 2)")])
    events: list[Any] = []
    step = SubAgent().run(
        "x", llm=llm, hooks=Hooks(before_turn=lambda _: Stop(error="closed")), on_event=events.append
    )
    assert (step.ok, step.turns, llm.requests) == (False, (), [])
    assert [tag_of(event) for event in events] == ["run.started", "hook.acted", "run.finished"]


def test_hooks_of_a_run_see_the_calls_of_child_agents():
    child = SubAgent(name="child", description="c", tools=[double], signature="(n :int) -> :int")
    seen: list[Any] = []
    llm = ScriptedLLM([block("(return (tool/child {:n 4}))"), block("(return (tool/double {:n data/n}))")])
    step = SubAgent(name="top", tools=[child]).run(
        "x", llm=llm, hooks=Hooks(before_tool=lambda use: seen.append((use.agent, use.depth, use.name)))
    )
    assert step.value == 8
    assert seen == [("top", 0, "child"), ("child", 1, "double")]


def test_hooked_calls_in_branches_still_wait_together():
    together = asyncio.Event()
    waiting: list[int] = []

    async def meet(n: int) -> int:
        """Waits for the others."""
        waiting.append(n)
        if len(waiting) == 3:
            together.set()
        await asyncio.wait_for(together.wait(), 10)
        return n

    async def main():
        agent = SubAgent(tools=[meet], max_turns=1)
        llm = ScriptedLLM([block("(return (pmap #(tool/meet {:n %}) [1 2 3]))")])
        return await agent.arun("x", llm=llm, hooks=Hooks(before_tool=lambda _: None))

    assert asyncio.run(main()).value == [1, 2, 3]


def test_native_calls_of_models_pass_the_same_hooks_and_events():
    def model(request: Any):
        if any(message.role == "tool" for message in request.messages):
            return "done"
        calls = (NativeToolCall("a", "double", {"n": 1}), NativeToolCall("b", "triple", {"n": 1}))
        return LLMResponse("", tool_calls=calls)

    def only_double(use: ToolUse):
        return ChangeArgs({"n": 5}) if use.name == "double" else Veto("not today")

    events: list[Any] = []
    step = SubAgent(mode="text", tools=[double, triple]).run(
        "x", llm=model, hooks=Hooks(before_tool=only_double), on_event=events.append
    )
    assert [(call.name, call.ok, call.result) for call in step.tool_calls] == [
        ("double", True, 10),
        ("triple", False, None),
    ]
    turn = next(event for event in events if tag_of(event) == "turn.started")
    calls = [event for event in events if tag_of(event) == "tool.started"]
    assert {event.parent_span_id for event in calls} == {turn.span_id}
    assert {event.call_id for event in calls} == {call.id for call in step.tool_calls}


def test_what_has_no_hook_is_refused():
    with pytest.raises(TypeError, match="one of the methods before_turn"):
        run("1", object())
    with pytest.raises(TypeError, match="must be a function"):
        Hooks(before_tool=3)  # type: ignore[arg-type] - the mistake is the point


def test_a_stop_after_the_last_turn_leaves_its_answer():
    step = run("(return 1)", Hooks(after_turn=lambda _: Stop(value=7)))
    assert (step.value, step.ok) == (1, True)
