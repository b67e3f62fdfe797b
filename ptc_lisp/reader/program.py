"""`read`: the text of a program to its forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader.atoms import Lexeme, parse_fault
from ptc_lisp.reader.forms import Form
from ptc_lisp.reader.lexicon import token_pattern
from ptc_lisp.reader.memo import Memo
from ptc_lisp.reader.quick import plain_pattern, read_plain
from ptc_lisp.reader.scanner import scan

if TYPE_CHECKING:
    from ptc_lisp.reader.parser import StuckError

_MEMO = Memo()
_PARSER_OUT: list[bool] = []
_PREFIX_NEEDS = {
    "QUOTE": ("' needs a form after it, e.g. 'name", 'strings stand in double quotes: "text"'),
    "VAR": ("#' needs a name after it, e.g. #'inc", None),
    "DISCARD": ("#_ needs a form after it, which it leaves out", None),
    "META": ("^ needs metadata and a form after it, e.g. ^:key [1 2]", "a power is (pow base exponent)"),
}


class NeedsParser(Exception):  # noqa: N818 - no error of the program: another process has to read it
    """There is no parser in this process, and the program is not plain."""


def read(
    text: str, *, max_nesting: int = 64, max_symbols: int = 10_000, max_bytes: int = 1_000_000
) -> list[Form]:
    """The top-level forms of a program; an empty list for an empty one.

    Raises Trap with the place of the mistake: parse_error, program_too_large, symbol_limit_exceeded; NeedsParser only after
    `leave_parser_out`.
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
    need_parser()
    # Loaded by the first program that needs it: 45 ms and four megabytes that most processes never use.
    from ptc_lisp.reader import parser  # noqa: PLC0415

    try:
        return parser.parse(tokens)
    except parser.StuckError as stuck:
        raise _explain(stuck, text) from None


def leave_parser_out() -> None:
    """From here on, in this process, `read` raises NeedsParser where only the parser can tell what a text is."""
    _PARSER_OUT.append(True)


def need_parser() -> None:
    """Raises NeedsParser after `leave_parser_out`."""
    if _PARSER_OUT:
        raise NeedsParser


def warm_up(*, parser: bool = True) -> None:
    """Builds the patterns and, unless it is left out, the parser, so that processes forked later need not."""
    token_pattern()
    plain_pattern()
    if parser:
        from ptc_lisp.reader import parser as found  # noqa: PLC0415 - as above

        found.warm_up()


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
