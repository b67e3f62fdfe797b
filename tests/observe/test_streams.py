"""Events and tokens read while a run goes on."""

import asyncio
from typing import Any

import pytest

from subagent import LLMRequest, LLMResponse, ScriptedLLM, SubAgent
from subagent.drive.pieces import Splitter
from subagent.events import ModelToken, tag_of
from subagent.messages import Delta

REPLY = """I will add them.

```clojure
(def a "x < y")
(return (+ 1 2))
```
Done."""
PROGRAM = '(def a "x < y")\n(return (+ 1 2))\n'


def double(n: int) -> int:
    """Twice."""
    return 2 * n


class Streaming:
    """A model that gives its reply in pieces."""

    model = "test/streaming"

    def __init__(self, reply: str, size: int = 3, reasoning: str = ""):
        self.reply, self.size, self.reasoning = reply, size, reasoning

    async def complete(self, request: LLMRequest) -> LLMResponse:
        raise AssertionError("not asked for a whole reply")

    async def stream(self, request: LLMRequest, on_delta: Any) -> LLMResponse:
        if self.reasoning:
            on_delta(Delta(self.reasoning, "reasoning"))
        for start in range(0, len(self.reply), self.size):
            on_delta(Delta(self.reply[start : start + self.size]))
            await asyncio.sleep(0)
        return LLMResponse(self.reply)


def joined(pieces: Any):
    parts: dict[str, str] = {}
    for part, text in pieces:
        parts[part] = parts.get(part, "") + text
    return parts


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_prose_and_program_are_told_apart_whatever_the_size_of_pieces(size: int):
    splitter = Splitter()
    pieces = [
        piece for start in range(0, len(REPLY), size) for piece in splitter.feed(REPLY[start : start + size])
    ]
    assert joined(pieces + splitter.finish()) == {"prose": "I will add them.\n\n\nDone.", "program": PROGRAM}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("just words", {"prose": "just words"}),
        ("```\n(+ 1 2)\n```", {"program": "(+ 1 2)\n"}),
        ("```\nplain text\n```", {"prose": "plain text\n"}),
        ("```python\nprint(1)\n```", {"prose": "print(1)\n"}),
        ("~~~lisp\n(f)\n~~~\n", {"program": "(f)\n", "prose": "\n"}),
        ("<think>maybe ``` so</think>ok", {"reasoning": "maybe ``` so", "prose": "ok"}),
        ("a < b and `code` here", {"prose": "a < b and `code` here"}),
        ("```clojure (+ 1 2)\n```", {"program": "(+ 1 2)\n"}),
        ("```clojure\n(+ 1", {"program": "(+ 1"}),
        ("text\n```clj", {"prose": "text\n"}),
        ("", {}),
    ],
)
def test_parts_of_replies(reply: str, expected: dict[str, str]):
    for size in (1, 4, 100):
        splitter = Splitter()
        pieces = [
            piece
            for start in range(0, len(reply), size)
            for piece in splitter.feed(reply[start : start + size])
        ]
        assert joined(pieces + splitter.finish()) == expected


def test_text_is_held_back_only_where_a_fence_could_begin():
    splitter = Splitter()
    assert splitter.feed("Hello wor") == [("prose", "Hello wor")]
    assert splitter.feed("ld\n``") == [("prose", "ld\n")]
    assert splitter.feed("`clojure\n(de") == [("program", "(de")]
    assert splitter.feed("f a 1)`") == [("program", "f a 1)")]
    assert splitter.feed("`` bye") == [("prose", " bye")]


def test_tokens_arrive_while_the_reply_comes_and_say_what_they_are():
    tokens: list[ModelToken] = []
    step = SubAgent(max_turns=1).run("x", llm=Streaming(REPLY, reasoning="Hm. "), on_token=tokens.append)
    assert step.value == 3
    assert joined((token.part, token.text) for token in tokens) == {
        "reasoning": "Hm. ",
        "prose": "I will add them.\n\n\nDone.",
        "program": PROGRAM,
    }
    assert len(tokens) > 10
    assert not [event for event in step.trace if isinstance(event, ModelToken)]
    [finished] = [event for event in step.trace if tag_of(event) == "model.finished"]
    assert finished.first_token_ms is not None


def test_a_model_that_does_not_stream_gives_its_reply_at_once():
    tokens: list[ModelToken] = []
    step = SubAgent(max_turns=1).run("x", llm=lambda _: REPLY, on_token=tokens.append)
    assert step.value == 3
    assert [token.part for token in tokens] == ["prose", "program", "prose"]


def test_row_123_callbacks_come_in_order_with_durations():
    seen: list[Any] = []
    llm = ScriptedLLM(["```clojure\n(println 1) (tool/double {:n 4})\n```", "```clojure\n(return 1)\n```"])
    SubAgent(tools=[double]).run(
        "x",
        llm=llm,
        on_tool_start=lambda call: seen.append(("start", call.name, call.args)),
        on_tool_end=lambda call: seen.append(("end", call.name, call.result, call.duration_ms > 0)),
        on_turn=lambda turn: seen.append(("turn", turn.number, turn.result, turn.prints)),
    )
    tools = [entry for entry in seen if entry[0] != "turn"]
    assert tools == [("start", "double", {"n": 4}), ("end", "double", "8", True)]
    assert [entry for entry in seen if entry[0] == "turn"] == [("turn", 1, 8, ("1",)), ("turn", 2, 1, ())]


def test_row_123_callbacks_may_be_coroutine_functions():
    seen: list[str] = []

    async def start(call: Any):
        await asyncio.sleep(0)
        seen.append(call.name)

    SubAgent(tools=[double], max_turns=1).run(
        "x", llm=ScriptedLLM(["```clojure\n(return (tool/double {:n 4}))\n```"]), on_tool_start=start
    )
    assert seen == ["double"]


def test_events_can_be_iterated_while_the_run_goes_on():
    async def main():
        gate = asyncio.Event()
        order: list[str] = []

        async def wait() -> int:
            """Waits until it has been seen."""
            await asyncio.wait_for(gate.wait(), 10)
            return 5

        agent = SubAgent(tools=[wait], max_turns=1)
        stream = agent.stream("x", llm=ScriptedLLM(["```clojure\n(return (tool/wait))\n```"]))
        with pytest.raises(RuntimeError, match="has not ended"):
            _ = stream.step
        async for event in stream:
            order.append(tag_of(event))
            if tag_of(event) == "tool.started":
                gate.set()
        assert stream.step.value == 5
        assert (order[0], order[-1]) == ("run.started", "run.finished")
        assert "model.token" in order
        assert stream.dropped == 0

    asyncio.run(main())


def test_a_run_inside_a_tool_has_readers_of_its_own_and_stays_in_the_tree():
    async def main():
        inner_events: list[Any] = []
        outer_events: list[Any] = []
        inner = SubAgent(name="inner", max_turns=1)

        async def delegate() -> int:
            """Asks another agent."""
            stream = inner.stream("x", llm=lambda _: "```clojure\n(return 7)\n```")
            inner_events.extend([event async for event in stream])
            return stream.step.value

        agent = SubAgent(name="outer", tools=[delegate], max_turns=1)
        llm = ScriptedLLM(["```clojure\n(return (tool/delegate))\n```"])
        step = await agent.arun("x", llm=llm, on_event=outer_events.append)
        assert step.value == 7
        assert [tag_of(event) for event in inner_events][:: len(inner_events) - 1] == [
            "run.started",
            "run.finished",
        ]
        assert {event.agent for event in inner_events} == {"inner"}
        assert {event.trace_id for event in inner_events} == {step.run_id}
        assert [event for event in outer_events if event.agent == "inner"] == inner_events
        assert [event.seq for event in outer_events] == list(range(1, len(outer_events) + 1))

    asyncio.run(main())


def test_leaving_the_block_cancels_the_run():
    ended: list[str] = []

    async def forever() -> int:
        """Never answers."""
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return 1

    async def main():
        agent = SubAgent(tools=[forever], max_turns=1)
        async with agent.stream("x", llm=ScriptedLLM(["```clojure\n(tool/forever)\n```"])) as stream:
            async for event in stream:
                if tag_of(event) == "tool.started":
                    break

    asyncio.run(main())
    assert ended == ["cancelled"]


def test_a_reader_of_a_run_that_another_task_cancels_is_told_and_not_cancelled():
    async def forever(_: LLMRequest) -> LLMResponse:
        await asyncio.sleep(60)
        raise AssertionError

    async def main():
        stream = SubAgent().stream("x", llm=forever)

        async def read():
            async for event in stream:
                if tag_of(event) == "model.started":
                    asyncio.get_running_loop().create_task(stream.aclose())

        reader = asyncio.create_task(read())
        with pytest.raises(RuntimeError, match="the run was cancelled"):
            await reader
        assert not reader.cancelled()

    asyncio.run(main())


def test_a_slow_reader_loses_events_and_the_run_does_not_wait():
    async def main():
        text = "word " * 30_000
        llm = Streaming(f"{text}\n```clojure\n(return 1)\n```", size=5)
        llm.stream = _burst(llm)  # type: ignore[method-assign] - the pieces come without a pause
        stream = SubAgent(max_turns=1).stream("x", llm=llm)
        async with stream:
            step = await stream.result()
            assert step.value == 1
            seen = [event async for event in stream]
        assert stream.dropped > 0
        assert len(seen) + stream.dropped == seen[-1].seq
        assert tag_of(seen[-1]) == "run.finished"

    asyncio.run(main())


def _burst(llm: Streaming):
    async def stream(request: LLMRequest, on_delta: Any) -> LLMResponse:
        for start in range(0, len(llm.reply), llm.size):
            on_delta(Delta(llm.reply[start : start + llm.size]))
        return LLMResponse(llm.reply)

    return stream


def test_host_mistakes_are_raised_from_the_stream():
    async def main():
        async for _ in SubAgent().stream("x"):
            pass

    with pytest.raises(ValueError, match="has no model"):
        asyncio.run(main())


def test_a_stream_that_was_left_has_no_step_and_says_so():
    async def main():
        stream = SubAgent().stream("x", llm=ScriptedLLM(["```clojure\n1\n```"] * 5))
        async with stream:
            async for _ in stream:
                break
        with pytest.raises(RuntimeError, match="the run was cancelled"):
            _ = stream.step
        with pytest.raises(RuntimeError, match="the run was cancelled"):
            await stream.result()
        other = SubAgent().stream("x", llm=ScriptedLLM(["```clojure\n(return 1)\n```"]))
        waiting = asyncio.ensure_future(other.result())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await other.result()).value == 1

    asyncio.run(main())
