"""Large results of tools: bytes that are decoded once it is known what the program reads of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values import codec
from ptc_lisp.values.partial import Fields, Need, covers, decode_part, rows_in
from ptc_lisp.values.types import Value


class Wanted(NamedTuple):
    """What one call of a tool in a program needs of a large result. classes: the names that generated code has for the classes
    of its rows, in the order of `rows_in`; no class is made before such a result has come."""

    need: Need
    classes: tuple[str, ...] = ()

    def rows(self) -> Iterator[tuple[str, Fields]]:
        """The names, and what rows they stand for."""
        return zip(self.classes, rows_in(self.need), strict=True)


class Parcel:
    """The result of one call. The same one may be asked for several times, by branches that run again."""

    def __init__(
        self, tool: str, data: memoryview, weighed: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """weighed: around the decoding; raises MemoryError when it took more than the program may use."""
        self._tool = tool
        self._data = data
        self._weighed = weighed
        self._opened: tuple[Need, Value] | None = None

    def open(self, need: Need) -> Value:
        """The result, or what is needed of it. Raises Trap (memory_exceeded) when it is too large for the program."""
        if self._opened is None or not covers(self._opened[0], need):
            self._opened = need, self._decoded(need)
        return self._opened[1]

    def _decoded(self, need: Need) -> Value:
        collecting = gc.isenabled()
        gc.disable()  # nothing that is being built can be garbage
        try:
            with self._weighed():
                return self._part(need)
        except MemoryError:
            self._opened = None
            raise too_heavy(self._tool, len(self._data)) from None
        finally:
            if collecting:
                gc.enable()

    def _part(self, need: Need) -> Value:
        if need is not None:
            try:
                return decode_part(self._data, need)
            except ValueError:  # it is not what the program takes it for
                pass
        return codec.decode_data(self._data)


def too_heavy(tool: str, size: int | None = None) -> Trap:
    """The fault of a result, of so many bytes, that needs more memory than the program has."""
    shown = "" if size is None else f" ({size / 1e6:.1f} MB)"
    return Trap(
        FaultKind.MEMORY_EXCEEDED,
        f"the result of tool/{tool}{shown} needs more memory than the program may use",
        hint=f"ask tool/{tool} for less: a filter, a page, an aggregate. The host can allow more: Limits(memory_bytes=…)",
        details={"tool": tool} if size is None else {"tool": tool, "bytes": size},
    )
