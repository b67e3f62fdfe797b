"""A KeyboardInterrupt out of a tool is the user's wish: it comes out as it is, and no program is told of it."""

from __future__ import annotations

import asyncio

import pytest

import ptc_lisp
from subagent import ScriptedLLM, SubAgent


def stop() -> None:
    raise KeyboardInterrupt


async def astop() -> None:
    raise KeyboardInterrupt


def leave() -> None:
    raise SystemExit(3)


def agent(tool, mode="program"):
    reply = (
        "```clojure\n(tool/stop)\n```"
        if mode == "program"
        else {"tool_calls": [{"name": "stop", "args": {}}]}
    )
    return SubAgent("Go", mode=mode, tools={"stop": tool}, llm=ScriptedLLM([reply, "done"]))


RUNS = {
    "run": lambda tool: ptc_lisp.run("(tool/stop)", tools={"stop": tool}),
    "arun": lambda tool: asyncio.run(
        ptc_lisp.arun("(pmap (fn [_] (tool/stop)) [1 2])", tools={"stop": tool})
    ),
    "agent": lambda tool: agent(tool).run(),
    "agent, async": lambda tool: asyncio.run(agent(tool).arun()),
    "native calls": lambda tool: asyncio.run(agent(tool, "text").arun()),
}


@pytest.mark.parametrize("tool", [stop, astop])
@pytest.mark.parametrize("way", RUNS)
def test_an_interrupt_in_a_tool_comes_out_plainly(way, tool, caplog):
    with pytest.raises(KeyboardInterrupt):
        RUNS[way](tool)
    assert "ExceptionGroup" not in caplog.text


def test_a_tool_that_would_end_the_process_has_only_failed():
    step = agent(leave, "text").run()
    assert (step.value, step.tool_calls[0].error) == ("done", "tool/stop failed: SystemExit: 3")


def test_a_native_tool_that_was_cancelled_from_within_has_only_failed():
    async def cancelled():
        raise asyncio.CancelledError

    assert agent(cancelled, "text").run().value == "done"
