"""Whole runs: scripted replies, real sandbox."""

import asyncio
import threading
import time

import anyio
import pytest
import trio

from ptc_lisp import FaultKind, Limits, PtcError, Tool
from subagent import (
    FormatOptions,
    JsonlTrace,
    LLMError,
    LLMErrorKind,
    LLMResponse,
    RetryPolicy,
    ScriptedLLM,
    SubAgent,
    TokenUsage,
)

ROWS = [{"city": "Oslo", "n": 2}, {"city": "Rome", "n": 5}, {"city": "Oslo", "n": 1}]


def block(program):
    return f"```clojure\n{program}\n```"


def script(*programs):
    return ScriptedLLM([block(p) if isinstance(p, str) else p for p in programs])


def run(agent, *programs, task="do it", **options):
    llm = script(*programs)
    step = agent.run(task, llm=llm, **{"collect_messages": True, **options})
    return step, llm


def test_row_33_single_shot():
    step, llm = run(SubAgent(max_turns=1), "(sum-by :n data/rows)", context={"rows": ROWS})
    assert (step.ok, step.value, step.text) == (True, 8, "8")
    assert len(llm.requests) == 1
    assert "one turn" in llm.requests[0].system


def test_row_34_definitions_last_until_the_next_turn():
    step, llm = run(
        SubAgent(), '(def oslo (filter #(= (:city %) "Oslo") data/rows)) (count oslo)', "(return (sum-by :n oslo))",
        context={"rows": ROWS},
    )  # fmt: skip
    assert step.value == 3
    assert step.memory["oslo"] == [ROWS[0], ROWS[2]]
    assert [turn.memory for turn in step.turns] == [("oslo",), ()]
    feedback = llm.requests[1].messages[-1].content
    assert "<result>\n2\n</result>" in feedback
    assert 'oslo = [{:city "Oslo" :n 2}' in feedback


def test_row_35_a_wrong_answer_is_mended():
    agent = SubAgent(signature="{total :float}")
    step, llm = run(agent, '(return {:total "x"})', "(return {:total 1.5})")
    assert step.value == {"total": 1.5}
    assert 'return.total: expected float, got string "x"' in llm.requests[1].messages[-1].content
    assert step.turns[0].error.kind is FaultKind.VALIDATION_ERROR


def test_row_38_fail_gives_reason_and_message():
    step, _ = run(SubAgent(), '(fail {:reason :x :message "m"})')
    assert step.error.kind is FaultKind.FAILED
    assert step.error.details["reason"] == "x"
    assert "m" in step.error.message
    with pytest.raises(PtcError, match="m"):
        step.unwrap()


def test_row_39_fallback():
    step, _ = run(SubAgent(max_turns=2, signature=":int"), "41", "(nope)")
    assert (step.value, step.usage.fallback_used) == (41, True)


def test_row_48_earlier_results_have_names():
    step, _ = run(SubAgent(), "1", "2", "(return [*1 *2])")
    assert step.value == [2, 1]


def test_row_49_the_next_program_reads_the_failure_and_only_the_next():
    step, _ = run(SubAgent(), '(+ 1 "a")', "(println (:message data/fail)) 1", "(return data/fail)")
    assert "number" in step.turns[1].prints[0]
    assert step.value is None


def test_a_parse_error_comes_with_a_caret_and_a_proposal():
    _, llm = run(SubAgent(), "(return (count data/rows)", "(return 1)", context={"rows": ROWS})
    feedback = llm.requests[1].messages[-1].content
    assert "parse_error" in feedback
    assert "^" in feedback
    assert "(return (count data/rows))" in feedback


def test_all_static_faults_are_told_at_once():
    _, llm = run(SubAgent(), "(foo 1) (bar 2)", "(return 1)")
    feedback = llm.requests[1].messages[-1].content
    assert "foo" in feedback
    assert "bar" in feedback


def test_a_reply_without_a_program_is_asked_for_again():
    step, llm = run(SubAgent(), lambda _: "Sure!", "(return 1)")
    assert step.value == 1
    assert "exactly one ```clojure block" in llm.requests[1].messages[-1].content
    assert step.turns[0].error.kind is FaultKind.NO_PROGRAM
    assert step.turns[0].reply == "Sure!"


def test_a_program_that_never_ends_is_stopped_and_reported():
    agent = SubAgent(limits=Limits(timeout_ms=1_000))
    step, llm = run(agent, "(def x 1) (loop [] (recur))", "(return 2)")
    assert step.value == 2
    assert step.turns[0].error.kind in (FaultKind.TIMEOUT, FaultKind.LOOP_LIMIT_EXCEEDED)
    assert "ms" in llm.requests[1].messages[-1].content or "loop" in llm.requests[1].messages[-1].content


def test_memory_hunger_is_reported_and_earlier_definitions_survive():
    agent = SubAgent(limits=Limits(timeout_ms=20_000, memory_bytes=32 << 20))
    step, _ = run(agent, "(def kept 7)", "(loop [x [1 2 3]] (recur (into x x)))", "(return kept)")
    assert step.turns[1].error.kind is FaultKind.MEMORY_EXCEEDED
    assert step.value == 7


def test_row_45_a_million_printed_characters_are_cut():
    _, llm = run(SubAgent(), '(println (join "" (repeat 1000000 "x")))', "(return 1)")
    shown = llm.requests[1].messages[-1].content.split("<println>\n")[1].split("\n</println>")[0]
    assert len(shown) <= 512
    assert "cut" in shown


def test_feedback_limits_are_obeyed():
    agent = SubAgent(format=FormatOptions(max_chars=60))
    _, llm = run(agent, "(range 1000)", "(return 1)")
    assert len(llm.requests[1].messages[-1].content.split("<result>\n")[1].split("\n</result>")[0]) <= 60


def search(query: str, limit: int = 10) -> list[dict]:
    """Find pages.

    Args:
        query: words to look for
    """
    if query == "boom":
        raise RuntimeError("index is down")
    return [{"title": f"</result> {query}", "rank": limit}]


async def slow_echo(text: str) -> str:
    """Say it again."""
    await anyio.sleep(0.01)
    return text


def test_row_46_what_a_tool_gives_cannot_close_the_envelope():
    _, llm = run(SubAgent(tools=[search]), '(tool/search {:query "a"})', "(return 1)")
    feedback = llm.requests[1].messages[-1].content
    assert feedback.count("</result>") == 1
    assert "&lt;/result> a" in feedback


def test_row_56_a_typed_function_is_described():
    _, llm = run(SubAgent(tools=[search, slow_echo]), "(return 1)")
    first = llm.requests[0].messages[0].content
    assert "(tool/search {:query string, :limit int?}) -> [map] - Find pages." in first
    assert "(tool/slow_echo {:text string}) -> string - Say it again." in first
    assert llm.requests[0].tool_names == ("search", "slow_echo")


def test_row_57_positional_calls_get_a_repair_hint():
    step, llm = run(SubAgent(tools=[search]), '(tool/search "a")', '(return (tool/search {:query "a"}))')
    assert step.ok
    assert step.turns[0].error.kind in (FaultKind.INVALID_TOOL_ARGS, FaultKind.INVALID_FORM)
    assert "{:" in llm.requests[1].messages[-1].content


def test_an_unknown_tool_is_refused_before_anything_runs():
    step, llm = run(SubAgent(tools=[search]), '(tool/search {:query "a"}) (tool/serach {})', "(return 1)")
    assert step.turns[0].error.kind is FaultKind.UNKNOWN_TOOL
    assert step.turns[0].tool_calls == ()
    assert "search" in llm.requests[1].messages[-1].content


def test_row_60_tool_calls_are_kept_also_when_the_run_fails():
    agent = SubAgent(tools=[search, slow_echo], max_turns=1)
    step, _ = run(agent, '(tool/slow_echo {:text "a"}) (tool/search {:query "boom"})')
    assert step.error.kind is FaultKind.TOOL_ERROR
    echo, failed = step.tool_calls
    assert (echo.name, echo.args, echo.result, echo.ok) == ("slow_echo", {"text": "a"}, "a", True)
    assert echo.duration_ms >= 10
    assert "index is down" in failed.error
    with pytest.raises(PtcError) as caught:
        step.unwrap()
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_row_59_tool_calls_are_limited_over_the_whole_run():
    agent = SubAgent(tools=[slow_echo], max_tool_calls=2)
    call = '(tool/slow_echo {:text "a"})'
    step, _ = run(agent, f"{call} 1", f"{call} {call}", f"(return {call})", "(return 3)")
    assert step.value == 3
    assert step.turns[1].error.kind is FaultKind.TOOL_CALL_LIMIT_EXCEEDED
    assert step.turns[2].error.kind is FaultKind.TOOL_CALL_LIMIT_EXCEEDED


def test_row_40_exhaustion_names_the_budget_and_the_last_error():
    step, _ = run(SubAgent(max_turns=2), "(nope)", "(nope)")
    assert step.error.kind is FaultKind.MAX_TURNS_EXCEEDED
    assert "nope" in step.error.message
    step, _ = run(SubAgent(max_turns=1, retry_turns=1), "(nope)", "(nope)")
    assert step.error.kind is FaultKind.BUDGET_EXCEEDED


def test_row_43_a_slow_model_meets_the_mission_deadline():
    async def slow(_):
        await anyio.sleep(30)
        return "late"

    started = time.monotonic()
    step = SubAgent(mission_timeout_ms=100).run("x", llm=slow)
    assert step.error.kind is FaultKind.MISSION_TIMEOUT
    assert time.monotonic() - started < 20


def test_row_43_a_slow_sync_model_does_not_hold_the_run():
    gate = threading.Event()
    try:
        step = SubAgent(mission_timeout_ms=100).run("x", llm=lambda _: gate.wait(30) or "late")
    finally:
        gate.set()
    assert step.error.kind is FaultKind.MISSION_TIMEOUT


def test_a_program_at_the_mission_deadline_keeps_its_calls():
    assert SubAgent().run("warm up", llm=script("(return 1)")).ok
    limits = Limits(timeout_ms=60_000, loop_limit=10**12)
    agent = SubAgent(tools=[search], mission_timeout_ms=2_000, limits=limits)
    step, _ = run(
        agent, '(println "here") (tool/search {:query "a"}) (loop [] (recur))', lambda _: "never mind"
    )
    assert step.error.kind is FaultKind.MISSION_TIMEOUT
    assert [call.name for call in step.tool_calls] == ["search"]
    assert step.turns[0].prints == ("here",)
    assert step.turns[0].error.kind is FaultKind.TIMEOUT


def test_row_71_the_agent_retries_its_model_and_counts():
    limited = LLMError(LLMErrorKind.RATE_LIMIT, "slow down", status=429)
    agent = SubAgent(llm_retry=RetryPolicy(max_attempts=3, base_delay_ms=1))
    step = agent.run("x", llm=ScriptedLLM([limited, limited, block("(return 1)")]))
    assert (step.value, step.usage.llm_requests) == (1, 3)
    step = agent.run("x", llm=ScriptedLLM([LLMError(LLMErrorKind.BAD_REQUEST, "no", status=400)]))
    assert step.error.kind is FaultKind.LLM_ERROR
    assert step.usage.llm_requests == 1
    assert step.error.actor == "user"


def test_tokens_and_cost_are_added_up():
    replies = [
        LLMResponse(block(p), usage=TokenUsage(10, 5, cost_usd=0.25), model="m") for p in ("1", "(return 2)")
    ]
    step = SubAgent().run("x", llm=ScriptedLLM(replies))
    assert (step.usage.input_tokens, step.usage.output_tokens, step.usage.total_tokens) == (20, 10, 30)
    assert step.usage.cost_usd == 0.5
    assert step.usage.turns == 2
    assert step.turns[0].usage.input_tokens == 10
    assert step.usage.duration_ms > 0


def test_it_works_inside_a_running_loop_and_as_a_coroutine():
    async def main():
        inside = SubAgent().run("x", llm=script("(return 1)"))
        outside = await SubAgent().arun("x", llm=script("(return 2)"))
        return inside.value, outside.value

    assert asyncio.run(main()) == (1, 2)


def test_many_runs_at_once_do_not_mix():
    async def main():
        agent = SubAgent(tools=[slow_echo])
        program = "(return (tool/slow_echo {{:text (str data/n {})}}))"
        return await asyncio.gather(
            *(agent.arun("x", llm=script("1", program.format(n)), context={"n": n}) for n in range(8))
        )

    assert [step.value for step in asyncio.run(main())] == [f"{n}{n}" for n in range(8)]


def test_a_cancelled_run_ends_soon_and_its_tool_too():
    seen = []

    async def stuck() -> str:
        seen.append("started")
        try:
            await anyio.sleep(30)
        finally:
            seen.append("ended")
        return "x"

    async def main():
        with anyio.move_on_after(1.0) as scope:
            await SubAgent(tools=[stuck]).arun("x", llm=script("(tool/stuck)"))
        return scope.cancelled_caught

    started = time.monotonic()
    assert anyio.run(main)
    assert time.monotonic() - started < 10
    assert seen in (["started", "ended"], [])


def test_the_step_reads_well_and_is_json():
    step, _ = run(SubAgent(tools=[search], name="finder"), '(return (tool/search {:query "a"}))')
    text = str(step)
    assert text.startswith("finder: ok after 1 turn\nturn 1\n  | (return (tool/search")
    assert "calls   search {'query': 'a'}" in text
    data = step.to_dict()
    assert data["turns"][0]["tool_calls"][0]["args"] == {"query": "a"}
    assert data["value"] == step.value
    assert '"trace":[{"event":"run.started"' in step.to_json(trace=True)


def test_messages_begin_with_the_system_text_and_end_with_the_last_reply():
    step, llm = run(SubAgent(), "1", "(return 2)")
    assert [m.role for m in step.messages] == ["system", "user", "assistant", "user", "assistant"]
    assert step.messages[0].content == llm.requests[0].system
    assert step.messages[-1].content == block("(return 2)")


def test_the_system_text_does_not_change_between_turns_and_tasks():
    agent = SubAgent(tools=[search])
    one, first = run(agent, "1", "(return 2)", task="a", context={"x": 1})
    two, second = run(agent, "(return 2)", task="b")
    assert one.ok
    assert two.ok
    assert len({request.system for request in [*first.requests, *second.requests]}) == 1


def test_a_tool_may_be_a_ready_made_tool():
    tool = Tool(
        lambda city: city.upper(), name="shout", description="Loud.", signature="(city :string) -> :string"
    )
    step, llm = run(SubAgent(tools={"yell": tool}), '(return (tool/yell {:city "oslo"}))')
    assert step.value == "OSLO"
    assert "(tool/yell {:city string}) -> string - Loud." in llm.requests[0].messages[0].content


def test_a_refused_answer_comes_with_the_way_to_mend_it():
    step, llm = run(
        SubAgent(signature=":string"), '(return {:name "Ada"})', '(return "Ada")',
    )  # fmt: skip
    assert step.value == "Ada"
    assert "hint: a map was returned: take one field of it, (:name x)" in llm.requests[1].messages[-1].content


def test_a_blocking_run_works_inside_any_event_loop():
    def run():
        return SubAgent().run("go", llm=ScriptedLLM(["(return 42)"])).value

    async def here():
        return run()

    async def in_a_thread_that_looks_like_the_loops():
        return await asyncio.to_thread(run)

    assert asyncio.run(here()) == 42
    assert anyio.run(here) == 42
    assert anyio.run(here, backend="trio") == 42
    assert anyio.run(in_a_thread_that_looks_like_the_loops) == 42


def test_under_trio_a_coroutine_says_what_to_do():
    agent = SubAgent(llm=lambda _: "(return 42)")

    async def in_a_thread():
        return await trio.to_thread.run_sync(agent.run, "go")

    with pytest.raises(
        RuntimeError, match=r"agents run on asyncio; .* trio.to_thread.run_sync\(agent.run, task\)"
    ):
        anyio.run(agent.arun, "go", backend="trio")
    assert trio.run(in_a_thread).value == 42


def test_halves_of_characters_in_a_reply_harm_nothing(tmp_path):
    halves = "\ud83d"
    script = [f'(return (count "{halves}"))', f'(return "{halves}{chr(0xDE00)}")']
    with JsonlTrace(tmp_path / "t.jsonl", payloads=True) as trace:
        values = [
            SubAgent().run(f"go {halves}", llm=ScriptedLLM([each]), on_event=trace).value for each in script
        ]
    assert values == [1, "\N{GRINNING FACE}"]
    written = (tmp_path / "t.payloads.jsonl").read_text(encoding="utf-8")
    assert written.count('"task":"go \N{REPLACEMENT CHARACTER}"') == 2
    call = {"tool_calls": [{"id": "c1", "name": "echo", "args": {"text": halves}}]}
    step = SubAgent(mode="text", tools={"echo": lambda text: text}).run("go", llm=ScriptedLLM([call, "done"]))
    assert (step.value, step.tool_calls[0].result) == ("done", "\N{REPLACEMENT CHARACTER}")
