"""What a worker does between two owners: tables are put back, garbage is collected, however old it is."""

from __future__ import annotations

import gc
import sys
import types
import weakref
from functools import cache

import pytest

from ptc_lisp.sandbox.worker.garbage import Garbage
from ptc_lisp.sandbox.worker.module_state import ModuleState


@pytest.fixture
def module(monkeypatch):
    """A module of the package with a table of each kind."""
    made = types.ModuleType("ptc_lisp.made_for_this_test")
    made.table = {"a": 1, "b": 2, "c": 3}
    made.empty = {}
    made.names = {"a", "b"}
    made.rows = [1, 2]
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


@pytest.fixture
def state(module):
    found = ModuleState()
    found.look()
    return found


def test_what_was_added_goes(module, state):
    module.table["d"] = 4
    module.empty["x"] = 1
    module.names.add("secret")
    module.rows.append("secret")
    state.restore()
    assert (module.table, module.empty) == ({"a": 1, "b": 2, "c": 3}, {})
    assert (module.names, module.rows) == ({"a", "b"}, [1, 2])


def test_a_table_of_the_same_size_with_another_last_entry_is_put_back(module, state):
    del module.table["a"]
    module.table["secret"] = 4
    state.restore()
    assert module.table == {"b": 2, "c": 3}
    module.table["a"] = 1
    state.restore()
    assert module.table == {"b": 2, "c": 3, "a": 1}, "it knew that name before"


def test_a_cache_that_was_asked_something_new_is_emptied(module):
    module.doubled = cache(lambda text: text + text)
    module.doubled("known")
    state = ModuleState()
    state.look()
    module.doubled("known")
    state.restore()
    assert module.doubled.cache_info().currsize == 1
    module.doubled("secret")
    state.restore()
    assert module.doubled.cache_info().currsize == 0
    module.doubled("another")
    state.restore()
    assert module.doubled.cache_info().currsize == 0


def test_what_a_class_is_made_of_is_no_table(module):
    kinds = {"a": int}
    module.Made = type("Made", (), {"__annotations__": kinds, "seen": {}, "__module__": module.__name__})
    state = ModuleState()
    state.look()
    assert not any(table is kinds for table in state._maps)
    module.Made.seen["secret"] = 1
    state.restore()
    assert module.Made.seen == {}


class Knot:
    def __init__(self) -> None:
        self.own = self


@pytest.mark.parametrize("older", [(), (0,), (0, 1), (0, 1, 2), (2, 0, 1)])
def test_garbage_goes_however_many_collections_it_has_lived_through(older):
    garbage = Garbage()
    gc.disable()
    try:
        for _ in range(3):
            garbage.collect()
            knot = Knot()
            seen = weakref.ref(knot)
            for generation in older:
                gc.collect(generation)
            assert seen() is not None
            del knot
            garbage.collect()
            assert seen() is None
    finally:
        gc.enable()
