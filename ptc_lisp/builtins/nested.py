"""Changing what is inside: `update update-in assoc-in`.

The path of `update-in` and `assoc-in` is read flexibly but written with the keys as given, so that
`(update-in {"n" 1} [:n] inc)` leaves `"n"` alone and adds `:n`.
"""

from __future__ import annotations

from collections.abc import Callable

from ptc_lisp.builtins.access import path_of, step_into
from ptc_lisp.builtins.maps import assoc_one
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.support import bad_arg, type_fault
from ptc_lisp.values.collections import map_get
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.persistent import is_map, is_vector, vec_list
from ptc_lisp.values.printing import brief
from ptc_lisp.values.types import Value


@builtin(
    "update", "m k f", "m k f & args", area="maps",
    doc="The map with the value v under k replaced by (f v args…); a missing value is nil, see fnil. For a vector k is"
    " an index.",
    examples=[
        ("(update {:n 1} :n inc)", "{:n 2}"), ("(update {:n 1} :n + 10)", "{:n 11}"),
        ("(update {} :n (fnil inc 0))", "{:n 1}"), ("(update [1 2] 1 inc)", "[1 3]"),
    ],
    see_also=("update-in", "assoc", "fnil", "update-vals"),
)  # fmt: skip
def _update(m: Value, k: Value, f: Value, *args: Value) -> Value:
    change = as_fn(f, 1 + len(args), "update")
    if is_map(m):
        old = map_get(m, k)
    elif is_vector(m):
        items = vec_list(m)
        old = items[k] if k.__class__ is int and 0 <= k < len(items) else _no_item(k, len(items))
    elif m is None:
        old = None
    else:
        raise bad_arg("update", 1, "a map, vector or nil", m)
    return assoc_one(m, k, change(old, *args), "update")


def _no_item(k: Value, size: int) -> None:
    if k.__class__ is not int or k != size:
        raise type_fault(
            f"update: a vector of {size} items takes an index from 0 to {size}, got {brief(k)}",
            hint=f"index {size} appends; for other keys use a map",
        )


@builtin(
    "update-in", "m ks f", "m ks f & args", area="maps", clojure="DIV-47",
    doc="The collection with the value v at the end of path ks replaced by (f v args…). Missing maps are made.",
    examples=[
        ("(update-in {:a {:n 1}} [:a :n] inc)", "{:a {:n 2}}"), ("(update-in {} [:a :n] (fnil + 0) 5)", "{:a {:n 5}}"),
    ],
    see_also=("update", "assoc-in", "get-in"),
)  # fmt: skip
def _update_in(m: Value, ks: Value, f: Value, *args: Value) -> Value:
    change = as_fn(f, 1 + len(args), "update-in")
    return _change_at(m, path_of(ks, "update-in"), lambda old: change(old, *args), "update-in")


@builtin(
    "assoc-in", "m ks v", area="maps", clojure="DIV-47",
    doc="The collection with the value at the end of path ks set to v. Missing maps are made.",
    examples=[("(assoc-in {} [:a :b] 1)", "{:a {:b 1}}"), ("(assoc-in {:xs [1 2]} [:xs 0] 9)", "{:xs [9 2]}")],
    see_also=("assoc", "update-in", "get-in"),
)  # fmt: skip
def _assoc_in(m: Value, ks: Value, v: Value) -> Value:
    return _change_at(m, path_of(ks, "assoc-in"), lambda _: v, "assoc-in")


def _change_at(root: Value, path: list[Value], change: Callable[[Value], Value], who: str) -> Value:
    # Down along the path, then up again writing; a loop, so that a long path cannot exhaust the stack. A copy of the
    # path, because the callback may step the vector that it came from. As in Clojure an empty path means the key nil.
    keys = list(path) or [None]
    levels: list[Value] = []
    node = root
    for depth, k in enumerate(keys):
        if node is not None and not is_map(node) and not is_vector(node):
            raise _not_nested(node, keys[:depth], who)
        levels.append(node)
        node = step_into(node, k)
    result = change(node)
    for level, k in zip(reversed(levels), reversed(keys), strict=True):
        result = assoc_one(level, k, result, who)
    return result


def _not_nested(node: Value, path: list[Value], who: str) -> Exception:
    if not path:
        return bad_arg(who, 1, "a map, vector or nil", node)
    return type_fault(
        f"{who}: the value at {brief(path)} must be a map, vector or nil, got {brief(node)}",
        hint="the path is longer than the data is deep: shorten it",
    )
