"""Programs as fenced text in the reply."""

from __future__ import annotations

from typing import Any

from subagent.loop.extract import extract_program
from subagent.loop.modes.strategy import Reading
from subagent.loop.modes.written import WrittenStrategy, told_names, without_program
from subagent.loop.policy import Policy
from subagent.loop.records import TurnKind
from subagent.loop.state import AgentState
from subagent.messages import LLMResponse, Message


class ContentStrategy(WrittenStrategy):
    """Programs stand in a fenced block of the reply's text. Only the program is kept: prose costs tokens."""

    def request(self, policy: Policy, state: AgentState, kind: TurnKind, /) -> dict[str, Any]:
        """See `Strategy`."""
        return {"tool_names": told_names(policy, state, kind), "constraint": policy.constraint}

    def read(self, _policy: Policy, response: LLMResponse, /) -> Reading:
        """See `Strategy`."""
        found = extract_program(response.content, cut=response.finish_reason == "length")
        return Reading(program=found.program, fault=found.fault)

    def remember(self, _policy: Policy, response: LLMResponse, reading: Reading, /) -> Message:
        """See `Strategy`."""
        if reading.program is None:
            return without_program(response)
        return Message("assistant", f"```clojure\n{reading.program}\n```")
