"""`describe`: profiles, options, caps."""

from __future__ import annotations

from inline_machine import Inline

from ptc_lisp.builtins.describe import describe
from ptc_lisp.values.collections import make_map, make_set
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.types import kw


def part(value, *path, opts=None):
    found = describe(value, opts)
    for name in path:
        found = found[name if isinstance(name, str) and name in found else kw(name)]
    return found


def test_every_kind_has_a_name():
    kinds = [
        (None, "nil"),
        (True, "boolean"),
        (1, "integer"),
        (1.5, "float"),
        ("a", "string"),
        (kw("k"), "keyword"),
    ]
    kinds += [([], "vector"), ({}, "map"), (make_set([]), "set")]
    assert [part(value, "type") for value, _ in kinds] == [name for _, name in kinds]


def test_a_vector_of_scalars_tells_kinds_only():
    found = part([1, 2.5, "x", None])
    assert pr_str(found) == (
        '{:type "vector" :count 4 :scanned 4 :item_types {"integer" 1 "float" 1 "string" 1 "nil" 1}}'
    )


def test_a_plain_value_is_its_own_example():
    assert pr_str(part(True)) == (
        '{:type "boolean" :sample true :types {"boolean" 1} :examples [true] :distinct_count 1}'
    )
    assert pr_str(part("a")) == (
        '{:type "string" :sample "a" :types {"string" 1} :examples ["a"] :distinct_count 1 :non_empty 1}'
    )
    assert pr_str(part(None, "examples")) == "[nil]"
    assert part(float("inf"), "type") == "infinity"
    assert kw("distinct_count") not in describe(float("nan"))


def test_values_that_are_not_plain_are_examples_as_they_print():
    assert part({"v": [1, 2, 3, 4, 5, 6, 7]}, "keys", "v", "examples") == ["[1 2 3 4 5 6 7]"]
    assert part({"m": {}, "v": [1]}, "keys", "m", "non_empty") == 0


def test_text_that_is_a_number_has_a_range():
    assert pr_str(part([{"n": "10"}, {"n": 2}, {"n": "x"}], "keys", "n", "range")) == "{:min 2 :max 10.0}"
    assert kw("range") not in describe("1.")
    assert kw("range") not in describe("1e999")
    assert pr_str(part([{"n": "1e999"}, {"n": 2}], "keys", "n", "range")) == "{:min 2 :max 2}"


def test_a_vector_of_maps_tells_how_often_a_key_is_present():
    rows = [make_map([(kw("n"), 1), ("s", "")]), make_map([(kw("n"), 5)])]
    assert part(rows, "key_types") == {"keyword": 2, "string": 1}
    assert pr_str(part(rows, "keys", ":n")) == (
        '{:types {"integer" 2} :examples [1 5] :present 2 :pct 100.0 :distinct_count 2 :range {:min 1 :max 5}}'
    )
    assert part(rows, "keys", "s", "pct") == 50.0
    assert part(rows, "keys", "s", "non_empty") == 0


def test_a_map_has_no_presence():
    found = part({"a": [1], "b": None}, "keys")
    assert found["a"][kw("types")] == {"vector": 1}
    assert kw("pct") not in found["a"]
    assert kw("present") not in found["a"]


def test_paths_go_as_deep_as_asked():
    data = {"a": {"b": [{"c": {"d": 1}}]}}
    assert list(part(data, "paths", opts={"paths": True, "depth": 1})) == ["a"]
    assert list(part(data, "paths", opts={"paths": True, "depth": 5})) == ["a", "a.b", "a.b.c", "a.b.c.d"]
    assert list(part(data, "paths", opts={"paths": 1})) == ["a"]
    assert part(5, "paths", opts={"paths": True}) == {}
    assert kw("paths") not in describe(data)


def test_paths_count_the_items_that_have_them():
    rows = [{"t": [{"x": 1}, {"x": 2}]}, {"t": None, "a.b": 3}]
    found = part(rows, "paths", opts={"paths": True, "depth": 2})
    assert (found["t.x"][kw("present")], found["t.x"][kw("pct")], found["t.x"][kw("value_count")]) == (
        1,
        50.0,
        2,
    )
    assert kw("value_count") not in found["t"]
    assert "a\\.b" in found


def test_options_out_of_range_are_clamped_and_others_ignored():
    rows = [{"n": n} for n in range(5)]
    assert part(rows, "keys", "n", "examples", opts={"sample": 99}) == [0, 1, 2]
    assert part(rows, "keys", "n", "examples", opts={"sample": 0, "what": 1}) == [0]
    assert describe([1], 5) == describe([1])


def test_caps_bound_the_work_and_are_told():
    wide = [{f"k{row}-{i}": i for i in range(300)} for row in range(2_000)]
    found = describe(wide, {"paths": True})
    assert found[kw("scanned")] == 1_000
    assert found[kw("count")] == 1_000
    assert found[kw("count_capped")] is True
    assert len(found[kw("keys")]) == 100
    assert len(found[kw("paths")]) == 300
    assert found[kw("truncated")] is True
    assert {"max_items", "max_keys", "max_paths"} <= set(found[kw("caps_hit")])


def test_examples_are_short_and_distinct_counting_stops():
    found = part([{"s": "x" * 10_000 + str(i)} for i in range(200)], "keys", "s")
    assert found[kw("examples")][0] == "x" * 120 + "...(10001 chars)"
    assert found[kw("distinct_count")] == 50
    assert found[kw("distinct_capped")] is True


def test_describe_in_a_program():
    assert Inline().text('(get-in (describe [{"n" 1} {"n" 5}]) [:keys "n" :range])') == "{:min 1 :max 5}"
