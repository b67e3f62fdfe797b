"""What strategies share whose programs stand in the text of the reply."""

from __future__ import annotations

from subagent.loop.feedback import feedback
from subagent.loop.policy import Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import AgentState, Ran
from subagent.messages import LLMResponse, Message

_KEPT_CHARS = 2_000


class WrittenStrategy:
    """The part of a `Strategy` that does not depend on the language of the programs."""

    def tell(
        self, policy: Policy, state: AgentState, turn: Turn, ran: Ran | None, next_kind: TurnKind, /
    ) -> tuple[Message, ...]:
        """See `Strategy`."""
        return (Message("user", feedback(policy, state, turn, ran, next_kind)),)


def told_names(policy: Policy, state: AgentState, kind: TurnKind) -> tuple[str, ...]:
    """The tools that callables are told of: none in a turn that must return."""
    return policy.tool_names if kind == "work" or not state.turns else ()


def without_program(response: LLMResponse) -> Message:
    """A reply in which no program was found, as later requests show it."""
    text = response.content.strip()
    kept = text if len(text) <= _KEPT_CHARS else f"{text[:_KEPT_CHARS]}..."
    return Message("assistant", kept or "(empty reply)")
