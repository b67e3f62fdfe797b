"""Many runs on one event loop: nothing leaks from one to another, and cancelling one ends all that it started."""

import asyncio
import os
import time
from contextvars import ContextVar

import anyio
import pytest

from ptc_lisp import Tool
from subagent import ScriptedLLM, SubAgent

WHO: ContextVar[str] = ContextVar("who", default="nobody")
END = "```clojure\n(return (tool/who {}))\n```"


def who() -> str:
    """Whose run this is, as a plain function in a thread sees it."""
    return WHO.get()


async def awho() -> str:
    """Whose run this is, as a coroutine sees it."""
    await anyio.sleep(0.01)
    return WHO.get()


@pytest.mark.parametrize("tool", [who, awho])
def test_context_variables_of_runs_do_not_mix(tool):
    agent = SubAgent(tools={"who": tool})
    seen = []

    async def one(name):
        WHO.set(name)

        async def model(request):
            await anyio.sleep(0.005)
            seen.append((name, WHO.get()))
            return END

        step = await agent.arun("x", llm=model)
        return name, step.value

    async def main():
        return await asyncio.gather(*(one(f"run {number}") for number in range(12)))

    assert all(name == value for name, value in asyncio.run(main()))
    assert len(seen) == 12
    assert all(name == value for name, value in seen)


def test_more_runs_than_places_all_end():
    started = []

    async def slow(n: int) -> int:
        """Takes a while."""
        started.append(n)
        await anyio.sleep(0.2)
        return n

    agent = SubAgent(tools=[slow])
    places = 8 * (os.cpu_count() or 1)

    async def one(n):
        llm = ScriptedLLM([f"```clojure\n(return (tool/slow {{:n {n}}}))\n```"])
        return (await agent.arun("x", llm=llm)).value

    async def main():
        return await asyncio.gather(*(one(n) for n in range(2 * places)))

    assert asyncio.run(main()) == list(range(2 * places))


def test_agents_as_tools_do_not_wait_for_the_places_of_their_callers():
    child = SubAgent(name="child", description="Adds.", signature="(n :int) -> :int")
    parent = SubAgent(tools=[child])
    places = 8 * (os.cpu_count() or 1)

    async def model(request):
        if request.agent == "child":
            return "```clojure\n(return (inc data/n))\n```"
        return "```clojure\n(return (reduce + (pmap (fn [n] (tool/child {:n n})) [1 2])))\n```"

    async def main():
        return await asyncio.gather(*(parent.arun("x", llm=model) for _ in range(places + 2)))

    steps = asyncio.run(main())
    assert [step.error for step in steps if not step.ok] == []
    assert {step.value for step in steps} == {5}


async def cancelled_while(agent, llm, ready):
    """Cancels a run as soon as `ready` is set; gives what the run raised."""
    task = asyncio.create_task(agent.arun("x", llm=llm))
    await asyncio.wait_for(ready.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_cancelling_ends_the_model_call():
    async def main():
        ready, ended = asyncio.Event(), asyncio.Event()

        async def model(request):
            ready.set()
            try:
                await anyio.sleep(60)
            finally:
                ended.set()

        await cancelled_while(SubAgent(), model, ready)
        assert ended.is_set()

    asyncio.run(main())


def test_cancelling_ends_the_tool_and_the_program():
    async def main():
        ready, ended = asyncio.Event(), asyncio.Event()

        async def forever() -> None:
            ready.set()
            try:
                await anyio.sleep(60)
            finally:
                ended.set()

        agent = SubAgent(tools=[Tool(forever, description="Never ends.")])
        await cancelled_while(agent, ScriptedLLM(["(tool/forever {})"]), ready)
        await asyncio.wait_for(ended.wait(), 20)

    asyncio.run(main())


def test_cancelling_ends_a_child_agent_and_later_runs_are_not_harmed():
    async def main():
        ready = asyncio.Event()

        async def model(request):
            if request.agent == "child":
                ready.set()
                await anyio.sleep(60)
            return '(tool/child {:task "x"})'

        child = SubAgent(name="child", description="Helps.")
        await cancelled_while(SubAgent(tools=[child]), model, ready)
        started = time.monotonic()
        steps = await asyncio.gather(
            *(SubAgent().arun("x", llm=ScriptedLLM(["(return 1)"])) for _ in range(4))
        )
        assert [step.value for step in steps] == [1] * 4
        assert time.monotonic() - started < 30

    asyncio.run(main())
