"""Delimiters of a text that may be broken: is it unfinished, what is wrong, and which program was meant.

Nothing here raises on bad text.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ptc_lisp.faults import Trap
from ptc_lisp.reader.atoms import parse_fault
from ptc_lisp.reader.lexicon import BAD, IGNORED, token_pattern
from ptc_lisp.source import Source

CLOSER_OF = {"LPAR": ")", "LBRACK": "]", "LBRACE": "}", "SET_OPEN": "}", "FN_OPEN": ")"}
CLOSERS = frozenset({"RPAR", "RBRACK", "RBRACE"})
PREFIXES = frozenset({"QUOTE", "VAR", "DISCARD", "META"})
MAX_REPAIR = 100_000
"""Longer texts get no proposal: nobody would read it."""
_MOST_TRIED = 8
_MOST_SEARCHED = 10_000


class _Place(msgspec.Struct, frozen=True):
    kind: str
    text: str
    start: int
    end: int


class _Edit(msgspec.Struct, frozen=True):
    """Replace `cut` characters at `at` by `insert`; `opener` is the delimiter that this closes, if any."""

    at: int
    cut: int
    insert: str
    opener: _Place | None = None
    closer: _Place | None = None


def open_string(text: str) -> int | None:
    """Where a string or regex starts that never ends, or None."""
    for token in _tokens(text):
        if token.kind == BAD and _opens_string(text, token.start):
            return token.start
    return None


def incomplete(text: str) -> bool:
    """Whether more text could complete the program: something is still open and nothing is closed wrongly."""
    levels: list[str] = []
    last = ""
    for token in _tokens(text):
        if token.kind == BAD:
            return _opens_string(text, token.start)
        if token.kind in CLOSER_OF:
            levels.append(CLOSER_OF[token.kind])
        elif token.kind in CLOSERS and levels and levels.pop() != token.text:
            return False
        last = token.kind
    return bool(levels) or last in PREFIXES


def repair(text: str) -> str | None:
    """The balanced program that was probably meant; None when the text is balanced or no proposal can be made."""
    if len(text) > MAX_REPAIR:
        return None
    closed = _close_string(text)
    result = _apply(closed, _edits(closed))
    return None if result == text or open_string(result) is not None or _edits(result) else result


def unbalanced(text: str) -> Trap:
    """The parse_error for delimiters that do not match; `text` must have no unterminated string."""
    edits = _edits(text)
    edit = next((each for each in edits if each.opener is not None), None)
    if edit is None or edit.opener is None:
        return parse_fault("unbalanced delimiters", 0, 1)
    source = Source(text)
    opener, closer = edit.opener, edit.closer
    where = _where(source, opener.start)
    if closer is not None:
        message = (
            f'the "{opener.text}" at {where} is closed by "{closer.text}" at {_where(source, closer.start)}'
        )
    else:
        message = f'the "{opener.text}" at {where} is never closed'
        more = sum(1 for each in edits if each.opener is not None) - 1
        if more:
            message += f" ({more} more {'is' if more == 1 else 'are'} open)"
    span = source.span(opener.start, opener.end)
    details: dict[str, object] = {"opener": {"line": span.line, "column": span.column}}
    fixed = repair(text)
    if fixed is not None:
        details["repair"] = fixed
    return parse_fault(message, opener.start, opener.end, _advice(source, edit), **details)


def unterminated(text: str, place: int) -> Trap:
    """The parse_error for a string or regex that starts at `place` and never ends."""
    what = "regex" if text[place] == "#" else "string"
    fixed = repair(text)
    return parse_fault(
        f"the {what} that starts at {_where(Source(text), place)} never ends",
        place,
        place + (2 if what == "regex" else 1),
        'close it with "; a quote inside it is written \\", a backslash at the end of a line \\\\',
        **({} if fixed is None else {"repair": fixed}),
    )


def is_unterminated(text: str, place: int) -> bool:
    """Whether the character at `place`, which starts no token, opens a string or regex."""
    return _opens_string(text, place)


def _opens_string(text: str, place: int) -> bool:
    return text[place] == '"' or text.startswith('#"', place)


def _tokens(text: str) -> Iterator[_Place]:
    """All tokens but white space and comments; ends after a string that never ends."""
    for match in token_pattern().finditer(text):
        kind = match.lastgroup or BAD
        if kind in IGNORED:
            continue
        yield _Place(kind, match[0], match.start(), match.end())
        if kind == BAD and _opens_string(text, match.start()):
            return


def _close_string(text: str) -> str:
    """Ends an unterminated string on its first line, before the closers that end the line."""
    start = open_string(text)
    if start is None:
        return text
    newline = text.find("\n", start)
    stop = len(text) if newline < 0 else newline
    body = text[:stop].rstrip(" \t\r)]}\\")
    place = max(len(body), start + (2 if text[start] == "#" else 1))
    return f'{text[:place]}"{text[place:]}'


def _edits(text: str) -> list[_Edit]:
    """What to change so that delimiters match: by taking closers away where that needs the fewest changes, else by the
    layout of the lines where that explains everything."""
    tokens = list(_tokens(text))
    plain = _walk(text, tokens, by_layout=False)
    if not plain or len(text) > MAX_REPAIR:
        return plain
    if len(text) <= _MOST_SEARCHED:
        fewer = _with_fewer_closers(text, tokens, plain)
        if len(fewer) < len(plain):
            return fewer
    laid_out = _walk(text, tokens, by_layout=True)
    return plain if any(edit.opener is None for edit in laid_out) else laid_out


def _with_fewer_closers(text: str, tokens: list[_Place], edits: list[_Edit]) -> list[_Edit]:
    """The changes left when closers that match nothing are taken away, one after another, as long as each one saves
    other changes: a `)` too many in the middle of a `let` upsets everything behind it."""
    surplus: set[int] = set()
    for _ in range(_MOST_TRIED):
        tried = [e.closer.start for e in edits if e.closer is not None and e.closer.start not in surplus]
        better = None
        for place in dict.fromkeys(tried[:_MOST_TRIED]):
            attempt = _walk(text, tokens, by_layout=False, surplus=frozenset({*surplus, place}))
            if len(attempt) < len(edits):
                better = place, attempt
                break
        if better is None:
            break
        surplus.add(better[0])
        edits = better[1]
    return edits


def _walk(
    text: str, tokens: list[_Place], *, by_layout: bool, surplus: frozenset[int] = frozenset()
) -> list[_Edit]:
    edits: list[_Edit] = []
    levels: list[_Place] = []
    last_end = 0
    for token in tokens:
        if by_layout and token.kind not in CLOSERS and "\n" in text[last_end : token.start]:
            column = _column(text, token.start)
            while levels and _column(text, levels[-1].start) >= column:
                opener = levels.pop()
                edits.append(_Edit(last_end, 0, CLOSER_OF[opener.kind], opener))
        if token.kind in CLOSER_OF:
            levels.append(token)
        elif token.start in surplus and levels:
            edits.append(_Edit(token.start, 1, "", levels[-1], token))
        elif token.kind in CLOSERS:
            _close(token, levels, edits)
        last_end = token.end
    while levels:
        opener = levels.pop()
        edits.append(_Edit(last_end, 0, CLOSER_OF[opener.kind], opener))
    return edits


def _close(token: _Place, levels: list[_Place], edits: list[_Edit]) -> None:
    if not levels:
        # Surplus closers are tolerated by the reader; only a repair takes them away.
        edits.append(_Edit(token.start, 1, ""))
        return
    if all(CLOSER_OF[level.kind] != token.text for level in levels):
        opener = levels.pop()
        edits.append(_Edit(token.start, 1, CLOSER_OF[opener.kind], opener, token))
        return
    while CLOSER_OF[levels[-1].kind] != token.text:
        opener = levels.pop()
        edits.append(_Edit(token.start, 0, CLOSER_OF[opener.kind], opener, token))
    levels.pop()


def _apply(text: str, edits: list[_Edit]) -> str:
    parts: list[str] = []
    done = 0
    for edit in edits:
        parts += (text[done : edit.at], edit.insert)
        done = edit.at + edit.cut
    return "".join([*parts, text[done:]])


def _advice(source: Source, edit: _Edit) -> str:
    if edit.cut and not edit.insert:
        return f'take away the "{source.text[edit.at]}" at {_where(source, edit.at)}: it is one too many'
    if edit.cut:
        return f'write "{edit.insert}" instead'
    before = source.text[max(0, edit.at - 20) : edit.at].rpartition("\n")[2].strip()
    return f'add "{edit.insert}" at {_where(source, edit.at)}, after {before}'


def _where(source: Source, place: int) -> str:
    span = source.span(place, place)
    return f"line {span.line}, column {span.column}"


def _column(text: str, place: int) -> int:
    return place - text.rfind("\n", 0, place)
