"""Spans of what happens outside of runs: compiling an agent, running what was compiled, and the tools called there."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ptc_lisp import BoundCall, Tool
from subagent.telemetry.attributes import present


@contextmanager
def span(tracer: Any, name: str, **about: Any) -> Generator[dict[str, Any], None, None]:
    """A span around a block, current inside it. What the block puts into the dict becomes attributes at the end; `error.type`
    among them marks a failure. Without a tracer there is no span."""
    said: dict[str, Any] = {}
    if tracer is None:
        yield said
        return
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - only who is traced pays for it

    with tracer.start_as_current_span(
        name, attributes=present(about), record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield said
        except BaseException as error:
            said.setdefault("error.type", type(error).__qualname__)
            raise
        finally:
            opened.set_attributes(present(said))
            if said.get("error.type") is not None:
                opened.set_status(StatusCode.ERROR, said["error.type"])


def traced(tool: Tool, tracer: Any, agent: str) -> Tool:
    """The same tool with a span around each of its calls."""
    if tracer is None:
        return tool
    about = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool.name,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.description": tool.description or None,
        "gen_ai.agent.name": agent,
    }

    def around(bound: BoundCall) -> BoundCall:
        def call() -> Any:
            with span(tracer, f"execute_tool {tool.name}", **about):
                return bound.run()

        async def acall() -> Any:
            with span(tracer, f"execute_tool {tool.name}", **about):
                return await bound.run()

        return bound.replaced(acall if bound.is_async else call)

    return replace(tool, around=around)
