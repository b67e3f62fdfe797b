"""Programs of PTC-JSON in the reply: in a fenced block, or the reply itself where the provider keeps it to a schema."""

from __future__ import annotations

from typing import Any

from subagent.loop.extract_json import extract_json
from subagent.loop.modes.strategy import Reading
from subagent.loop.modes.written import WrittenStrategy, told_names, without_program
from subagent.loop.policy import Policy
from subagent.loop.records import TurnKind
from subagent.loop.state import AgentState
from subagent.messages import LLMResponse, Message


class JsonStrategy(WrittenStrategy):
    """One JSON object in the reply is the program. With `policy.program_schema` the request asks for JSON of that form."""

    def request(self, policy: Policy, state: AgentState, kind: TurnKind, /) -> dict[str, Any]:
        """See `Strategy`."""
        return {"tool_names": told_names(policy, state, kind), "schema": policy.program_schema}

    def read(self, _policy: Policy, response: LLMResponse, /) -> Reading:
        """See `Strategy`."""
        found = extract_json(response.content, cut=response.finish_reason == "length")
        return Reading(program=found.program, fault=found.fault)

    def remember(self, policy: Policy, response: LLMResponse, reading: Reading, /) -> Message:
        """See `Strategy`. Prose around a program is dropped: it costs tokens."""
        if reading.program is None:
            return without_program(response)
        bare = policy.program_schema is not None
        return Message("assistant", reading.program if bare else f"```json\n{reading.program}\n```")
