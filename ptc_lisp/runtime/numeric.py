"""Functions that compute with integers and call themselves, which are compiled a second time, for integers only."""

from __future__ import annotations

from typing import Final

from ptc_lisp.core import nodes as core
from ptc_lisp.core.walk import walk
from ptc_lisp.runtime.gen_control import count_recurs
from ptc_lisp.runtime.kinds import Direct, Known

FOR_INTEGERS: Final = "#int"
"""What the name of the integer code of a function ends with."""

_NUMERIC = frozenset(
    {"+", "-", "*", "inc", "dec", "<", ">", "<=", ">=", "=", "zero?", "pos?", "neg?", "even?", "odd?", "mod"}
)
_CALL_NOTHING = _NUMERIC | {
    "not=", "==", "not", "nil?", "some?", "quot", "rem", "abs", "max", "min", "/", "str", "vector", "conj", "count", "get",
    "first", "second", "last", "rest", "next", "nth", "assoc", "concat", "empty?", "bit-and", "bit-or", "bit-xor",
    "bit-shift-left", "bit-shift-right",
}  # fmt: skip
"""Builtins that run no code of the program, whatever they are given."""

_MOST_NODES = 80
_FEWEST_USES = 3


def numeric_params(node: core.Fn, arity: core.FnArity) -> list[str]:
    """The parameters that a small function which calls itself, or goes back to its start, computes with."""
    uses: dict[str, int] = {}
    rounds = count_recurs(arity.body) > 0
    for size, inner in enumerate(walk(arity.body)):
        if size > _MOST_NODES or isinstance(inner, core.Fn | core.Def):
            return []
        if not isinstance(inner, core.Call):
            continue
        fn = inner.fn
        rounds = rounds or _is_own(fn, node)
        if isinstance(fn, core.BuiltinRef) and fn.ref in _NUMERIC:
            for arg in inner.args:
                if isinstance(arg, core.Local) and arg.name in arity.params:
                    uses[arg.name] = uses.get(arg.name, 0) + 1
    return list(uses) if rounds and sum(uses.values()) >= _FEWEST_USES else []


def direct_calls(
    known: Known, known_fns: dict[str, core.Fn], node: core.Fn, numbers: list[str]
) -> Direct | None:
    """Which calls of itself the integer code of a function can make straight to itself; None when there are none.

    By its user name only while that means this function: it does on the way in, and nothing that is called on the way
    may be able to give the name another meaning.
    """
    arity = node.arities[0]
    if len(node.arities) > 1 or arity.rest is not None:
        return None
    user_name = None if node.name is None or known_fns.get(node.name) is not node else node.name
    calls = [inner for inner in walk(arity.body) if isinstance(inner, core.Call)]
    if user_name is not None and not all([_is_harmless(call.fn, node) for call in calls]):  # noqa: C419 - quicker
        user_name = None
    places = tuple([place for place, param in enumerate(arity.params) if param in numbers])
    direct = Direct(user_name, node.self_name, len(arity.params), places, "int")
    with known.integers(numbers, direct):
        # The hope that it gives integers: that holds if it follows from itself.
        kind = known.of_body(arity.params, arity.body)
    direct = direct._replace(gives="int" if kind == "int" else None)
    with known.integers(numbers, direct):
        ahead = known.ahead_of(arity.params, arity.body)
        found = any(map(ahead.goes_direct, calls))
    return direct if found else None


def _is_own(fn: core.Node, node: core.Fn) -> bool:
    if isinstance(fn, core.Global):
        return fn.name == node.name
    return isinstance(fn, core.Local) and fn.name == node.self_name


def _is_harmless(fn: core.Node, node: core.Fn) -> bool:
    if isinstance(fn, core.BuiltinRef):
        return fn.ref in _CALL_NOTHING
    return isinstance(fn, core.KeywordConst) or _is_own(fn, node)
