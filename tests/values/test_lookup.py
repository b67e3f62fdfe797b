import pytest

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_set
from ptc_lisp.values.functions import keyword_call
from ptc_lisp.values.keys import key
from ptc_lisp.values.lookup import (
    key_forms,
    keyword_getter,
    marks,
    path_get,
    pluck,
    pluck_data,
    select,
    selector,
)
from ptc_lisp.values.persistent import PMap, PVec
from ptc_lisp.values.types import kw

ITEMS = [
    {kw("a-b"): 1},
    {"a-b": 2},
    {"a_b": 3},
    {kw("a-b"): None, "a-b": 4},
    {},
    PMap({"a_b": 5}),
    None,
    "text",
    7,
    [1],
    make_set([kw("a-b")]),
]


def test_keyword_lookups_agree_however_they_are_done():
    k = kw("a-b")
    expected = [keyword_call(k, item) for item in ITEMS]
    assert expected == [1, 2, 3, None, None, 5, None, None, None, None, k]
    assert pluck(k, ITEMS) == expected
    assert [keyword_getter(k)(item) for item in ITEMS] == expected
    assert select(k, ITEMS, "sort-by") == expected
    maps = [place for place, item in enumerate(ITEMS) if item.__class__ is dict]
    assert pluck(k, [ITEMS[place] for place in maps]) == [expected[place] for place in maps]


def test_data_of_the_context_is_looked_up_by_strings():
    rows = [{"a-b": 1, "a_b": 2}, {"a_b": 3, "a": 4}, {}]
    assert pluck_data(kw("a-b"), rows) == [1, 3, None]
    assert pluck_data(kw("a"), rows) == [None, 4, None]
    mixed = [*rows, None, PMap({kw("a"): 5}), "a", make_set([kw("a")])]
    assert pluck_data(kw("a"), mixed) == [None, 4, None, None, 5, None, kw("a")]


def test_string_selector_is_flexible():
    assert select("a-b", ITEMS, "sort-by") == [1, 2, 3, 4, None, 5, None, None, None, None, None]


@pytest.mark.parametrize(
    ("target", "path", "found"),
    [
        ({"a": [{"b": 7}]}, [kw("a"), 0, kw("b")], 7),
        ({"a": PVec([5])}, [kw("a"), 0], 5),
        ({"a": 1}, [kw("a"), kw("b")], None),
        ({"a": "hey"}, ["a", 1], "e"),
        ({}, [kw("a"), kw("b")], None),
        ([1], [3], None),
        ([1], [-1], None),
        ({"a": 1}, [], {"a": 1}),
        (make_set([1]), [1], 1),
        (make_set([1]), [2], None),
    ],
)
def test_path_get(target, path, found):
    assert path_get(target, path) == found
    assert selector(path, "sort-by")(target) == found


def test_a_selector_that_cannot_be_called_is_named():
    with pytest.raises(Trap, match="sort-by") as caught:
        selector(5, "sort-by")
    assert caught.value.kind == FaultKind.NOT_CALLABLE


def test_key_forms_tell_apart_what_python_confuses():
    mixed = [1, 1.0, True, "1", [1], [1.0], None]
    assert len(set(key_forms(mixed))) == len(mixed)
    assert key_forms(mixed)[1] == key(1.0)
    plain = ["a", 1, None]
    assert key_forms(plain) is plain


def test_marks_need_no_boxes_within_one_kind():
    floats = [1.0, 2.0]
    assert marks(floats) is floats
    assert marks([1.0, 1]) != [1.0, 1]
