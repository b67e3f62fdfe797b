"""The replies that the demo replays, and how to record them.

One file per question in `replies/`, one JSON line per turn. A reply is played by its turn, not by the exact prompt, so
that a reworded prompt does not break the demo; `key` tells whether the prompt is still the recorded one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from subagent.llm import LLMError, LLMErrorKind, request_key
from subagent.messages import LLM, LLMRequest, LLMResponse, TokenUsage

FOLDER = Path(__file__).parent / "replies"


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn. `origin`: recorded from `model`, or written by hand ("scripted") where no small model found a way."""

    origin: Literal["recorded", "scripted"]
    model: str
    content: str
    key: str = ""
    usage: TokenUsage = TokenUsage()


class PlayedReplies:
    """A model that gives the replies of one question, turn by turn. `same_prompts`: every prompt was the recorded one.

    Raises:
        ValueError: there is no recording, or it is damaged; the message names the file and the line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.replies = load_replies(path)
        self.origin = self.replies[0].origin
        self.model = self.replies[0].model
        self.same_prompts = True

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The reply of this turn. Raises LLMError when the run goes on after the last one."""
        turn = sum(message.role == "assistant" for message in request.messages)
        if turn >= len(self.replies):
            raise LLMError(
                LLMErrorKind.REPLAY_MISS,
                f"{self.path.name} ends after {len(self.replies)} replies, and the run went on",
                hint="record the question again: ptc demo NAME --llm MODEL --record FOLDER",
            )
        reply = self.replies[turn]
        self.same_prompts = self.same_prompts and reply.key == request_key(request)
        return LLMResponse(reply.content, usage=reply.usage, model=reply.model)


class RecordedReplies:
    """Passes calls on to `llm` and writes its replies to `path`, in place of an older recording, as they come."""

    def __init__(self, llm: LLM, path: Path) -> None:
        self.llm = llm
        self.model: str = getattr(llm, "model", "unknown")
        self.path = path
        self.replies: list[Reply] = []

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The model's reply, kept."""
        response = await self.llm.complete(request)
        key = request_key(request)
        self.replies.append(Reply("recorded", self.model, response.content, key, response.usage))
        self._write()
        return response

    def _write(self) -> None:
        """Replaces the file in one step, so that an interrupted run leaves whole lines."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        written = self.path.with_suffix(".part")
        written.write_bytes(b"".join(msgspec.json.encode(reply) + b"\n" for reply in self.replies))
        written.replace(self.path)


def load_replies(path: Path) -> list[Reply]:
    """The lines of one recording. Raises ValueError."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ValueError(f"no recorded replies in {path}: {error.strerror}") from None
    replies: list[Reply] = []
    for number, line in enumerate(lines, 1):
        try:
            replies.append(msgspec.json.decode(line, type=Reply))
        except msgspec.DecodeError as error:
            raise ValueError(f"{path}:{number}: not a recorded reply: {error}") from None
    if not replies:
        raise ValueError(f"no recorded replies in {path}: the file is empty")
    return replies
