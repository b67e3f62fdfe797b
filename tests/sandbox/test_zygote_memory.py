"""What lies where in the zygote, and that workers find and forget what owners leave in its objects."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

import ptc_lisp
from ptc_lisp.sandbox import launch
from ptc_lisp.sandbox.pool import POOL
from ptc_lisp.sandbox.worker.module_state import ModuleState


class Plain:
    __module__ = "ptc_lisp.planted"

    def __init__(self) -> None:
        self.table = {"old": 1}
        self.names = {"old"}


class Slotted:
    __module__ = "ptc_lisp.planted"
    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows = [1]


@pytest.fixture
def planted(monkeypatch):
    module = ModuleType("ptc_lisp.planted")
    module.plain, module.slotted, module.asked, module.table = Plain(), Slotted(), Plain(), {"old": 1}
    vars(module.asked)  # from here on it has a dict of its own
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_tables_in_objects_of_modules_are_emptied_however_the_object_holds_them(planted):
    state = ModuleState()
    state.look()
    for holder in (planted.plain, planted.asked):
        holder.table["secret"] = holder
        holder.names.add("secret")
    planted.slotted.rows.append("secret")
    planted.table["secret"] = 2
    state.restore()
    assert planted.plain.table == planted.asked.table == planted.table == {"old": 1}
    assert planted.plain.names == planted.asked.names == {"old"}
    assert planted.slotted.rows == [1]


def test_looking_gives_no_object_a_dict(planted):
    before = list(map(id, gc.get_referents(planted.plain)))
    ModuleState().look()
    assert list(map(id, gc.get_referents(planted.plain))) == before


def _maps():
    ptc_lisp.run("1")
    try:
        lines = Path(f"/proc/{POOL._zygote._process.pid}/maps").read_text(encoding="utf-8").splitlines()
    except (OSError, AttributeError) as error:
        pytest.skip(f"the zygote's mappings cannot be read: {error}")
    return [line.split(maxsplit=5) for line in lines]


def test_all_compiled_modules_of_a_zygote_are_mapped_at_once():
    suffix = Path(sys.modules["msgspec._core"].__file__).name.partition(".")[2]
    found = {Path(words[5]).name.partition(".")[0] for words in _maps() if words[-1].endswith(suffix)}
    assert found <= {Path(name).name for name in launch._EXTENSIONS}  # another would lie amid the heap


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the heap is put together on Linux only")
def test_the_heap_of_a_zygote_lies_in_few_pieces():
    sizes = [
        int(words[0].partition("-")[2], 16) - int(words[0].partition("-")[0], 16)
        for words in _maps()
        if words[1] == "rw-p" and (len(words) < 6 or words[5] == "[heap]")
    ]
    large = [size for size in sizes if size > 1 << 19]
    assert sum(large) > 8 << 20
    assert len(large) <= 6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mappings are joined on Linux only")
def test_a_library_is_two_mappings_and_nothing_is_both_written_to_and_executed():
    rights = [words[1] for words in _maps()]
    assert not any("w" in found and "x" in found for found in rights)
    libraries = Counter(words[5] for words in _maps() if len(words) > 5 and ".so" in words[5])
    assert len(libraries) > 10
    assert {count for name, count in libraries.items() if "libffi" not in name} <= {
        1,
        2,
    }  # that one maps a part again
