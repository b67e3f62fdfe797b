"""The grammar with its white space written out, so that atoms cannot touch.

`grammar.lark` ignores white space and leaves it to the reader to refuse `7N` and `:a/b`. Whoever generates text from a
grammar has no reader behind it. Here each rule is split by what stands before it and after it: an atom that only white
space or a delimiter ends, or anything else. The result follows from the rules of `grammar.lark`; nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from ptc_lisp.reader.parser import rules
from ptc_lisp.reader.scanner import GLUED, OPEN_ENDED

SPACE = "SPACE"
START = "start"
Body: TypeAlias = list[tuple[str, ...]]
"""The alternatives of a rule; a name in capitals is a terminal, one that ends in `?` may be missing."""

_State = Literal["free", "glued", "any"]
_SHARP = GLUED | {"QUOTE"}  # may not begin where an atom has just ended
_OPEN = OPEN_ENDED | {"STRING"}  # of the strings, those that are keys of a map


class _Variant(msgspec.Struct, frozen=True):
    """A rule between two states: what its text follows, and what it leaves behind."""

    rule: str
    before: _State
    after: _State

    @property
    def name(self) -> str:
        return f"{self.rule.strip('_')}_{self.before}_{self.after}"


def spaced_rules(omitted: frozenset[str], *, predictive: bool) -> dict[str, Body]:
    """Rules by name, `start` first, for programs without the symbols in `omitted`.

    predictive: for tools that guess each rule from its beginning and follow all guesses at once. Nested collections then
    do not multiply the guesses. Otherwise the rules suit an LALR parser.
    """
    plain = _factored(_without(rules(), omitted))
    first = _Variant(START, "free", "any")
    bodies: dict[str, Body] = {}
    todo = [first]
    while todo:
        variant = todo.pop()
        if variant.name not in bodies:
            bodies[variant.name] = body = []
            for symbols in plain[variant.rule]:
                for made in _sequence(variant.before, symbols, variant.after, predictive=predictive):
                    body.append(tuple(part.name if isinstance(part, _Variant) else part for part in made))
                    todo += [part for part in made if isinstance(part, _Variant)]
    merged, name = _merged(_productive(bodies), first.name)
    return {START: [(f"{SPACE}?", name)], **merged}


def _sequence(
    state: _State, symbols: tuple[str, ...], after: _State, *, predictive: bool
) -> Iterator[tuple[str | _Variant, ...]]:
    """The ways from one state to another through some symbols."""
    if not symbols:
        if after in (state, "any"):
            yield ()
        return
    symbol, rest = symbols[0], symbols[1:]
    for part, reached in _steps(state, symbol, rest, after, predictive=predictive):
        for more in _sequence(reached, rest, after, predictive=predictive):
            yield (*part, *more)


def _steps(
    state: _State, symbol: str, rest: tuple[str, ...], after: _State, *, predictive: bool
) -> list[tuple[tuple[str | _Variant, ...], _State]]:
    """The ways to take one symbol: what is written, and the state then."""
    # When what follows may stand anywhere, one way does for both states.
    careless = predictive and (rest[0].isupper() and rest[0] not in _SHARP if rest else after == "any")
    targets: tuple[_State, ...] = ("any",) if careless else ("free", "glued")
    if not symbol.isupper():
        return [((_Variant(symbol, state, target),), target) for target in targets]
    if symbol in _SHARP and state != "free":
        return []
    if symbol not in _OPEN:
        return [((symbol, f"{SPACE}?"), "free")]
    if careless:
        return [((symbol, f"{SPACE}?"), "any")]
    return [((symbol, SPACE), "free"), ((symbol,), "glued")]


def _without(plain: dict[str, Body], omitted: frozenset[str]) -> dict[str, Body]:
    """The rules that are left when no alternative may need a symbol of `omitted`."""
    gone = set(omitted)
    while True:
        left = {
            name: [body for body in bodies if not gone.intersection(body)]
            for name, bodies in plain.items()
            if name not in gone
        }
        impossible = {name for name, bodies in left.items() if not bodies}
        if not impossible:
            break
        gone |= impossible
    empty = {name for name, bodies in left.items() if not any(bodies)}
    return {
        name: [tuple(symbol for symbol in body if symbol not in empty) for body in bodies]
        for name, bodies in left.items()
    }


def _factored(plain: dict[str, Body]) -> dict[str, Body]:
    """With no rule name behind another: what follows one becomes a rule, so that the ways through it part only there."""
    result: dict[str, Body] = {}
    for name, bodies in plain.items():
        result[name] = shorter = []
        for number, whole in enumerate(bodies):
            body, kept = whole, shorter
            for place in range(1, len(whole)):
                if not whole[place - 1].isupper() and not whole[place].isupper():
                    helper = f"{name}_{number}_{place}"
                    cut = place - (len(whole) - len(body))
                    kept.append((*body[:cut], helper))
                    body = body[cut:]
                    result[helper] = kept = []
            kept.append(body)
    return result


def _productive(bodies: dict[str, Body]) -> dict[str, Body]:
    """Without alternatives that no text can complete."""
    fine: set[str] = set()
    while True:
        more = {
            name
            for name, body in bodies.items()
            if any(all(_is_terminal(part) or part in fine for part in made) for made in body)
        }
        if more == fine:
            break
        fine = more
    return {
        name: [made for made in bodies[name] if all(_is_terminal(part) or part in fine for part in made)]
        for name in bodies
        if name in fine
    }


def _merged(bodies: dict[str, Body], first: str) -> tuple[dict[str, Body], str]:
    """With one rule for all that say the same, and the name of what `first` has become."""
    while True:
        known: dict[frozenset[tuple[str, ...]], str] = {}
        same = {name: known.setdefault(frozenset(body), name) for name, body in bodies.items()}
        merged = {
            name: list(dict.fromkeys(tuple(same.get(part, part) for part in made) for made in bodies[name]))
            for name in known.values()
        }
        first = same[first]
        if merged == bodies:
            return merged, first
        bodies = merged


def _is_terminal(part: str) -> bool:
    return part.rstrip("?").isupper()
