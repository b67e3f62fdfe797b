"""Advice about the order of arguments: the wrong threading form, and arguments that stand in each other's place.

Both judge by the names of a builtin's parameters (`coll` takes a collection, `n` a number) and by what the forms of a
call are for certain; a form that may be anything fits everywhere.
"""

from __future__ import annotations

from itertools import permutations

from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    RegexForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VectorForm,
)
from ptc_lisp.values.functions import Builtin

_KINDS = frozenset({FaultKind.TYPE_ERROR, FaultKind.NOT_CALLABLE, FaultKind.ARITY_ERROR})
_FIRST = {"->": "->>", "some->": "some->>", "cond->": "cond->>"}
_LAST = {last: first for first, last in _FIRST.items()}
_MAX_SHOWN = 120
_MOST_ARGUMENTS = 3

_FUNCTION = frozenset({"function", "keyword", "map", "set"})
_COLLECTION = frozenset({"vector", "map", "set", "text", "data"})
_TAKES: dict[str, frozenset[str]] = {
    **dict.fromkeys(("f", "pred", "selector", "comparator"), _FUNCTION),
    **dict.fromkeys(("coll", "coll1", "coll2", "vs"), _COLLECTION),
    **dict.fromkeys(("m", "to", "rel"), _COLLECTION - {"text"}),
    "map": frozenset({"map", "data"}),
    "ks": frozenset({"vector", "set"}),
    **dict.fromkeys(("n", "index", "start", "end", "step"), frozenset({"number"})),
    **dict.fromkeys(("s", "part", "prefix", "suffix", "fmt"), frozenset({"text", "data"})),
    "re": frozenset({"regex"}),
    "separator": frozenset({"regex", "text"}),
    "match": frozenset({"regex", "text", "map"}),
    "k": frozenset({"keyword", "text", "number"}),
    "vector": frozenset({"vector", "data"}),
    "into from": _COLLECTION,
}
"""Parameter names (or function and parameter) → certain kinds of argument forms that fit. Other parameters take anything."""


def advise(trap: Trap, path: tuple[Form, ...], text: str) -> str | None:
    """A hint for a fault about an argument of the builtin that the form at its place calls; None when there is none."""
    who = trap.details.get("function")
    call = path[-1] if path else None
    if trap.kind not in _KINDS or not isinstance(call, ListForm) or not call.items:
        return None
    if not isinstance(call.items[0], SymbolForm):
        return None
    entry = REGISTRY.resolve(call.items[0].name, call.items[0].ns)
    if not isinstance(entry, Builtin) or entry.name != who:
        return None
    parent = path[-2] if len(path) > 1 else None
    if isinstance(parent, ListForm) and _threads(parent, call):
        return _other_thread(entry, parent, call, text)
    return _other_order(entry, call, trap, text)


def _threads(parent: ListForm, step: ListForm) -> bool:
    head = parent.items[0]
    is_thread = isinstance(head, SymbolForm) and (head.text in _FIRST or head.text in _LAST)
    return is_thread and any(item is step for item in parent.items[2:])


def _other_thread(entry: Builtin, parent: ListForm, step: ListForm, text: str) -> str | None:
    """The same step under the other threading form, when only that fits."""
    head = parent.items[0].text if isinstance(parent.items[0], SymbolForm) else ""
    first = head in _FIRST
    args = list(step.items[1:])
    here, there = ([None, *args], [*args, None]) if first else ([*args, None], [None, *args])
    if _fits(entry, here) or not _fits(entry, there):
        return None
    other = _FIRST[head] if first else _LAST[head]
    place, wanted = ("first", "last") if first else ("last", "first")
    message = f"{head} puts the value {place}, but {entry.name} takes it {wanted}: use {other}"
    if len(parent.items) == 3:
        return f"{message}, {_cut(f'({other}{text[parent.items[0].end : parent.end]}')}"
    inner = " ".join(text[item.start : item.end] for item in step.items)
    wrapped = (
        f"({inner} $)"
        if first
        else f"({text[step.items[0].start : step.items[0].end]} $ {inner.partition(' ')[2]})"
    )
    return f"{message}, or write this step as (as-> $ {wrapped})" if first else f"{message} for this step"


def _other_order(entry: Builtin, call: ListForm, trap: Trap, text: str) -> str | None:
    """The call with its arguments in the only order that fits."""
    args = call.items[1:]
    if not 2 <= len(args) <= _MOST_ARGUMENTS or trap.kind is FaultKind.ARITY_ERROR or _fits(entry, args):
        return None
    known = [order for order in permutations(range(len(args))) if _fits(entry, [args[i] for i in order])]
    moved = [order for order in known if _one_moved(order)] or known
    if len(moved) != 1:
        return None
    head = text[call.items[0].start : call.items[0].end]
    written = " ".join(text[args[i].start : args[i].end] for i in moved[0])
    what = "the arguments are swapped" if len(args) == 2 else "the arguments are in a wrong order"
    return f"{what}: {_cut(f'({head} {written})')}"


def _one_moved(order: tuple[int, ...]) -> bool:
    """Whether all but one item keep their order."""
    return any(list(rest) == sorted(rest) for i in range(len(order)) for rest in [order[:i] + order[i + 1 :]])


def _fits(entry: Builtin, args: list[Form | None] | tuple[Form | None, ...]) -> bool:
    """Whether some usage of the builtin takes arguments of these forms; None is the value being threaded."""
    for usage in entry.params:
        names = usage.split()
        if "&" in names:
            fixed, rest = names[: names.index("&")], names[-1].removesuffix("s")
            names = [*fixed, *[rest] * (len(args) - len(fixed))]
        if len(names) == len(args) and all(
            _takes(entry.name, *pair) for pair in zip(names, args, strict=True)
        ):
            return True
    return False


def _takes(who: str, name: str, form: Form | None) -> bool:
    kind = "value" if form is None else _kind(form)
    kinds = _TAKES.get(f"{who} {name}", _TAKES.get(name))
    if kind == "value":  # what is threaded is a collection or a text, hardly ever a function
        return kinds is None or bool(kinds & {"data", "vector"})
    return kind is None or kinds is None or kind in kinds


def _kind(form: Form) -> str | None:
    """What the value of a form is for certain; None when it may be anything."""
    match form:
        case KeywordForm():
            return "keyword"
        case ShortFnForm():
            return "function"
        case RegexForm():
            return "regex"
        case VectorForm():
            return "vector"
        case MapForm():
            return "map"
        case SetForm():
            return "set"
        case LiteralForm(value=str()):
            return "text"
        case LiteralForm(value=bool() | None):
            return "literal"
        case LiteralForm():
            return "number"
        case ListForm(items=(SymbolForm(name="fn", ns=None), *_)):
            return "function"
        case SymbolForm(ns="data"):
            return "data"
        case SymbolForm() if isinstance(REGISTRY.resolve(form.name, form.ns), Builtin):
            return "function"
        case _:
            return None


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MAX_SHOWN else f"{flat[: _MAX_SHOWN - 1]}…"
