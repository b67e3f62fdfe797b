"""A conversation with an agent: every message knows the ones before it and what their programs defined."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from contextlib import contextmanager
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

    messages: the conversation so far, without system texts. A model that answered with a program has not seen its value: the
        last message tells it, and is sent together with the next one. memory: what the programs have defined. Both can be
        stored (`message.as_openai()`, `memory.to_bytes()`) and passed to `SubAgent.chat` again.
    In text mode answers are text, whatever the agent's signature says.
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
        self._busy = False

    def __repr__(self) -> str:
        return f"Chat(agent={self.agent.name!r}, messages={len(self.messages)})"

    def send(self, text: str, **options: Unpack[RunKeywords]) -> Step:
        """Sends a message and returns the Step of the answer. options: those of `run`, for this message. Raises as `run`, and
        RuntimeError while an earlier message is being answered."""
        with self._one_at_a_time():
            return self._take(self.agent.run(self._said(text), **self._with({**options})))

    async def asend(self, text: str, **options: Unpack[RunKeywords]) -> Step:
        """`send` for coroutines."""
        with self._one_at_a_time():
            return self._take(await self.agent.arun(self._said(text), **self._with({**options})))

    @contextmanager
    def _one_at_a_time(self) -> Generator[None]:
        if self._busy:
            raise RuntimeError(
                "this chat is still answering a message: wait for its answer, or make another chat"
            )
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _with(self, options: dict[str, Any]) -> dict[str, Any]:
        return {
            **self._options,
            **options,
            "initial_messages": self.messages[: len(self.messages) - len(self._untold())],
            "initial_memory": self.memory,
            "collect_messages": True,
        }

    def _said(self, text: str) -> str:
        return "\n\n".join([*(message.content for message in self._untold()), text])

    def _untold(self) -> tuple[Message, ...]:
        """The message at the end that the model has not replied to."""
        return self.messages[-1:] if self.messages and self.messages[-1].role == "user" else ()

    def _take(self, step: Step) -> Step:
        if step.ok:
            self.messages = tuple(message for message in step.messages if message.role != "system")
            self.memory = step.memory
            if self.agent.mode == "program" and self.agent.transport == "content":
                bounds = Bounds(chars=self.agent.format.max_chars, language=self.agent.language)
                shown = harmless(preview(step.value, bounds))
                self.messages += (Message("user", render("task", "answered", text=shown)),)
        return step
