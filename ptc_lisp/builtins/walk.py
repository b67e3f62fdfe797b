"""Rewriting whole trees of data: `walk prewalk postwalk` and what clojure.walk builds on them.

A tree is made of vectors, maps (whose entries are visited as `[key value]` vectors) and sets; everything else is a leaf.
"""

from __future__ import annotations

from collections.abc import Callable

from ptc_lisp.builtins.growing import entries_of
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.values.collections import flex_find, make_set, map_items, map_pairs, set_items, vec_items
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.keys import key
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, map_raw
from ptc_lisp.values.types import ABSENT, Keyword, Value, kw

_NS = "clojure.walk"
_Change = Callable[[Value], Value]


def _rebuild(form: Value, change: _Change, who: str) -> Value:
    # The same kind of collection with `change` applied to its items; a leaf is given back.
    if is_vector(form):
        items = vec_items(form)
        tick(len(items))
        return [change(item) for item in items]
    if is_map(form):
        pairs = map_pairs(form)
        tick(len(pairs))
        return dict(entries_of([change(pair) for pair in pairs], who))
    if form.__class__ is LispSet:
        items = set_items(form)
        tick(len(items))
        return make_set([change(item) for item in items])
    return form


def _post(form: Value, change: _Change, who: str) -> Value:
    return change(_rebuild(form, lambda item: _post(item, change, who), who))


def _pre(form: Value, change: _Change, who: str) -> Value:
    return _rebuild(change(form), lambda item: _pre(item, change, who), who)


@builtin(
    "walk", "inner outer form", area="walk", ns=_NS,
    doc="Applies inner to each item of form, builds the same kind of collection of the results, applies outer to that.",
    examples=[("(walk inc (fn [xs] (reduce + xs)) [1 2 3])", "9"), ("(walk inc identity #{1 2})", "#{2 3}")],
    see_also=("postwalk", "prewalk", "map"),
)  # fmt: skip
def _walk(inner: Value, outer: Value, form: Value) -> Value:
    change, finish = as_fn(inner, 1, "walk"), as_fn(outer, 1, "walk")
    return finish(_rebuild(form, change, "walk"))


@builtin(
    "postwalk", "f form", area="walk", ns=_NS,
    doc="Rewrites a tree of vectors, maps and sets from the leaves up: f is applied to every part, map entries as"
    " [key value], after the parts inside it.",
    examples=[("(postwalk #(if (number? %) (inc %) %) [1 {:a 2}])", "[2 {:a 3}]")],
    see_also=("prewalk", "walk", "tree-seq"),
)  # fmt: skip
def _postwalk(f: Value, form: Value) -> Value:
    return _post(form, as_fn(f, 1, "postwalk"), "postwalk")


@builtin(
    "prewalk", "f form", area="walk", ns=_NS,
    doc="Rewrites a tree of vectors, maps and sets from the top down: f is applied to every part before the parts"
    " inside its result.",
    examples=[("(prewalk #(if (number? %) (* 2 %) %) [1 [2 {:a 3}]])", "[2 [4 {:a 6}]]")],
    see_also=("postwalk", "walk"),
)  # fmt: skip
def _prewalk(f: Value, form: Value) -> Value:
    return _pre(form, as_fn(f, 1, "prewalk"), "prewalk")


@builtin(
    "postwalk-replace", "smap form", area="walk", ns=_NS,
    doc="Replaces every part of a tree that is a key of smap by its value, from the leaves up.",
    examples=[("(postwalk-replace {:a 1} [:a {:b :a}])", "[1 {:b 1}]")], see_also=("prewalk-replace", "replace"),
)  # fmt: skip
def _postwalk_replace(smap: Value, form: Value) -> Value:
    return _post(form, _replacing(smap, "postwalk-replace"), "postwalk-replace")


@builtin(
    "prewalk-replace", "smap form", area="walk", ns=_NS,
    doc="Replaces every part of a tree that is a key of smap by its value, from the top down.",
    examples=[("(prewalk-replace {:a [:b] :b 2} [:a])", "[[2]]")], see_also=("postwalk-replace", "replace"),
)  # fmt: skip
def _prewalk_replace(smap: Value, form: Value) -> Value:
    return _pre(form, _replacing(smap, "prewalk-replace"), "prewalk-replace")


def _replacing(smap: Value, who: str) -> _Change:
    if not is_map(smap):
        raise bad_arg(who, 1, "a map of replacements", smap, "the map comes first: (" + who + " smap form)")

    def replaced(part: Value) -> Value:
        raw = flex_find(smap, part)
        return part if raw is ABSENT else map_raw(smap)[raw]

    return replaced


@builtin(
    "keywordize-keys", "m", area="walk", ns=_NS, doc="Turns the string keys of all maps in a tree into keywords.",
    examples=[('(keywordize-keys {"a" [{"b" 1}]})', "{:a [{:b 1}]}")], see_also=("stringify-keys", "update-keys"),
)  # fmt: skip
def _keywordize_keys(m: Value) -> Value:
    # There is no keyword without a name, so an empty key stays.
    return _post(m, _on_keys(lambda k: kw(k) if k.__class__ is str and k else k), "keywordize-keys")


@builtin(
    "stringify-keys", "m", area="walk", ns=_NS, doc="Turns the keyword keys of all maps in a tree into strings.",
    examples=[("(stringify-keys {:a [{:b 1}]})", '{"a" [{"b" 1}]}')], see_also=("keywordize-keys", "update-keys"),
)  # fmt: skip
def _stringify_keys(m: Value) -> Value:
    return _post(m, _on_keys(lambda k: k.name if k.__class__ is Keyword else k), "stringify-keys")


def _on_keys(change: _Change) -> _Change:
    def with_keys(part: Value) -> Value:
        if not is_map(part):
            return part
        return {key(change(k)): value for k, value in map_items(part)}

    return with_keys
