"""A conversation with an agent: every message knows the ones before it and what their programs defined."""

from __future__ import annotations

import dataclasses
from typing import Any, Unpack

from ptc_lisp import Memory
from subagent.definition import SubAgent
from subagent.messages import Message
from subagent.options import RunKeywords
from subagent.prompting.envelope import harmless
from subagent.prompting.preview import Bounds, preview
from subagent.prompting.resources import render
from subagent.step import Step


class Chat:
    """A conversation, made by `SubAgent.chat`. One message at a time; a message that fails leaves the conversation as it was.

    messages: the conversation so far, without system texts. memory: what the programs have defined. Both can be stored and
    passed to `SubAgent.chat` again. In text mode answers are text, whatever the agent's signature says.
    """

    def __init__(
        self,
        agent: SubAgent,
        messages: tuple[Message, ...] = (),
        memory: Memory | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.agent = (
            dataclasses.replace(agent, signature=None, output=None) if agent.mode == "text" else agent
        )
        self.messages = messages
        self.memory = Memory.of(memory)
        self._options = dict(options or {})
        self._answer = ""

    def __repr__(self) -> str:
        return f"Chat(agent={self.agent.name!r}, messages={len(self.messages)})"

    def send(self, text: str, **options: Unpack[RunKeywords]) -> Step:
        """Sends a message and returns the Step of the answer. options: those of `run`, for this message."""
        return self._take(self.agent.run(self._said(text), **self._with({**options})))

    async def asend(self, text: str, **options: Unpack[RunKeywords]) -> Step:
        """`send` for coroutines."""
        return self._take(await self.agent.arun(self._said(text), **self._with({**options})))

    def _with(self, options: dict[str, Any]) -> dict[str, Any]:
        return {
            **self._options,
            **options,
            "initial_messages": self.messages,
            "initial_memory": self.memory,
            "collect_messages": True,
        }

    def _said(self, text: str) -> str:
        """What is sent. A model that answered with a program has not seen what it gave."""
        return f"{self._answer}\n\n{text}" if self._answer else text

    def _take(self, step: Step) -> Step:
        if step.ok:
            self.messages = tuple(message for message in step.messages if message.role != "system")
            self.memory = step.memory
            shown = harmless(
                preview(step.value, Bounds(chars=self.agent.format.max_chars, language=self.agent.language))
            )
            seen = self.agent.mode == "text" or self.agent.transport == "tool_call"
            self._answer = "" if seen else render("task", "answered", text=shown)
        return step
