"""Hooks: functions of the host that a run calls before and after its turns and tool calls.

    before_turn(TurnStart)    None | AddContext(text) | Stop(error=... or value=...)
    after_turn(TurnEnd)       None | Stop(error=... or value=...)
    before_tool(ToolUse)      None | ChangeArgs(args) | Veto(reason) | Answer(value)
    after_tool(ToolOutcome)   None | Answer(value) | Veto(reason)
    before_answer(Candidate)  None | Veto(reason)

They are plain or `async def` functions and are called in the order given, also for agents that are called as tools. One
that raises is logged and skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

import msgspec

from subagent.loop.records import Turn
from subagent.messages import Message
from subagent.usage import Usage


class TurnStart(msgspec.Struct, frozen=True, kw_only=True):
    """A turn about to start. usage: that of the run so far. messages: what the model will be sent after the system text."""

    agent: str
    run_id: str
    depth: int
    number: int
    kind: str
    usage: Usage
    messages: tuple[Message, ...]


class TurnEnd(msgspec.Struct, frozen=True, kw_only=True):
    """A turn that ended. usage: that of the run so far, children included."""

    agent: str
    run_id: str
    depth: int
    turn: Turn
    usage: Usage


class ToolUse(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call about to be made. args: by name, checked and converted. call_id: as in events and `step.tool_calls`. origin:
    the prelude function that makes it; None for a program's own."""

    agent: str
    run_id: str
    depth: int
    turn: int
    call_id: str
    name: str
    args: dict[str, Any]
    effect: str | None = None
    origin: str | None = None


class ToolOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call that ended: `result`, or the exception `error`."""

    use: ToolUse
    result: Any = None
    error: BaseException | None = None
    duration_ms: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether there is a result."""
        return self.error is None


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the right type that is about to end a run. A veto refuses it: the model is told the reason and tries again,
    or the run fails if no turn is left.

    value: plain data, or of the agent's `output` type. program: the program that gave it, as it was run; None in text mode.
    context: the run's inputs. turns_left: after this one. refused: reasons why hooks refused earlier answers of this run.
    """

    agent: str
    run_id: str
    depth: int
    turn: int
    value: Any
    program: str | None
    context: Mapping[str, Any]
    turns_left: int
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class AddContext:
    """Adds text to what the model reads before the turn; it stays in the conversation."""

    text: str


@dataclass(frozen=True)
class ChangeArgs:
    """Calls the tool with these arguments instead; they are checked like those of the program."""

    args: dict[str, Any]


@dataclass(frozen=True)
class Veto:
    """Refuses the call, or its result: the program gets a `tool_error` with the reason. Or refuses an answer."""

    reason: str


@dataclass(frozen=True)
class Answer:
    """The result of the call, in place of the tool's."""

    value: Any


Hook = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """Hooks that belong together; an object of any class with methods of these names works as well.

    strict: for guards, which must not fail open: if such a hook raises, the call is refused, or the run stopped.

    Raises:
        TypeError: one of them cannot be called.
    """

    before_turn: Hook | None = None
    after_turn: Hook | None = None
    before_tool: Hook | None = None
    after_tool: Hook | None = None
    before_answer: Hook | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        for name in POINTS:
            given = getattr(self, name)
            if given is not None and not callable(given):
                raise TypeError(f"Hooks.{name} must be a function, got {type(given).__name__}")


POINTS = tuple(field.name for field in fields(Hooks) if field.name != "strict")


def hooks_of(given: object) -> tuple[Any, ...]:
    """The objects with hooks that `hooks=` names: one, or several.

    Raises:
        TypeError: one of them has no hook.
    """
    several = isinstance(given, Iterable) and not any(hasattr(given, point) for point in POINTS)
    found: tuple[Any, ...] = tuple(cast("Iterable[Any]", given)) if several else (given,)
    for one in found:
        if not any(callable(getattr(one, point, None)) for point in POINTS):
            raise TypeError(
                f"hooks must be Hooks(...) or objects with one of the methods {', '.join(POINTS)}; "
                f"got {type(one).__name__}"
            )
    return found
