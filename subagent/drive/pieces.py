"""Distinguishes program text from prose and reasoning while a reply arrives in pieces."""

from __future__ import annotations

import re

from subagent.events import Part
from subagent.loop.extract import PROGRAM_TAGS, THOUGHT_TAGS

_OPENING = re.compile(r"[ \t]*(?:>[ \t]*)?(`{3,}|~{3,})[ \t]*([^\s`(]*)([^\n]*)\n")
_MAYBE_OPENING = re.compile(r"[ \t]*(?:>[ \t]*)?(?:`{0,2}|~{0,2}|(?:`{3,}|~{3,})[^\n]*)\Z")
_THOUGHT = re.compile(rf"<({THOUGHT_TAGS})\b[^<>\n]*>", re.IGNORECASE)
_LONGEST_TAG = 40
_AT_A_TIME = 4_096  # what is left is copied with every line that is taken
_LONGEST_LINE = 10_000  # a longer first line is no fence: it would be looked at again with every piece


class Splitter:
    """Takes the text of one reply in pieces of any size and gives it back as (part, text). Fences and thought tags belong
    to no part. Text is held back only as long as it could still be the beginning of one of them."""

    def __init__(self, language: str = "ptc-lisp") -> None:
        self._tags = PROGRAM_TAGS if language == "ptc-lisp" else frozenset({"json", language})
        self._starts = "(;" if language == "ptc-lisp" else "{["
        self._held = ""
        self._mark = ""
        self._thought = ""
        self._part: Part | None = "prose"
        self._at_line_start = True
        self._out: list[tuple[Part, str]] = []

    def feed(self, text: str) -> list[tuple[Part, str]]:
        """What is known about the text so far and was not given before."""
        for start in range(0, len(text), _AT_A_TIME):
            self._held += text[start : start + _AT_A_TIME]
            while self._step():
                pass
        return self._taken()

    def finish(self) -> list[tuple[Part, str]]:
        """What was held back at the end of the reply."""
        if not _OPENING.match(f"{self._held}\n"):
            self._emit(len(self._held))
        return self._taken()

    def _step(self) -> bool:
        """Takes one thing from the text that is held; False when more text is needed."""
        if not self._held:
            return False
        if self._thought:
            return self._until(re.compile(rf"</{self._thought}\s*>", re.IGNORECASE), "</")
        if self._mark:
            return self._program()
        return self._opening() or self._prose()

    def _opening(self) -> bool:
        if not self._at_line_start or "\n" not in self._held:
            return False
        found = _OPENING.match(self._held)
        if found is None:
            return False
        self._mark, tag, rest = found.groups()
        tag = tag.lower().strip("{}.:")
        self._part = "program" if tag in self._tags else None if not tag else "prose"
        self._held = (f"{rest.lstrip()}\n" if rest.strip() else "") + self._held[found.end() :]
        return True

    def _program(self) -> bool:
        if self._part is None:  # an untagged fence is what it begins with
            first = self._held.lstrip()[:1]
            if not first:
                return False
            self._part = "program" if first in self._starts else "prose"
        return self._until(re.compile(re.escape(self._mark)), self._mark[0])

    def _until(self, end: re.Pattern[str], hint: str) -> bool:
        """Gives text up to what ends the fence or thought; holds back what could be its beginning."""
        found = end.search(self._held)
        if found is not None:
            self._emit(found.start())
            self._held = self._held[found.end() - found.start() :]
            self._mark = self._thought = ""
            self._part = "prose"
            self._at_line_start = False
            return bool(self._held)
        self._emit(_safe(self._held, hint, self._mark))
        return False

    def _prose(self) -> bool:
        end = self._held.find("\n") + 1
        if (
            not end
            and self._at_line_start
            and len(self._held) < _LONGEST_LINE
            and _MAYBE_OPENING.match(self._held)
        ):
            return False
        end = end or len(self._held)
        found = _THOUGHT.search(self._held, 0, end)
        if found is not None:
            self._emit(found.start())
            self._held = self._held[found.end() - found.start() :]
            self._thought, self._part = found[1], "reasoning"
            return True
        safe = end if self._held[end - 1] == "\n" else _safe(self._held, "<", "")
        self._emit(safe)
        return safe > 0 and bool(self._held)

    def _emit(self, length: int) -> None:
        text, self._held = self._held[:length], self._held[length:]
        if not text:
            return
        self._at_line_start = text.endswith("\n")
        part = self._part or "prose"
        if self._out and self._out[-1][0] == part:
            self._out[-1] = (part, self._out[-1][1] + text)
        else:
            self._out.append((part, text))

    def _taken(self) -> list[tuple[Part, str]]:
        taken, self._out = self._out, []
        return taken


def _safe(text: str, hint: str, mark: str) -> int:
    """How much of a text cannot belong to an ending (a mark, or a tag that begins with `hint`) that is cut off."""
    if mark:
        return len(text.rstrip(mark[0]))
    start = text.rfind(hint[0], max(0, len(text) - _LONGEST_TAG))
    return len(text) if start < 0 or ">" in text[start:] else start
