"""Calls: what can be checked about them before the program runs."""

from __future__ import annotations

from ptc_lisp.analyzer.exports import call_export
from ptc_lisp.analyzer.form_tools import what
from ptc_lisp.analyzer.state import Place, State, UserCall
from ptc_lisp.analyzer.targets import is_transducer
from ptc_lisp.builtins.registry import REGISTRY, Constant
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader.forms import LiteralForm
from ptc_lisp.values.functions import FnInfo, wrong_arity, wrong_closure_arity

_IN_PLACE = (
    "a transducer is no value: write it inside the call, (into [] (comp (map f) (filter p)) coll), "
    "or thread with (->> coll (map f) …)"
)


def call(state: State, place: Place, fn: n.Node, args: tuple[n.Node, ...]) -> n.Node:
    """The node of a call whose function and arguments are analysed; faults are collected."""
    start, end = place.start, place.end
    count = len(args)
    match fn:
        case n.BuiltinRef():
            return builtin(state, place, fn, args)
        case n.ExportRef():
            return call_export(state, place, fn, args)
        case n.Global():
            state.calls.append(UserCall(fn.name, count, start, end))
        case n.Local():
            state.local_calls.append(UserCall(fn.name, count, start, end))
        case n.Intrinsic(op="budget") if not args:
            return fn
        case n.Const():
            return _not_callable(state, place, fn)
        case n.KeywordConst() if not 1 <= count <= 2:
            usage = f"(:{fn.name} m) or (:{fn.name} m default)"
            _data_call(
                state, place, f"the keyword :{fn.name} takes a map and an optional default", count, usage
            )
        case n.MapNode() if not 1 <= count <= 2:
            _data_call(
                state,
                place,
                "a map takes a key and an optional default",
                count,
                "({…} key) or ({…} key default)",
            )
        case n.SetNode() if count != 1:
            _data_call(state, place, "a set takes one item to look for", count, "(#{…} item)")
        case n.Fn() if fn.arities:
            _literal_fn(state, place, fn, count)
        case _:
            pass
    return n.Call(start, end, fn, args)


def builtin(state: State, place: Place, fn: n.BuiltinRef, args: tuple[n.Node, ...]) -> n.Node:
    """The same where the function is known to be a builtin."""
    entry = REGISTRY.by_ref[fn.ref]
    if isinstance(entry, Constant):
        if args:
            state.fault(
                FaultKind.ARITY_ERROR,
                f"{fn.ref} is a constant and takes no arguments",
                place,
                hint=f"write {fn.ref}",
            )
        return fn
    if not entry.takes(len(args)):
        trap = wrong_arity(entry, len(args))
        if is_transducer(entry.ref, len(args)) and (place.start, place.end) not in state.threaded:
            trap.hint = f"{trap.hint}; {_IN_PLACE}"
        collect(state, trap, place)
    return n.Call(place.start, place.end, fn, args)


def collect(state: State, trap: Trap, place: Place) -> None:
    """Collects a fault that somebody else worded."""
    trap.start, trap.end, trap.phase = place.start, place.end, Phase.ANALYZE
    where = state.threaded.get((place.start, place.end))
    if where is not None:
        counted = f"the threaded value counts as the {where} argument"
        trap.hint = f"{trap.hint}; {counted}" if trap.hint else counted
    state.traps.append(trap)


def _not_callable(state: State, place: Place, fn: n.Const) -> n.Node:
    shown = what(LiteralForm(fn.start, fn.end, fn.value))
    hint = "the first form of a list is called; write [1 2] for a vector"
    if isinstance(fn.value, str):
        hint += ', (get m "key") to look up a key'
    return state.fault(
        FaultKind.NOT_CALLABLE,
        f"{shown} is not a function",
        place,
        hint=hint,
    )


def _data_call(state: State, place: Place, takes: str, count: int, usage: str) -> None:
    message = f"called as a function, {takes}; got {count} argument{'' if count == 1 else 's'}"
    state.fault(FaultKind.ARITY_ERROR, message, place, hint=f"usage: {usage}")


def _literal_fn(state: State, place: Place, fn: n.Fn, count: int) -> None:
    info = fn_info(fn)
    if not info.takes(count):
        _wrong_arity(state, fn, info, count, place)


def _wrong_arity(state: State, fn: n.Fn, info: FnInfo, count: int, place: Place) -> None:
    trap = wrong_closure_arity(info, count)
    name = info.name or "f"
    usages = [f"({' '.join([name, *arity.shown])})" for arity in fn.arities]
    trap.hint = f"usage: {' or '.join(usages)}"
    collect(state, trap, place)


def fn_info(fn: n.Fn, name: str | None = None) -> FnInfo:
    """The arities of a function node."""
    fixed = frozenset([len(arity.params) for arity in fn.arities if arity.rest is None])
    variadic = [len(arity.params) for arity in fn.arities if arity.rest is not None]
    return FnInfo(fn.name or name, fn.arities[0].shown, fixed, min(variadic, default=None), fn)


def check_user_calls(state: State) -> None:
    """Checks the argument counts of calls to local functions, and to those that this program defines exactly once."""
    for made in state.local_calls:
        fn = state.local_fns.get(made.name)
        if fn is not None:
            _check_count(state, fn, made)
    for made in state.calls:
        found = state.definitions.get(made.name, [])
        if len(found) != 1 or made.name in state.env.defined:
            continue
        value = found[0].value
        if isinstance(value, n.Fn):
            _check_count(state, value, made)


def _check_count(state: State, fn: n.Fn, made: UserCall) -> None:
    if fn.arities:
        info = fn_info(fn, made.name.partition("~")[0])
        if not info.takes(made.args):
            _wrong_arity(state, fn, info, made.args, n.Const(made.start, made.end, None))


def check_forward(state: State) -> None:
    """Lets a definition mention a later one only when that one leads back to it (mutual recursion)."""
    for ref in state.forward:
        if not _leads_to(state.mentions, ref.name, ref.inside) and ref.name not in state.reported:
            state.reported.add(ref.name)
            state.fault(
                FaultKind.UNBOUND_VAR,
                f"{ref.name} is used before it is defined",
                n.Const(ref.start, ref.end, None),
                hint=f"move the definition of {ref.name} before {ref.inside}, or put (declare {ref.name}) first",
                name=ref.name,
            )


def _leads_to(mentions: dict[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            todo.extend(mentions.get(name, ()))
    return False
