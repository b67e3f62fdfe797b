"""Puts what a first evaluation touches close together in the zygote's memory.

CPython writes to every object that it uses, because the reference count is in the object. So each page with something that a
worker uses is copied for that worker. Two things reduce their number: the functions that every run goes through, and their code,
are created again one after the other, and new objects come from pages that hold nothing else.
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable
from opcode import opmap
from types import CodeType, FrameType, FunctionType
from typing import Any

from ptc_lisp.sandbox.worker.mappings import LARGE

_FILLERS: deque[object] = deque()
"""They fill holes as long as there are workers. A list would be one of the tables that a worker shortens to what it was (see
`module_state`)."""
_PLACE: list[int] = []
"""Where the large page is that all shall lie in; empty when there is none, or when it is full."""
_SMALL = range(16, 528, 16)
"""Sizes of blocks that CPython gives out from pools of its own; a pool begins with its head, and `_FIRST` bytes on is a block."""
_POOL, _FIRST = 1 << 14, 48
_LARGER = range(8_200, 512, -16)
_LARGEST = 100_000
_MOST_BLOCKS = 1 << 14
_ROOM = 1 << 19
_MOST_POOLS, _MOST_ELSEWHERE = 256, 128
_ARENA = 1 << 20
_BYTES_HEAD = sys.getsizeof(b"")


def codes_of(action: Callable[[], object]) -> list[CodeType]:
    """The code that an action runs, in the order of its first calls."""
    found: dict[CodeType, None] = {}

    def note(frame: FrameType, event: str, _arg: Any) -> None:
        if event == "call":
            found.setdefault(frame.f_code)

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return list(found)


def lay_together(codes: Iterable[CodeType]) -> int:
    """Makes the code of all functions that have such code anew, and the functions too where they are found by a name; gives how
    many there are. They must be warmed up again."""
    functions: dict[CodeType, list[FunctionType]] = {}
    for found in gc.get_objects():
        if type(found) is FunctionType:
            functions.setdefault(found.__code__, []).append(found)
    _fill_arenas()
    _fill_heap()
    _fill_pools(_begins_here)
    moved: list[FunctionType] = []
    for code in dict.fromkeys(codes):
        fresh = None
        for function in functions.get(code, ()):
            fresh = fresh or _made_anew(code)
            function.__code__ = fresh
            moved.append(function)
    _replace({id(function): _twin(function) for function in moved if "<" not in function.__qualname__})
    return len(moved)


def copied(function: Any) -> Any:
    """The same function, with code of its own, next to what was made last."""
    code = _made_anew(function.__code__)
    go_on_here()
    return FunctionType(code, function.__globals__)


def _twin(function: FunctionType) -> FunctionType:
    twin = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    for name in ("__module__", "__qualname__", "__doc__", "__annotations__"):
        setattr(twin, name, getattr(function, name))
    vars(twin).update(vars(function))
    return twin


def _replace(twins: dict[int, FunctionType]) -> None:
    """Puts them where modules, and the classes that they were written in, have a function by name; whoever else has it
    keeps it."""
    holders: list[Any] = list(sys.modules.values())
    holders += {id(owner): owner for owner in map(_class_of, twins.values()) if owner is not None}.values()
    for holder in holders:
        for name, value in list(getattr(holder, "__dict__", {}).items()):
            if id(value) in twins:
                setattr(holder, name, twins[id(value)])


def _class_of(function: FunctionType) -> Any:
    """The class that a function was written in; None when there is none, or not by that name."""
    owner: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split(".")[:-1]:
        owner = getattr(owner, name, None)
    return owner


def use_fresh_pools() -> None:
    """Makes new objects of each small size come from the beginning of a page. Those that fill the holes stay for good."""
    _clear()
    _fill_pools(_begins_here)


def go_on_here() -> None:
    """What is made next lies with what was laid together, as long as nothing is freed elsewhere."""
    _clear()
    _fill_pools(_is_here)


def _clear() -> None:
    gc.collect()  # which also empties the lists of spare objects
    _fill_heap()


def _made_anew(code: CodeType) -> CodeType:
    inner = tuple([_made_anew(const) if isinstance(const, CodeType) else const for const in code.co_consts])
    missing = max(0, _SMALL[-1] + 8 - sys.getsizeof(code)) // 2
    # Small objects lie apart, by their sizes; so what is small is made larger, by instructions that are never reached.
    return code.replace(co_consts=inner, co_code=code.co_code + bytes((opmap["NOP"], 0)) * missing)


def _fill_arenas() -> None:
    """The first time: uses up the pools that are left here and there, until new ones come from memory in which nothing else is, and
    that lies in one large page."""
    if _PLACE:
        return
    _begin_large_page()
    used = {id(found) // _POOL for found in gc.get_objects()}
    for number in range(_MOST_POOLS * _POOL // _SMALL[-1]):
        filler = _block(_SMALL[-1], number)
        place = id(filler)
        if place % _POOL == _FIRST and place // LARGE == (place + _ARENA - _POOL) // LARGE:
            pool = place // _POOL
            if used.isdisjoint(range(pool, pool + _ARENA // _POOL - 1)):
                _PLACE[:] = [place]
                return
        _FILLERS.append(filler)


def _is_here(address: int) -> bool:
    return address // LARGE == _PLACE[0] // LARGE if _PLACE else address % _POOL == _FIRST


def _begins_here(address: int) -> bool:
    return address % _POOL == _FIRST and _is_here(address)


def _fill_pools(is_enough: Callable[[int], bool]) -> None:
    elsewhere = 0
    for size in _SMALL:
        for number in range(_MOST_BLOCKS):
            filler = _block(size, number)
            place = id(filler)
            _FILLERS.append(filler)
            elsewhere += place % _POOL == _FIRST and not _is_here(place)
            if elsewhere > _MOST_ELSEWHERE:
                _PLACE.clear()
            if is_enough(place):
                break


def _block(size: int, number: int) -> object:
    """An object that takes a block of that size, and that no garbage collection looks at."""
    if size == 16:
        return object()
    if size == 32:
        return 1 << 29 | number
    return bytes(size - _BYTES_HEAD)


def _begin_large_page() -> None:
    """Lets what larger objects come from begin in a large page that has room for all of them."""
    for _ in range(_MOST_BLOCKS):
        filler = bytes(_LARGEST)
        room = LARGE - id(filler) % LARGE
        if room > _ROOM:
            return
        _FILLERS.append(filler)


def _fill_heap() -> None:
    """Fills the holes of what larger objects come from, beginning with the largest, until all come from beyond the last one."""
    last: list[bytes] = []
    for _ in range(_MOST_BLOCKS):
        last.append(bytes(_LARGEST))
        if len(last) > 2 and _LARGEST < id(last[-1]) - id(last[-2]) < _LARGEST + 100:
            break
    end = id(last[-2])
    del last
    for size in _LARGER:
        for _ in range(_MOST_BLOCKS):
            filler = bytes(size - _BYTES_HEAD)
            if id(filler) >= end:
                break
            _FILLERS.append(filler)
