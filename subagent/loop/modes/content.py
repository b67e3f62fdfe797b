"""Programs as fenced text in the reply."""

from __future__ import annotations

from typing import Any

from subagent.loop.extract import extract_program
from subagent.loop.feedback import feedback
from subagent.loop.modes.strategy import Reading
from subagent.loop.policy import Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import AgentState, Ran
from subagent.messages import LLMResponse, Message

_KEPT_CHARS = 2_000


class ContentStrategy:
    """Programs stand in a fenced block of the reply's text. Only the program is kept: prose costs tokens."""

    def request(self, policy: Policy, state: AgentState, kind: TurnKind, /) -> dict[str, Any]:
        """See `Strategy`. In a turn that must return, callables are told of no tools."""
        names = policy.tool_names if kind == "work" or not state.turns else ()
        return {"tool_names": names, "constraint": policy.constraint}

    def read(self, _policy: Policy, response: LLMResponse, /) -> Reading:
        """See `Strategy`."""
        found = extract_program(response.content, cut=response.finish_reason == "length")
        return Reading(program=found.program, fault=found.fault)

    def remember(self, _policy: Policy, response: LLMResponse, reading: Reading, /) -> Message:
        """See `Strategy`."""
        if reading.program is not None:
            return Message("assistant", f"```clojure\n{reading.program}\n```")
        text = response.content.strip()
        kept = text if len(text) <= _KEPT_CHARS else f"{text[:_KEPT_CHARS]}..."
        return Message("assistant", kept or "(empty reply)")

    def tell(
        self, policy: Policy, state: AgentState, turn: Turn, ran: Ran | None, next_kind: TurnKind, /
    ) -> tuple[Message, ...]:
        """See `Strategy`."""
        return (Message("user", feedback(policy, state, turn, ran, next_kind)),)
