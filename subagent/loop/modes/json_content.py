"""Programs of PTC-JSON in the reply: in a fenced block, or the reply itself where the provider keeps it to a schema."""

from __future__ import annotations

from typing import Any

from subagent.loop.extract_json import extract_json
from subagent.loop.feedback import feedback
from subagent.loop.modes.strategy import Reading
from subagent.loop.policy import Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import AgentState, Ran
from subagent.messages import LLMResponse, Message

_KEPT_CHARS = 2_000


class JsonStrategy:
    """One JSON object in the reply is the program. With `policy.program_schema` the request asks for JSON of that form."""

    def request(self, policy: Policy, state: AgentState, kind: TurnKind, /) -> dict[str, Any]:
        """See `Strategy`. In a turn that must return, callables are told of no tools."""
        names = policy.tool_names if kind == "work" or not state.turns else ()
        return {"tool_names": names, "schema": policy.program_schema}

    def read(self, _policy: Policy, response: LLMResponse, /) -> Reading:
        """See `Strategy`."""
        found = extract_json(response.content, cut=response.finish_reason == "length")
        return Reading(program=found.program, fault=found.fault)

    def remember(self, policy: Policy, response: LLMResponse, reading: Reading, /) -> Message:
        """See `Strategy`. Prose around a program is dropped: it costs tokens."""
        if reading.program is not None:
            bare = policy.program_schema is not None
            return Message("assistant", reading.program if bare else f"```json\n{reading.program}\n```")
        text = response.content.strip()
        kept = text if len(text) <= _KEPT_CHARS else f"{text[:_KEPT_CHARS]}..."
        return Message("assistant", kept or "(empty reply)")

    def tell(
        self, policy: Policy, state: AgentState, turn: Turn, ran: Ran | None, next_kind: TurnKind, /
    ) -> tuple[Message, ...]:
        """See `Strategy`."""
        return (Message("user", feedback(policy, state, turn, ran, next_kind)),)
