"""Records the replies of a model to a file, and replays them without the model.

A reply is found by a hash of everything that determines it: system text, messages and options. The file is JSON lines, one call
per line, so a recording survives a crash up to its last call and diffs well.
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from subagent.llm.adapt import model_name
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.resolve import resolve
from subagent.llm.streaming import ask
from subagent.messages import LLMRequest, LLMResponse, Message, OnDelta

_VERSION = 1
# Where a reply comes from does not decide what it says; keys must not be written to a file.
_IGNORED_OPTIONS = frozenset({"api_key", "api_base", "base_url", "timeout", "extra_headers"})
_SHOWN = 60


class Asked(msgspec.Struct, frozen=True):
    """The part of a request that decides the reply."""

    system: str
    messages: tuple[Message, ...]
    options: dict[str, Any] = {}
    constraint: str | msgspec.UnsetType = msgspec.UNSET
    tools: tuple[dict[str, Any], ...] | msgspec.UnsetType = msgspec.UNSET
    schema: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Recorded(msgspec.Struct, frozen=True):
    """One line of a recording."""

    v: int
    key: str
    request: Asked
    response: LLMResponse


def request_key(request: LLMRequest) -> str:
    """SHA-256 (hex) of the canonical JSON of what decides a reply: system text, messages, options, and grammar, tools
    and schema where there are any."""
    return _key(_asked(request))


class RecordingLLM:
    """Passes every call on to `llm` and appends request and reply to the file at `path`."""

    def __init__(self, llm: object, path: str | PathLike[str]) -> None:
        self.llm = resolve(llm)
        self.path = Path(path)
        self.model = model_name(self.llm)
        self._lock = threading.Lock()

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The model's reply, recorded. Raises what the model raises; failures are not recorded."""
        return self._kept(request, await self.llm.complete(request))

    async def stream(self, request: LLMRequest, on_delta: OnDelta) -> LLMResponse:
        """As `complete`, with the pieces that the model gives."""
        return self._kept(request, await ask(self.llm, request, on_delta))

    def _kept(self, request: LLMRequest, response: LLMResponse) -> LLMResponse:
        asked = _asked(request)
        line = msgspec.json.encode(Recorded(_VERSION, _key(asked), asked, response)) + b"\n"
        with self._lock, self.path.open("ab") as file:
            file.write(line)
        return response


class ReplayLLM:
    """Gives recorded replies. If a request was recorded several times, its replies are given in order, and the last one
    repeatedly after that.

    Raises:
        ValueError: the file does not exist, or a line of it is not a recording; the message names file and line.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        self.recorded = _load(self.path)
        self.model = next((r.response.model for r in self.recorded if r.response.model), None) or "replay"
        self._replies: dict[str, list[LLMResponse]] = defaultdict(list)
        for entry in self.recorded:
            self._replies[entry.key].append(entry.response)
        self._given: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The recorded reply. Raises LLMError (kind `replay_miss`) that names what differs from the recording."""
        asked = _asked(request)
        key = _key(asked)
        with self._lock:
            replies = self._replies.get(key)
            if replies:
                number = self._given[key]
                self._given[key] += 1
                return replies[min(number, len(replies) - 1)]
        raise LLMError(
            LLMErrorKind.REPLAY_MISS,
            f"{self.path.name} has no reply for this request: {_difference(asked, self.recorded)}",
            hint="record again with RecordingLLM, or undo the change of prompt, tools or data",
        )


def _asked(request: LLMRequest) -> Asked:
    options = {k: v for k, v in request.options.items() if k not in _IGNORED_OPTIONS}
    grammar = request.constraint
    return Asked(
        request.system,
        request.messages,
        options,
        msgspec.UNSET if grammar is None else f"{grammar.syntax} sha256:{_digest(grammar.text.encode())}",
        request.tools or msgspec.UNSET,
        msgspec.UNSET if request.schema is None else request.schema,
    )


def _key(asked: Asked) -> str:
    return _digest(msgspec.json.encode(asked, order="sorted"))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _load(path: Path) -> list[Recorded]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ValueError(f"cannot read the recording {path}: {error.strerror}") from error
    decoder = msgspec.json.Decoder(Recorded)
    entries: list[Recorded] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}, line {number} is not a recorded call: {error}") from error
        if entry.v != _VERSION:
            raise ValueError(
                f"{path}, line {number} has version {entry.v}; this program reads version {_VERSION}"
            )
        entries.append(entry)
    return entries


def _difference(asked: Asked, recorded: list[Recorded]) -> str:
    """What separates a request from the recorded one that is most like it, in one line."""
    if not recorded:
        return "the recording is empty"
    nearest = max((entry.request for entry in recorded), key=lambda other: _likeness(asked, other))
    if asked.system != nearest.system:
        return "the system prompt differs " + _first_change(nearest.system, asked.system)
    for number, (new, old) in enumerate(zip(asked.messages, nearest.messages, strict=False), start=1):
        if new != old:
            return f"message {number} ({new.role}) differs " + _first_change(old.content, new.content)
    if len(asked.messages) != len(nearest.messages):
        return f"it has {len(asked.messages)} messages, the nearest recorded one {len(nearest.messages)}"
    if asked.constraint != nearest.constraint:
        now, then = (entry.constraint or "none" for entry in (asked, nearest))
        return f"its grammar is {now}, recorded was {then}"
    for name in ("tools", "schema"):
        if getattr(asked, name) != getattr(nearest, name):
            return f"its {name} differ from those of the recording"
    return f"its options are {asked.options}, recorded were {nearest.options}"


def _likeness(asked: Asked, other: Asked) -> tuple[int, bool, bool, int]:
    same = 0
    for new, old in zip(asked.messages, other.messages, strict=False):
        if new != old:
            return (same, asked.system == other.system, False, _common(new.content, old.content))
        same += 1
    return (same, asked.system == other.system, len(asked.messages) == len(other.messages), 0)


def _first_change(old: str, new: str) -> str:
    at = _common(old, new)
    start = max(0, at - 10)
    return f"from character {at + 1}: recorded {_cut(old[start:])}, now {_cut(new[start:])}"


def _cut(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def _common(left: str, right: str) -> int:
    """How many leading characters two texts share."""
    for index, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return index
    return min(len(left), len(right))
