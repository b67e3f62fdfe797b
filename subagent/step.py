"""What a run of an agent gives back."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Unpack, cast, overload

import msgspec

from ptc_lisp import Fault, Memory, PtcError
from ptc_lisp import Step as ProgramStep
from subagent.events import AnyEvent, as_dict
from subagent.generics import Next, Out
from subagent.loop.records import ChildRun, ToolCall, Turn
from subagent.loop.state import AgentState
from subagent.messages import Message
from subagent.rendering import as_html, as_rich, as_text
from subagent.usage import Usage
from subagent.wording import json_text, shown

if TYPE_CHECKING:
    from subagent.compiled import CompiledAgent
    from subagent.definition import SubAgent
    from subagent.options import RunKeywords


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        repr(x)  # raises ValueError where Python does not write it out, which 3.14 hides
        return super().repr_int(x, level)


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[Out]):
    """The outcome of a run: a value or an error.

    value: plain Python of the signature's type, or a value of the agent's `output` type; None if there is an error.
    plain_value: always plain Python. error: why there is no value.
    text: the answer as the language prints it, of bounded length. prints: what the last program printed.
    turns: what the model wrote and what came of it, in order. tool_calls: those of all turns.
    children: runs of agents that were called as tools.
    memory: what the programs defined. journal: the values of `(task id ...)` by id, for the next run. summaries: those of
        `step-done`.
    messages: the whole conversation, system text first (`collect_messages`). trace: the events. state: the state at the end.
    warnings: how inputs were converted, and what does not fit about an answer that was accepted anyway.
    field_descriptions: what the fields of the value mean, for an agent that takes it as context.
    prelude_trace: the preludes that programs had (hashes, namespaces, exports, components); None without any.
    """

    ok: bool
    agent: str
    run_id: str
    value: Out = cast("Out", None)  # noqa: RUF009 - so that checkers know the type of an answer; a failed run has none
    plain_value: Any = None
    error: Fault | None = None
    text: str = ""
    turns: tuple[Turn, ...] = ()
    children: tuple[ChildRun, ...] = ()
    memory: Memory = field(default_factory=Memory)
    journal: Memory = field(default_factory=Memory)
    summaries: dict[str, str] = field(default_factory=dict[str, str])
    messages: tuple[Message, ...] = ()
    trace: tuple[AnyEvent, ...] = ()
    usage: Usage = field(default_factory=Usage)
    cause: BaseException | None = None
    warnings: tuple[str, ...] = ()
    field_descriptions: dict[str, str] = field(default_factory=dict[str, str])
    state: AgentState | None = None
    prelude_trace: dict[str, Any] | None = None

    @property
    def status(self) -> str:
        """`ok` or `failed`."""
        return "ok" if self.ok else "failed"

    @property
    def trace_id(self) -> str:
        """The id of the outermost run, under which events, traces and spans list the whole tree of runs."""
        return self.trace[0].trace_id if self.trace else self.run_id

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The tool calls of all turns, in order, even if the run failed."""
        return [call for turn in self.turns for call in turn.tool_calls]

    @property
    def prints(self) -> list[str]:
        """What the last program printed."""
        return list(self.turns[-1].prints) if self.turns else []

    @property
    def program(self) -> str | None:
        """The last program that was run."""
        return next((turn.program for turn in reversed(self.turns) if turn.program is not None), None)

    def unwrap(self) -> Out:
        """The value. Raises PtcError, which carries the Fault, if there is none."""
        if self.ok:
            return self.value
        assert self.error is not None
        raise PtcError(self.error) from self.cause

    @overload
    def then(
        self, agent: SubAgent[Next], task: str | None = None, **options: Unpack[RunKeywords]
    ) -> Step[Next]: ...

    @overload
    def then(self, agent: CompiledAgent, **options: Any) -> ProgramStep: ...

    def then(
        self, agent: SubAgent[Next] | CompiledAgent, task: str | None = None, **options: Any
    ) -> Step[Next] | ProgramStep:
        """Runs the next agent with this step's value as its context, and gives its step: `a.run(...).then(b).then(c)`. The
        program of a compiled agent runs without a model, and gives the step of a program.

        After a failed step no model is asked: the error is `chained_failure`, with the cause in its details. A value that
        lacks a required input of the agent is a `chain_error`.
        """
        options["context"] = self
        return agent.run(**_tasked(task, options))

    @overload
    async def athen(
        self, agent: SubAgent[Next], task: str | None = None, **options: Unpack[RunKeywords]
    ) -> Step[Next]: ...

    @overload
    async def athen(self, agent: CompiledAgent, **options: Any) -> ProgramStep: ...

    async def athen(
        self, agent: SubAgent[Next] | CompiledAgent, task: str | None = None, **options: Any
    ) -> Step[Next] | ProgramStep:
        """`then` for coroutines."""
        options["context"] = self
        return await agent.arun(**_tasked(task, options))

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON-shaped Python, without the messages and events."""
        return _plain(
            {
                "ok": self.ok,
                "agent": self.agent,
                "run_id": self.run_id,
                "trace_id": self.trace_id,
                "value": self.plain_value,
                "error": self.error,
                "turns": [{"ok": turn.ok, **_plain(turn)} for turn in self.turns],
                "children": self.children,
                "prelude_trace": self.prelude_trace,
                "usage": {**msgspec.structs.asdict(self.usage), "total_tokens": self.usage.total_tokens},
            }
        )

    def to_json(self, *, trace: bool = False) -> str:
        """The step as JSON text; `trace` adds messages and events."""
        data = self.to_dict()
        if trace:
            data["messages"] = _plain(self.messages)
            data["trace"] = _plain([as_dict(event) for event in self.trace])
        return json_text(data)

    def to_text(self, *, raw: bool = False, messages: bool = False, usage: bool = True) -> str:
        """The run for people, as `print(step)` shows it. raw: replies as the model wrote them, instead of programs. messages: the
        conversation as the model saw it, system text included, instead of turns. usage: whether the last line is included."""
        return as_text(self, raw=raw, messages=messages, usage=usage)

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        end = f"value={shown(self.value, _SHORT.repr)}" if self.ok else f"error={str(self.error)!r}"
        return (
            f"Step(ok={self.ok}, agent={self.agent!r}, run_id={self.run_id!r}, {end}, "
            f"turns={len(self.turns)}, tool_calls={len(self.tool_calls)})"
        )

    def __rich__(self) -> Any:
        """What `rich.print(step)` shows: the same in colours."""
        return as_rich(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return as_html(self)


def _tasked(task: str | None, options: dict[str, Any]) -> dict[str, Any]:
    return options if task is None else {"task": task, **options}


def _plain(value: Any) -> Any:
    """JSON-shaped: structs as dicts, held values as themselves, whatever JSON lacks as text."""
    return msgspec.to_builtins(value, enc_hook=_plain_hook, str_keys=True)


def _plain_hook(value: Any) -> Any:
    held = getattr(value, "value", None)
    if type(value).__name__ == "Held":
        return _plain(held)
    return str(value)
