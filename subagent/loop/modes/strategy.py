"""What the loop asks of a strategy."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from ptc_lisp import Fault
from subagent.loop.held import Held
from subagent.loop.policy import Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import AgentState, Ran
from subagent.messages import LLMResponse, Message, NativeToolCall


class Reading(msgspec.Struct, frozen=True):
    """What a reply asks for; exactly one field is set. program: run it. calls: make these native tool calls. answer: a
    final answer that was given without a program; it is judged like a returned value. fault: nothing can be done with
    the reply."""

    program: str | None = None
    calls: tuple[NativeToolCall, ...] = ()
    answer: Held | None = None
    fault: Fault | None = None


class Strategy(Protocol):
    """Every method is pure: no I/O, no clock, no state of its own."""

    def request(self, policy: Policy, state: AgentState, kind: TurnKind, /) -> dict[str, Any]:
        """Fields of the LLMRequest beyond system text, messages and options. `kind` is the turn that it opens."""
        ...

    def read(self, policy: Policy, response: LLMResponse, /) -> Reading:
        """What a reply asks for."""
        ...

    def remember(self, policy: Policy, response: LLMResponse, reading: Reading, /) -> Message:
        """The assistant message by which later requests show this reply."""
        ...

    def tell(
        self, policy: Policy, state: AgentState, turn: Turn, ran: Ran | None, next_kind: TurnKind, /
    ) -> tuple[Message, ...]:
        """The messages that follow a turn which did not end the run. `ran` is None when no program was run;
        `next_kind` is the turn that they open. The state holds the conversation up to the turn's reply."""
        ...
