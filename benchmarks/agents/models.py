"""Where the replies come from: a model, the tasks' own solutions, or a file that was recorded before.

A recording is found by task, part and turn, not by what the prompt said, so that it survives a change of the prompts:
what it then proves is that the same programs still give the same answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.agents.task import Part, Task
from subagent import LiteLLM, LLMRequest, LLMResponse, ScriptedLLM, TokenUsage


class Recorded(msgspec.Struct, frozen=True):
    """One line of a recording."""

    task: str
    part: int
    turn: int
    reply: str
    input_tokens: int
    output_tokens: int
    finish_reason: str | None = None
    model: str | None = None


def solutions(_: Task, part: Part) -> object:
    """Answers with the task's own program: the dry run."""
    return ScriptedLLM([f"```clojure\n{part.solution}\n```"], model="solutions")


class Live:
    """Asks one model, each time for at most `timeout` seconds; with a path, keeps its replies."""

    def __init__(self, model: str, record: Path | None = None, timeout: float = 600) -> None:
        self._llm = LiteLLM(model, timeout_ms=round(timeout * 1000))
        self._record = record

    def __call__(self, task: Task, part: Part) -> object:
        """The model for a part."""
        if self._record is None:
            return self._llm
        number, path = task.parts.index(part) + 1, self._record

        async def complete(request: LLMRequest) -> LLMResponse:
            response = await self._llm.complete(request)
            line = Recorded(
                task.name,
                number,
                request.turn,
                response.content,
                response.usage.input_tokens,
                response.usage.output_tokens,
                response.finish_reason,
                response.model,
            )
            with path.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
            return response

        return complete


class Replay:
    """Gives the replies of a recording. A part that was recorded several times gives its last recording."""

    def __init__(self, path: Path) -> None:
        self._replies: dict[tuple[str, int], dict[int, Recorded]] = defaultdict(dict)
        for line in path.read_bytes().splitlines():
            entry = msgspec.json.decode(line, type=Recorded)
            if entry.turn == 1:
                self._replies[entry.task, entry.part].clear()
            self._replies[entry.task, entry.part][entry.turn] = entry

    @property
    def tasks(self) -> frozenset[str]:
        """The names of the recorded tasks."""
        return frozenset(task for task, _ in self._replies)

    def __call__(self, task: Task, part: Part) -> object:
        """The recorded replies of a part, as a model."""
        replies = self._replies[task.name, task.parts.index(part) + 1]
        return ScriptedLLM([_response(replies[turn]) for turn in sorted(replies)], model="recorded")


def _response(entry: Recorded) -> LLMResponse:
    usage = TokenUsage(input_tokens=entry.input_tokens, output_tokens=entry.output_tokens)
    return LLMResponse(entry.reply, usage, model=entry.model, finish_reason=entry.finish_reason)


def provider_options(temperature: float, max_tokens: int, api_base: str | None) -> Mapping[str, Any]:
    """What every request says to the provider."""
    options: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
    return options if api_base is None else {**options, "api_base": api_base}
