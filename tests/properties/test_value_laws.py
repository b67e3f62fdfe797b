"""Laws that hold for all values: reading back, equality and keys, order, JSON, memory."""

from __future__ import annotations

import json
from itertools import pairwise

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inline_machine import Inline
from value_strategies import JSON, SCALARS, STORABLE, VALUES, same

from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.values import codec
from ptc_lisp.values.equality import equals
from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.keys import key, strict_equal, unkey
from ptc_lisp.values.order import compare, sort_list
from ptc_lisp.values.persistent import PMap, PVec
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.received import decode_plain
from ptc_lisp.values.types import Value, kw

LIMIT = settings(max_examples=150, deadline=None)
_INLINE = Inline()


def _builtin(ref: str) -> Builtin:
    entry = REGISTRY.by_ref[ref]
    assert isinstance(entry, Builtin)
    return entry


def _stored(source: str) -> Value:
    """The value of a program, before it is made ready for the host."""
    outcome = _INLINE.run(f"(def x {source}\n)")
    assert outcome.ok, outcome.faults
    return codec.decode(_INLINE.machine.memory()["x"])


@LIMIT
@given(VALUES)
@example("\x00\x1f\x7f\u2028")
@example({kw("a"): [1.0, -0.0, 5e-324, 1.7976931348623157e308]})
def test_what_is_printed_reads_back(value: Value) -> None:
    assert same(_stored(pr_str(value)), value)


@LIMIT
@given(VALUES)
def test_printing_is_a_fixed_point(value: Value) -> None:
    assert _INLINE.text(pr_str(value)) == pr_str(value)


@LIMIT
@given(VALUES, VALUES)
def test_keys_are_equal_exactly_where_values_are_strictly_equal(a: Value, b: Value) -> None:
    assert (key(a) == key(b)) == strict_equal(a, b)
    if strict_equal(a, b):
        assert hash(key(a)) == hash(key(b))
        assert equals(a, b)
    assert strict_equal(unkey(key(a)), a)


@LIMIT
@given(VALUES)
def test_how_a_value_was_built_makes_no_difference(value: Value) -> None:
    rebuilt = codec.decode(codec.encode([value]))[0]
    for other in (rebuilt, [*rebuilt] if isinstance(rebuilt, list) else rebuilt):
        assert equals(other, value)
        assert strict_equal(value, other)
        assert hash(key(other)) == hash(key(value))
        assert compare(other, value) == 0
    grown = (
        PVec(list(rebuilt))
        if isinstance(rebuilt, list)
        else PMap(dict(rebuilt))
        if isinstance(rebuilt, dict)
        else rebuilt
    )
    assert equals(grown, value)
    assert hash(key(grown)) == hash(key(value))
    assert pr_str(grown) == pr_str(value)


_NEAR = st.sampled_from(
    [0, 0.0, -0.0, 1, 1.0, True, False, None, 2**53, 2.0**53, 2**53 + 1, "1", kw("1"), [1], [1.0]]
)


@LIMIT
@given(_NEAR, _NEAR, _NEAR)
def test_equality_is_an_equivalence(a: Value, b: Value, c: Value) -> None:
    assert equals(a, a)
    assert equals(a, b) == equals(b, a)
    assert not (equals(a, b) and equals(b, c)) or equals(a, c)
    assert strict_equal(a, b) == strict_equal(b, a)
    assert not (strict_equal(a, b) and strict_equal(b, c)) or strict_equal(a, c)


_ORDERED = st.one_of(VALUES, SCALARS, _NEAR, STORABLE, st.just(float("nan")))


@LIMIT
@given(_ORDERED, _ORDERED, _ORDERED)
def test_the_order_is_total(a: Value, b: Value, c: Value) -> None:
    assert compare(a, a) == 0
    assert compare(a, b) == -compare(b, a)
    if compare(a, b) <= 0 and compare(b, c) <= 0:
        assert compare(a, c) <= 0


@LIMIT
@given(VALUES, VALUES)
def test_equal_values_are_equal_in_the_order(a: Value, b: Value) -> None:
    assert not strict_equal(a, b) or compare(a, b) == 0


@LIMIT
@given(st.lists(_ORDERED, max_size=8))
def test_sorting_agrees_with_the_order(values: list[Value]) -> None:
    ordered = sort_list(values)
    assert len(ordered) == len(values)
    assert all(compare(a, b) <= 0 for a, b in pairwise(ordered))
    assert all(compare(a, b) >= 0 for a, b in pairwise(sort_list(values, descending=True)))


@LIMIT
@given(JSON)
def test_json_round_trips(data: Value) -> None:
    text = _builtin("json/generate-string").fn(data)
    assert json.loads(text) == data
    back = _builtin("json/parse-string").fn(text)
    assert equals(back, data)
    assert _builtin("json/generate-string").fn(back) == text


@LIMIT
@given(STORABLE)
def test_values_survive_encoding(value: Value) -> None:
    assert same(codec.decode(codec.encode(value)), value)


@LIMIT
@given(STORABLE)
def test_the_host_can_read_whatever_a_program_stores(value: Value) -> None:
    plain = decode_plain(codec.encode(value))
    msgspec.json.encode(plain, enc_hook=str)


@settings(max_examples=40, deadline=None)
@given(VALUES, VALUES)
def test_closures_survive_with_what_they_captured(a: Value, b: Value) -> None:
    first = Inline()
    made = first.run(
        f"(def c (let [a {pr_str(a)} b {pr_str(b)}] (fn [x & more] [a b x more])))"
        "(def both (comp (juxt first second) c)) (def part (partial c 1))"
        "(defn many ([] 0) ([x] [x (c x)]))"
    )
    assert made.ok, made.faults
    shown = "(pr-str [(c 1 2) (both 3) (part 2) (many) (many 5)])"
    later, relayed = Inline(), Inline()
    later.machine.load_memory(made.memory)
    again = later.value(shown)
    assert again == first.value(shown)
    relayed.machine.load_memory(later.machine.memory())
    assert relayed.value(shown) == again
