"""`(reduced x)`: a value that tells `reduce` and its kin to stop."""

from __future__ import annotations

from typing import final

from ptc_lisp.values.types import Value


@final
class Reduced:
    """Wraps the result of a reduction that is over. Never unwrapped except by reducing functions and `unreduced`."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value
