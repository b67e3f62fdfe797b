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


def test_a_vector_of_scalars():
    found = part([1, 2.5, "x", None])
    assert pr_str(found) == (
        '{:type "vector" :count 4 :scanned 4 :item_types {"integer" 1 "float" 1 "string" 1 "nil" 1} '
        ':examples ["1" "2.5" "\\"x\\""] :distinct_count 4 :non_empty 1 :range {:min 1 :max 2.5}}'
    )


def test_a_vector_of_maps_tells_how_often_a_key_is_present():
    rows = [make_map([(kw("n"), 1), ("s", "")]), make_map([(kw("n"), 5)])]
    assert part(rows, "key_types") == {"keyword": 2, "string": 1}
    assert pr_str(part(rows, "keys", ":n")) == (
        '{:types {"integer" 2} :examples ["1" "5"] :present 2 :pct 100.0 :distinct_count 2 :range {:min 1 :max 5}}'
    )
    assert part(rows, "keys", "s", "pct") == 50.0
    assert part(rows, "keys", "s", "non_empty") == 0


def test_a_map_has_no_percentage():
    found = part({"a": [1], "b": None}, "keys")
    assert found["a"][kw("types")] == {"vector": 1}
    assert kw("pct") not in found["a"]


def test_paths_go_as_deep_as_asked():
    data = {"a": {"b": [{"c": {"d": 1}}]}}
    assert list(part(data, "paths", opts={"paths": True, "depth": 1})) == ["a"]
    assert list(part(data, "paths", opts={"paths": True, "depth": 5})) == ["a", "a.b", "a.b.c", "a.b.c.d"]
    assert kw("paths") not in describe(data)


def test_options_out_of_range_are_clamped_and_others_ignored():
    assert len(part([1, 2, 3, 4, 5], "examples", opts={"sample": 99})) == 3
    assert len(part([1, 2, 3], "examples", opts={"sample": 0, "what": 1})) == 1
    assert describe([1], 5) == describe([1])


def test_caps_bound_the_work_and_are_told():
    wide = [{f"k{row}-{i}": i for i in range(300)} for row in range(2_000)]
    found = describe(wide, {"paths": True})
    assert found[kw("scanned")] == 1_000
    assert found[kw("count")] == 2_000
    assert len(found[kw("keys")]) == 100
    assert len(found[kw("paths")]) == 300
    assert found[kw("truncated")] is True
    assert {"items", "keys", "paths"} <= set(found[kw("caps_hit")])


def test_examples_are_short_and_distinct_counting_stops():
    found = describe(["x" * 10_000 + str(i) for i in range(200)])
    assert all(len(example) <= 120 for example in found[kw("examples")])
    assert found[kw("distinct_count")] == 50
    assert found[kw("count_capped")] is True


def test_describe_in_a_program():
    assert Inline().text('(get-in (describe [{"n" 1} {"n" 5}]) [:keys "n" :range])') == "{:min 1 :max 5}"
