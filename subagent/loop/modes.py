"""How programs travel between model and agent. A transport is a strategy of the one loop: it finds the program in a
reply and says how the reply is kept in the conversation."""

from __future__ import annotations

from typing import Protocol

from subagent.loop.extract import Extracted, extract_program
from subagent.loop.policy import Policy
from subagent.messages import LLMResponse, Message

_KEPT_CHARS = 2_000


class Transport(Protocol):
    """What the loop asks of a transport. Both methods are pure."""

    def extract(self, response: LLMResponse) -> Extracted:
        """The program of a reply, or the fault that says why there is none."""
        ...

    def remember(self, response: LLMResponse, program: str | None) -> Message:
        """The assistant message by which later requests show this reply."""
        ...


class ContentTransport:
    """Programs stand in a fenced block of the reply's text. Only the program is kept: prose costs tokens."""

    def extract(self, response: LLMResponse) -> Extracted:
        """See `Transport`."""
        return extract_program(response.content, cut=response.finish_reason == "length")

    def remember(self, response: LLMResponse, program: str | None) -> Message:
        """See `Transport`."""
        if program is not None:
            return Message("assistant", f"```clojure\n{program}\n```")
        text = response.content.strip()
        kept = text if len(text) <= _KEPT_CHARS else f"{text[:_KEPT_CHARS]}..."
        return Message("assistant", kept or "(empty reply)")


_TRANSPORTS: dict[str, Transport] = {"content": ContentTransport()}


def transport_of(policy: Policy) -> Transport:
    """The transport that a policy names."""
    return _TRANSPORTS[policy.transport]
