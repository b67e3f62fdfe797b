"""Arguments of `into` and `sequence` that Clojure allows and that no value stands for here, as forms that do the same.

Transducers that are written in place become eager steps; an empty sorted collection as a target becomes sorting.
"""

from __future__ import annotations

from ptc_lisp.analyzer.form_tools import make_list, symbol_text
from ptc_lisp.reader.forms import Form, ListForm, MapForm, SetForm, SymbolForm

_STEPS = {
    **dict.fromkeys(("map", "filter", "remove", "keep", "mapcat", "map-indexed", "keep-indexed", "take", "drop"), 1),
    **dict.fromkeys(("take-while", "drop-while", "take-nth", "partition-by", "partition-all", "interpose", "replace"), 1),
    "distinct": 0,
    "dedupe": 0,
}  # fmt: skip
"""Functions that give a transducer when the collection is left out, with how many arguments that leaves."""
SETTLED = frozenset({"into", "sequence"})
"""The builtins that take them."""
_SORTED = {"sorted-map": 0, "sorted-map-by": 1, "sorted-set": 0, "sorted-set-by": 1}


def steps(xform: Form, coll: Form) -> Form | None:
    """What a transducer makes of a collection, as calls; None when it is not written in place."""
    if symbol_text(xform) == "cat":
        return make_list(xform, core_symbol(xform, "mapcat"), core_symbol(xform, "identity"), coll)
    if not (isinstance(xform, ListForm) and xform.items and isinstance(xform.items[0], SymbolForm)):
        return None
    head, rest = xform.items[0], xform.items[1:]
    if head.name == "comp":
        made: Form | None = coll
        for part in rest:
            made = None if made is None else steps(part, made)
        return made
    if _STEPS.get(head.name) == len(rest):
        return make_list(xform, *xform.items, coll)
    return None


def settled(ref: str, args: tuple[Form, ...]) -> tuple[Form, ...]:
    """The arguments of a call of the builtin `ref`, one of SETTLED, without transducers and sorted targets."""
    if ref == "sequence" and len(args) == 2:
        made = steps(args[0], args[1])
        return args if made is None else (made,)
    if len(args) == 3 and ref == "into":
        made = steps(args[1], args[2])
        args = args if made is None else (args[0], made)
    return _into_sorted(args) if len(args) == 2 and ref == "into" else args


def is_transducer(ref: str, count: int) -> bool:
    """Whether a call of the builtin `ref` with `count` arguments gives a transducer in Clojure."""
    return _STEPS.get(ref) == count


def core_symbol(place: Form, name: str) -> SymbolForm:
    """A builtin by its full name, which no name of the program hides."""
    return SymbolForm(place.start, place.end, name, "clojure.core")


def _into_sorted(args: tuple[Form, ...]) -> tuple[Form, ...]:
    target, coll = args
    if not (isinstance(target, ListForm) and target.items):
        return args
    head, by = symbol_text(target.items[0]), target.items[1:]
    if head is None or _SORTED.get(head) != len(by):
        return args
    if head.startswith("sorted-set"):
        return SetForm(target.start, target.end, ()), make_list(coll, core_symbol(coll, "sort"), *by, coll)
    empty = MapForm(target.start, target.end, ())
    entries = make_list(coll, core_symbol(coll, "into"), empty, coll)
    key = core_symbol(coll, "key")
    return empty, make_list(coll, core_symbol(coll, "sort-by"), key, *by, entries)
