"""A tool can ask which call it answers; the ledger names the same call."""

import pytest

import ptc_lisp
from ptc_lisp import Session, current_call


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_a_tool_knows_its_call(kind: str):
    seen = {}

    def plain(n: int) -> int:
        seen[n] = current_call()
        return n

    async def coroutine(n: int) -> int:
        return plain(n)

    tool = plain if kind == "plain" else coroutine
    step = ptc_lisp.run("(tool/t {:n 1}) (pmap (fn [n] (tool/t {:n n})) [2 3])", tools={"t": tool})
    assert step.value == [2, 3]
    assert [seen[record.args["n"]].id for record in step.tool_calls] == [r.id for r in step.tool_calls]
    assert [seen[n].name for n in (1, 2, 3)] == ["t"] * 3
    assert len({info.id for info in seen.values()}) == 3
    assert seen[1].branch == ()
    assert seen[2].branch < seen[3].branch
    assert current_call() is None


@pytest.mark.anyio
async def test_a_tool_knows_its_call_under_an_event_loop():
    seen = []
    async with Session(tools={"t": lambda: seen.append(current_call())}) as session:
        step = await session.aeval("(tool/t)")
    assert [info.id for info in seen] == [record.id for record in step.tool_calls]


@pytest.fixture
def anyio_backend():
    return "asyncio"
