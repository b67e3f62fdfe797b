"""Finds the program in the reply of a model, or says why there is none.

Fences are matched line by line, never by one pattern over the whole text. In order: fences tagged as Clojure or Lisp;
other fences that begin with a form; elements such as `<clojure>`; the bare reply, up to a stray closing fence, when it begins
with a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

import msgspec

from ptc_lisp import Fault, FaultKind, Phase

PROGRAM_TAGS = frozenset(
    {"clojure", "lisp", "clj", "cljs", "ptc-lisp", "ptc_lisp", "ptclisp", "ptc", "scheme"}
)
_ELEMENTS = "clojure|lisp|clj|ptc-lisp|program|code"
THOUGHT_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad"
_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x180E])
_SPACES = dict.fromkeys([0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_OPENING = re.compile(r"^\s*(?:>\s*)?(`{3,}|~{3,})\s*([^\s`(]*)\s*(.*)$")
_FENCE_LINE = re.compile(r"^[^\S\n]*(?:`{3,}|~{3,})", re.MULTILINE)
_THOUGHT = re.compile(rf"<({THOUGHT_TAGS})\b[^<>]*>", re.IGNORECASE)
_FIRST_FORM = re.compile(r"\A(?:\s|,|;[^\n]*(?:\n|\Z))*(?:\(|#_)")
_CODE = re.compile(r"""[(\[;#"']|\{[:"}\s]""")
_TOKEN = re.compile(r"""\\.|["();\[\]{}]""", re.DOTALL)
_SENTENCE = re.compile(r"[*_#>\s-]*[A-Z][\w'-]*[,:]?\s+[\w'`-]+")
_MOST_AHEAD = 300


class Extracted(msgspec.Struct, frozen=True):
    """A program, or the fault that says why there is none. Exactly one of both is set."""

    program: str | None = None
    fault: Fault | None = None


class _Fence(msgspec.Struct):
    tag: str
    lines: list[str]
    closed: bool = False

    @property
    def body(self) -> str:
        return "\n".join(self.lines).strip()


def extract_program(reply: str, *, cut: bool = False) -> Extracted:
    """The one program of a reply. `cut` says that the reply ended at the model's length limit."""
    text = without_thoughts(_plain(reply))
    fences = _fences(text)
    found = _candidates(text, fences)
    unfinished = not fences[-1].closed if fences else True
    if cut and (not found or unfinished):
        return Extracted(fault=_truncated())
    different = list(dict.fromkeys(found))
    if len(different) == 1:
        return Extracted(program=_straight_quotes(different[0]))
    return Extracted(fault=_several(len(different)) if different else _none(text))


def fenced_blocks(reply: str) -> tuple[str, list[tuple[str, str]]]:
    """A reply without its thoughts, and the tag and text of each fenced block in it."""
    text = without_thoughts(_plain(reply))
    return text, [(fence.tag, fence.body) for fence in _fences(text)]


def _candidates(text: str, fences: list[_Fence]) -> list[str]:
    tagged = [fence.body for fence in fences if fence.tag in PROGRAM_TAGS and fence.body]
    if tagged:
        return tagged
    others = [fence.body for fence in fences if _FIRST_FORM.match(fence.body)]
    if others:
        return others
    elements = re.findall(rf"<({_ELEMENTS})\b[^<>]*>(.*?)(?:</\1\s*>|\Z)", text, re.DOTALL | re.IGNORECASE)
    inner = [body.strip() for _, body in elements if body.strip()]
    if inner:
        return inner
    # Small models forget the opening fence and still write the closing one.
    bare = _FENCE_LINE.split(text, maxsplit=1)[0].strip()
    return [_without_prose(bare)] if _FIRST_FORM.match(bare) else []


def _fences(text: str) -> list[_Fence]:
    fences: list[_Fence] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        opening = _OPENING.match(lines[at])
        at += 1
        if opening is not None:
            mark, tag, rest = opening.groups()
            fence = _Fence(tag.lower().strip("{}.:"), [])
            fences.append(fence)
            # What stands behind the tag is the first line of the body, unless it describes the block.
            first = [rest] if rest and (_CODE.match(rest) or _closing(rest, mark) is not None) else []
            behind = (lines[place] for place in range(at, len(lines)))
            at += _fill(fence, chain(first, behind), mark) - len(first)
    return fences


def _fill(fence: _Fence, lines: Iterable[str], mark: str) -> int:
    """Fills a fence from the lines behind its opening, and gives how many it takes. In a program, a fence inside of a string ends
    nothing, unless the string has no end either."""
    program = not fence.tag or fence.tag in PROGRAM_TAGS
    reading, read, inside = _Reading(), list[str](), 0
    for line in lines:
        content = _closing(line, mark)
        reading.take(line if content is None else content)
        read.append(line)
        if content is not None and not (program and reading.in_string):
            inside = len(read)
            break
        if content is not None:
            inside = inside or len(read)
            reading.take(line[len(content) :])
        if inside and len(read) - inside > _MOST_AHEAD:
            break
    if not inside or (closed := _closing(read[inside - 1], mark)) is None:
        fence.lines = read
        return len(read)
    fence.lines, fence.closed = [*read[: inside - 1], closed], True
    return inside


class _Reading:
    """Where the text of a program stands: inside of a string, and how deep in brackets."""

    def __init__(self) -> None:
        self.in_string = False
        self.depth = 0

    def take(self, text: str) -> None:
        """Goes on over some text, of one line at most."""
        for token in _TOKEN.finditer(text):
            mark = token[0][0]
            if self.in_string:
                self.in_string = mark != '"'
            elif mark == ";":
                return
            elif mark == '"':
                self.in_string = True
            elif mark in "([{":
                self.depth += 1
            elif mark in ")]}":
                self.depth -= 1


def _without_prose(bare: str) -> str:
    """A bare program without the sentences that a model wrote below it."""
    reading = _Reading()
    lines = bare.split("\n")
    for at, line in enumerate(lines):
        if (
            at
            and not lines[at - 1].strip()
            and reading.depth <= 0
            and not reading.in_string
            and _SENTENCE.match(line)
        ):
            return "\n".join(lines[:at]).strip()
        reading.take(line)
    return bare


def _closing(line: str, mark: str) -> str | None:
    """What stands before the end of a fence on this line; None when the fence goes on. Models also close a fence with
    the closing tag of an element."""
    bare = line.rstrip()
    if bare.endswith(mark):
        return bare.rstrip(mark[0])
    element = re.search(rf"</(?:{_ELEMENTS})\s*>\s*$", bare, re.IGNORECASE)
    return bare[: element.start()] if element else None


def _plain(text: str) -> str:
    """Unix newlines, ordinary spaces, no invisible characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE).translate(_SPACES)


def without_thoughts(text: str) -> str:
    """A reply without what the model thought aloud between tags."""
    text = _without_closed(text)
    # Some servers drop the opening tag; a thought that never closes hides everything after it.
    text = re.sub(rf"\A.*</(?:{THOUGHT_TAGS})\s*>", "", text, flags=re.DOTALL | re.IGNORECASE)
    return re.sub(rf"<(?:{THOUGHT_TAGS})\b[^<>]*>.*\Z", "", text, flags=re.DOTALL | re.IGNORECASE)


def _without_closed(text: str) -> str:
    """Without the thoughts that end. No place is searched twice for the same closing tag: replies can be long."""
    kept: list[str] = []
    endless: set[str] = set()
    at = start = 0
    while (opening := _THOUGHT.search(text, at)) is not None:
        at, tag = opening.end(), opening[1].lower()
        closing = None if tag in endless else re.compile(rf"</{tag}\s*>", re.IGNORECASE).search(text, at)
        if closing is None:
            endless.add(tag)
        else:
            kept.append(text[start : opening.start()])
            at = start = closing.end()
    return "".join([*kept, text[start:]])


_CURLY = {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"}


def _straight_quotes(program: str) -> str:
    """Typographic quotes as ASCII ones, except inside strings that begin with an ASCII quote."""
    if not any(mark in program for mark in _CURLY):
        return program
    out: list[str] = []
    inside, escaped = "", False
    for char in program:
        straight = _CURLY.get(char, char)
        if inside == '"':
            out.append(char)
            inside = "" if char == '"' and not escaped else inside
            escaped = char == "\\" and not escaped
        elif inside:
            out.append(straight)
            inside = "" if straight == '"' else inside
        else:
            out.append(straight)
            inside = char if straight == '"' else ""
    return "".join(out)


def _none(text: str) -> Fault:
    message = "the reply holds no program" if text.strip() else "the reply is empty"
    return _fault(FaultKind.NO_PROGRAM, message, "reply with exactly one ```clojure block")


def _several(count: int) -> Fault:
    return _fault(
        FaultKind.MULTIPLE_PROGRAMS,
        f"the reply holds {count} programs, none was run",
        "put everything into exactly one ```clojure block; several forms may follow each other in it",
        count=count,
    )


def _truncated() -> Fault:
    return _fault(
        FaultKind.NO_PROGRAM,
        "the reply was cut off at the length limit before the program ended",
        "write a shorter program and no text around it; use def to split the work over turns",
        truncated=True,
    )


def _fault(kind: FaultKind, message: str, hint: str, **details: int) -> Fault:
    return Fault(kind, Phase.AGENT, message, hint=hint, details=details)
