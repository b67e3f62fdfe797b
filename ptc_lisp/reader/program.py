"""`read`: the text of a program to its forms."""

from __future__ import annotations

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader.builder import Lexeme, parse_fault
from ptc_lisp.reader.forms import Form
from ptc_lisp.reader.lexicon import StuckError, parse
from ptc_lisp.reader.memo import Memo
from ptc_lisp.reader.quick import read_plain
from ptc_lisp.reader.scanner import scan

_MEMO = Memo()
_PREFIX_NEEDS = {
    "QUOTE": ("' needs a form after it, e.g. 'name", 'strings stand in double quotes: "text"'),
    "VAR": ("#' needs a name after it, e.g. #'inc", None),
    "DISCARD": ("#_ needs a form after it, which it leaves out", None),
    "META": ("^ needs metadata and a form after it, e.g. ^:key [1 2]", "a power is (pow base exponent)"),
}


def read(
    text: str, *, max_nesting: int = 64, max_symbols: int = 10_000, max_bytes: int = 1_000_000
) -> list[Form]:
    """The top-level forms of a program; an empty list for an empty one.

    Raises Trap with the place of the mistake: parse_error, program_too_large, symbol_limit_exceeded.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise Trap(
            FaultKind.PROGRAM_TOO_LARGE,
            f"the program has {size} bytes, the limit is {max_bytes}",
            hint="pass bulk data in as context instead of writing it into the program",
            details={"bytes": size, "limit": max_bytes},
            phase=Phase.READ,
        )
    limits = (max_nesting, max_symbols)
    known = _MEMO.get(text, limits)
    if known is None:
        forms = read_plain(text, max_nesting, max_symbols)
        known = tuple(read_parsed(text, max_nesting, max_symbols) if forms is None else forms)
        _MEMO.put(text, limits, known)
    return list(known)


def read_parsed(text: str, max_nesting: int, max_symbols: int) -> list[Form]:
    """The same through the parser of the grammar, which has the last word. Raises Trap as `read` does."""
    tokens = scan(text, max_nesting, max_symbols)
    try:
        return parse(tokens)
    except StuckError as stuck:
        raise _explain(stuck, text) from None


def _explain(stuck: StuckError, text: str) -> Trap:
    """Words for tokens that match and yet are no program: an odd map, or a prefix with nothing to stand before."""
    place = len(text) if stuck.token is None else stuck.token.start_pos
    for held in reversed(stuck.before):
        if isinstance(held, Lexeme):
            if held.type in _PREFIX_NEEDS:
                message, hint = _PREFIX_NEEDS[held.type]
                return parse_fault(message, held.start_pos, held.end_pos, hint)
            break
        if stuck.token is not None and stuck.token.type == "RBRACE" and hasattr(held, "start"):
            return _odd_map(text, held.start, held.end)
    return parse_fault("this cannot stand here", place, place + 1)


def _odd_map(text: str, start: int, end: int) -> Trap:
    key = text[start:end]
    shown = key if len(key) <= 40 else f"{key[:37]}..."
    return parse_fault(
        f"a map needs an even number of forms: the last key {shown} has no value",
        start,
        end,
        f"write {{… {shown} value}}, or #{{…}} for a set; if the values before it are off, one is missing earlier",
    )
