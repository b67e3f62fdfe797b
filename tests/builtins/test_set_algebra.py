"""Sets and relations: laws against Python's sets, order, faults."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_set, set_items
from ptc_lisp.values.equality import equals
from ptc_lisp.values.types import kw

A, B, C = kw("a"), kw("b"), kw("c")
integers = st.lists(st.integers(0, 400), max_size=300)


def run(ref, *args):
    return REGISTRY.by_ref[ref].fn(*args)


def fault(ref, *args):
    with pytest.raises(Trap) as caught:
        run(ref, *args)
    assert caught.value.kind is FaultKind.TYPE_ERROR
    return caught.value


@given(integers, integers, integers)
def test_algebra_agrees_with_python(xs, ys, zs):
    a, b, c = make_set(xs), make_set(ys), make_set(zs)
    assert set(set_items(run("union", a, b, c))) == {*xs, *ys, *zs}
    assert set(set_items(run("intersection", a, b, c))) == set(xs) & set(ys) & set(zs)
    assert set(set_items(run("difference", a, b, c))) == set(xs) - set(ys) - set(zs)
    assert run("subset?", a, b) is (set(xs) <= set(ys))
    assert run("superset?", a, b) is (set(xs) >= set(ys))
    assert set(set_items(run("disj", a, *ys))) == set(xs) - set(ys)
    assert set_items(a) == list(dict.fromkeys(xs))
    assert equals(run("into", a, ys), run("union", a, b))


@given(integers, integers)
def test_results_keep_the_order_of_the_first_set(xs, ys):
    a, b = make_set(xs), make_set(ys)
    assert set_items(run("union", a, b)) == list(dict.fromkeys(xs + ys))
    assert set_items(run("intersection", a, b)) == [x for x in dict.fromkeys(xs) if x in ys]


def test_elements_are_strict():
    mixed = make_set([1, 1.0, True, "1"])
    assert len(set_items(mixed)) == 4
    assert set_items(run("disj", mixed, 1)) == [1.0, True, "1"]
    assert run("subset?", make_set([1]), make_set([1.0])) is False


def test_nil_counts_as_empty_where_clojure_says_so():
    one = make_set([1])
    assert equals(run("union", one, None), one)
    assert run("union", None, None) is run("union", None) is None
    assert run("intersection", one, None) is None
    assert equals(run("difference", one, None), one)
    assert run("difference", None, one) is run("disj", None, 1) is None
    assert run("subset?", None, one) is run("superset?", one, None) is True
    assert run("subset?", one, None) is False


@pytest.mark.parametrize("ref", ["union", "intersection", "difference", "subset?", "superset?"])
def test_other_collections_must_be_converted(ref):
    trap = fault(ref, make_set([1]), [1])
    assert trap.message.startswith(f"{ref}: argument 2 must be a set, got the vector")
    assert "(set coll)" in (trap.hint or "")


def test_select():
    assert set_items(run("clojure.set/select", REGISTRY.by_ref["odd?"], make_set([1, 2, 3]))) == [1, 3]
    fault("clojure.set/select", REGISTRY.by_ref["odd?"], [1])


def test_relational_names_need_their_namespace():
    assert REGISTRY.resolve("index") is None
    assert REGISTRY.resolve("join", "set") is REGISTRY.by_ref["clojure.set/join"]
    assert REGISTRY.resolve("subset?", "clojure.set") is REGISTRY.resolve("subset?")


def test_project_and_rename():
    rows = make_set([{A: 1, B: 2}, {A: 1, B: 3}])
    assert equals(run("clojure.set/project", rows, [A]), make_set([{A: 1}]))
    assert equals(run("clojure.set/rename", [{"a": 1}], {A: C}), make_set([{C: 1}]))
    fault("clojure.set/project", [1], [A])
    fault("clojure.set/project", {A: 1}, [A])


def test_rename_keys():
    assert run("rename-keys", {A: 1, B: 2}, {A: B, B: A}) == {B: 1, A: 2}
    assert run("rename-keys", {"a": 1}, {A: C, B: C}) == {C: 1}
    assert run("rename-keys", None, {A: B}) is None
    assert "map #(rename-keys" in (fault("rename-keys", [{A: 1}], {A: B}).hint or "")
    fault("rename-keys", {A: 1}, [A, B])


def test_map_invert_and_index():
    assert run("map-invert", {A: 1, B: 1, C: 2}) == {1: B, 2: C}
    index = run("clojure.set/index", [{A: 1, B: 2}, {A: 1, B: 3}, {A: 2}], [A])
    assert equals(run("get", index, {A: 1}), make_set([{A: 1, B: 2}, {A: 1, B: 3}]))
    assert equals(run("get", index, {A: 2}), make_set([{A: 2}]))


def test_join_on_common_keys_and_on_given_keys():
    people = make_set([{"id": 1, "name": "Al"}, {"id": 2, "name": "Bo"}])
    orders = make_set([{"id": 1, "sum": 5}, {"id": 1, "sum": 7}, {"id": 3, "sum": 9}])
    joined = [{"id": 1, "name": "Al", "sum": 5}, {"id": 1, "name": "Al", "sum": 7}]
    assert equals(run("clojure.set/join", people, orders), make_set(joined))
    owners = make_set([{"owner": 2, "pet": "cat"}])
    by_owner = run("clojure.set/join", people, owners, {kw("id"): kw("owner")})
    assert equals(by_owner, make_set([{"id": 2, "name": "Bo", "owner": 2, "pet": "cat"}]))
    assert set_items(run("clojure.set/join", people, make_set([]))) == []
    assert len(set_items(run("clojure.set/join", [{A: 1}, {A: 2}], [{B: 1}, {B: 2}]))) == 4
