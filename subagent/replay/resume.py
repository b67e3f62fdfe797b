"""Continues a recorded run live from one of its turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import msgspec

from ptc_lisp import BoundCall, Session, Tool
from ptc_lisp.faults import FaultKind, Trap
from subagent.definition import SubAgent
from subagent.events import Subscriber
from subagent.llm.adapt import model_name
from subagent.llm.resolve import resolve
from subagent.messages import LLMRequest, LLMResponse, NativeToolCall
from subagent.replay.answers import RecordedCall, RecordedTool, answered, described, recorded_call
from subagent.step import Step
from subagent.trace.lines import packed
from subagent.trace.reading import Trace, TraceError, payload_of
from subagent.trace.tree import Node, forest


def continue_from(
    trace: Trace,
    turn: int,
    llm: object,
    *,
    tools: Iterable[Callable[..., Any] | Tool] = (),
    on_event: Iterable[Subscriber] = (),
) -> Step:
    """Runs the outermost agent of a trace again: up to `turn` with the recorded replies and tool results, from there on
    with a live model. Calls that were recorded with the same arguments get their recorded answers; others go to `tools`,
    and fail where there is none of that name.

    Raises:
        TraceError: the trace has no payloads, no such turn, or does not hold what the run was made of.
    """
    runs = [node for node in forest(trace.records) if node.kind == "run"]
    if not runs or "payload" not in runs[0].started:
        raise TraceError(f"{trace.path}: to go on from it, a trace needs its payloads (--trace-payloads)")
    run = runs[0]
    turns = [node for node in run.children if node.kind == "turn"]
    if not 1 <= turn <= len(turns) + 1:
        raise TraceError(f"{trace.path}: there is no turn {turn} to go on from; it has {len(turns)}")
    definition = payload_of(run.started, "definition")
    if definition is None:
        raise TraceError(f"{trace.path}: it does not hold the agent's definition, so it cannot go on")
    live = dict(Session(tools=cast("Any", tools)).tools)
    agent = replace(SubAgent.from_dict(definition), tools=_tools(run, live))
    return agent.run(
        payload_of(run.started, "task"),
        llm=_Spliced(turns[: turn - 1], llm),
        context=payload_of(run.started, "context"),
        initial_memory=payload_of(run.started, "memory"),
        journal=payload_of(run.started, "journal"),
        on_event=list(on_event),
    )


class _Spliced:
    """A model that gives recorded replies first."""

    def __init__(self, turns: Iterable[Node], llm: object) -> None:
        self._llm = resolve(llm)
        self.model = model_name(self._llm)
        models = (node for turn in turns for node in turn.children if node.kind == "model")
        self._recorded = [node.finished for node in models if node.finished is not None]

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The next recorded reply, or the live model's."""
        if not self._recorded:
            return await self._llm.complete(request)
        record = self._recorded.pop(0)
        calls = payload_of(record, "tool_calls", [])
        return LLMResponse(
            payload_of(record, "content", ""),
            model=record.get("response_model"),
            finish_reason=record.get("finish_reason"),
            tool_calls=tuple(msgspec.convert(call, NativeToolCall) for call in calls),
        )


@dataclass(frozen=True)
class _Either(RecordedTool):
    """A tool that answers from the recording where it can, else the live one of its name."""

    recorded: list[RecordedCall] = field(default_factory=list[RecordedCall])
    live: Tool | None = None

    def prepare(self, args: dict[str, Any]) -> BoundCall:
        """See Tool."""
        wanted = packed(args)
        found = next((call for call in self.recorded if packed(call.args) == wanted), None)
        if found is not None:
            self.recorded.remove(found)
            return answered(found, args)
        if self.live is not None:
            return self.live.prepare(args)
        raise Trap(
            FaultKind.INVALID_TOOL_ARGS,
            f"tool/{self.name}: no such call was recorded, and there is no live tool of this name",
        )


def _tools(run: Node, live: dict[str, Tool]) -> list[Tool]:
    """A tool for each that the run had, and the live ones that it had not."""
    programs = [node for turn in run.children for node in turn.children]
    nodes = [node for each in programs for node in (each, *each.children) if node.kind == "tool"]
    calls = [call for call in map(recorded_call, nodes) if call.known]
    shapes = payload_of(run.started, "tools", [])
    had: list[Tool] = [
        _Either(
            **described(shape),
            effect=shape.get("effect"),
            recorded=[call for call in calls if call.name == shape["name"]],
            live=live.get(shape["name"]),
        )
        for shape in shapes
    ]
    return had + [tool for name, tool in live.items() if name not in {tool.name for tool in had}]
