"""Values survive the way through bytes; host objects become values or are refused with their path."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import decimal
import enum
import pathlib
import tracemalloc
import uuid
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptc_lisp.faults import Trap
from ptc_lisp.values import codec
from ptc_lisp.values.codec import decode, decode_data, encode
from ptc_lisp.values.collections import make_map, make_set, map_assoc, vec_conj
from ptc_lisp.values.convert import encode_host
from ptc_lisp.values.keys import strict_equal, unkey
from ptc_lisp.values.outward import to_host
from ptc_lisp.values.persistent import LispSet, PMap, map_raw
from ptc_lisp.values.received import decode_plain
from ptc_lisp.values.types import Keyword, Stream, Symbol, ToolRef, Var, kw

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.text("abc-?", min_size=1).map(kw)
    | st.dates()
    | st.datetimes(timezones=st.just(dt.UTC))
    | st.timedeltas()
    | st.builds(Symbol, st.just("x/y"))
    | st.builds(Var, st.just("v"))
    | st.builds(ToolRef, st.just("t"))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(st.tuples(inner, inner), max_size=4).map(make_map)
        | st.lists(inner, max_size=4).map(make_set)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_decode_gives_the_value_back(value):
    assert strict_equal(decode(encode(value)), value)


@given(VALUES)
def test_to_host_of_a_value_is_what_the_host_decodes(value):
    out = to_host(value)
    assert decode_plain(encode(out)) == out


@given(st.binary(max_size=60))
def test_garbage_is_a_value_error_and_nothing_else(data):
    for read in (decode, decode_plain):
        with contextlib.suppress(ValueError):
            read(data)


_TEXTLESS = [msgspec.msgpack.encode(msgspec.msgpack.Ext(code, msgspec.msgpack.encode(payload)))
             for code in (codec.BOXED, codec.CLOSURE, codec.COMPOSED) for payload in ([], {}, 1, "", None, [[]], [{"a": 1}, 1])]  # fmt: skip


@pytest.mark.parametrize("data", _TEXTLESS)
def test_what_has_no_text_where_one_belongs_is_damaged(data):
    with pytest.raises(ValueError, match="damaged value"):
        decode_plain(data)


def test_sets_in_sets_are_not_copied_level_by_level():
    value = "x" * 4_000_000
    for _ in range(50):
        value = make_set([value])
    data = encode(value)
    tracemalloc.start()
    assert decode_plain(data)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("inside", [lambda m: m, lambda m: [m, m], lambda m: make_set([m])])
def test_keys_that_hash_alike_are_refused(inside):
    alike = {n * (2**61 - 1): 1 for n in range(16, 300)}
    with pytest.raises(ValueError, match="hash alike"):
        decode_plain(encode(inside(alike)))


def test_many_large_integers_are_fine():
    powers = [2**n for n in range(14_000)]
    value = [powers, [3 * p for p in powers], powers, {n << 70: n for n in range(5_000)}]
    assert decode_plain(encode(value)) == value


def test_keys_that_python_does_not_write_out_are_text():
    long, value = 10**5_000, {"a": [{10**5_000: 10**5_000, 1: 2}]}
    assert decode_plain(encode(value)) == {"a": [{hex(long): long, 1: 2}]}
    assert decode_plain(encode({10**4_000: "x" * 300})) == {10**4_000: "x" * 300}


def test_a_long_integer_within_a_key_is_damage():
    long = msgspec.msgpack.encode(msgspec.msgpack.Ext(codec.BIG_INT, (10**5_000).to_bytes(2_100, "big")))
    with pytest.raises(ValueError, match="damaged value"):
        decode_plain(b"\x81\x91" + long + b"\x01")


def test_grown_collections_travel_as_plain_ones():
    vector, mapping = [], {}
    for i in range(100):
        vector, mapping = vec_conj(vector, i), map_assoc(mapping, kw(f"k{i}"), i)
    assert decode(encode(vector)) == list(range(100))
    assert decode(encode(mapping)) == {kw(f"k{i}"): i for i in range(100)}


def test_streams_and_strange_objects_cannot_be_stored():
    with pytest.raises(Trap, match=r"endless sequence \(range\)"):
        encode([Stream("(range)", lambda: iter(()))])
    with pytest.raises(Trap, match="endless"):
        to_host([Stream("(range)", lambda: iter(()))])


def test_functions_need_a_hook():
    with pytest.raises(ValueError, match="function"):
        decode(b"\xc7\x01\x0dx")


class Colour(enum.StrEnum):
    RED = "red"


@dataclass
class Row:
    id: int
    more: object


class Struct(msgspec.Struct):
    a: int


Pair = collections.namedtuple("Pair", "left right")  # noqa: PYI024 - people pass such tuples


class Model:
    """As pydantic looks from outside."""

    model_fields = ("a",)

    def model_dump(self):
        return {"a": dt.date(2024, 1, 1)}


@pytest.mark.parametrize(
    "host, plain",
    [
        ((1, (2, 3)), [1, [2, 3]]),
        ([Colour.RED, {Colour.RED: 1}], ["red", {"red": 1}]),
        (Row(1, Row(2, None)), {"id": 1, "more": {"id": 2, "more": None}}),
        (Struct(1), {"a": 1}),
        (Pair(1, [2]), {"left": 1, "right": [2]}),
        (Model(), {"a": dt.date(2024, 1, 1)}),
        (decimal.Decimal("1.50"), 1.5),
        (decimal.Decimal(10), 10),
        (uuid.UUID(int=1), str(uuid.UUID(int=1))),
        (pathlib.PurePosixPath("/a"), "/a"),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.deque([1]), [1]),
        (range(3), [0, 1, 2]),
        ({"b", "a"}, ["a", "b"]),
        ({1: {"a": frozenset({2})}}, {1: {"a": [2]}}),
        (dt.time(1, 2), "01:02:00"),
        (2**200, 2**200),
        ([-(2**63), 2**64 - 1, -(2**63) - 1, 2**64], [-(2**63), 2**64 - 1, -(2**63) - 1, 2**64]),
        ({"a": kw("k")}, {"a": "k"}),
    ],
)
def test_host_objects_become_values(host, plain):
    assert decode_plain(encode_host(host, "context")) == plain


def test_sets_of_the_host_are_sets():
    assert decode(encode_host({1}, "x")).raw == {1: 1}


CYCLE = {"a": []}
CYCLE["a"].extend([CYCLE, CYCLE])


@pytest.mark.parametrize(
    "host, words",
    [
        ({"a": [1, {"b": b"x"}]}, r"x\['a'\]\[1\]\['b'\] is bytes .*base64"),
        (object(), "x is of type object, which programs cannot hold"),
        (print, "functions go in as tools"),
        ((i for i in ()), "make it a list first"),
        ({True: 1}, "keys of maps are text, whole numbers or dates"),
        ({None: 1}, "keys of maps are text, whole numbers or dates"),
        (["\ud800"], r"x\[0\] holds text that is not valid Unicode"),
        (CYCLE, "nested deeper than 150 levels, or contains itself"),
    ],
)
def test_what_cannot_go_in_is_named(host, words):
    with pytest.raises(TypeError, match=words):
        encode_host(host, "x")


@given(VALUES)
def test_no_plain_dict_of_the_context_has_a_keyword_as_a_key(value: object) -> None:
    found = decode_data(encode(value))
    assert strict_equal(found, value)
    assert not any(isinstance(raw, Keyword) for mapping in plain_dicts(found) for raw in mapping)


def plain_dicts(value: object) -> list[dict[object, object]]:
    """All plain dicts in a value, also inside keys, sets and maps that are no plain dicts."""
    inside: list[object] = []
    if isinstance(value, list):
        inside = value
    elif isinstance(value, LispSet):
        inside = [*map_raw(value.raw).values(), *map(unkey, map_raw(value.raw))]
    elif isinstance(value, dict | PMap):
        inside = [*map_raw(value).values(), *map(unkey, map_raw(value))]
    found = [mapping for item in inside for mapping in plain_dicts(item)]
    return [value, *found] if isinstance(value, dict) else found
