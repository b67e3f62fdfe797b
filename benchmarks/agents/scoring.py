"""Whether an answer is right, and what went wrong when it is not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

TOLERANCE = 0.011
"""Absolute: two sums of the same amounts, taken in another order and rounded to cents, may differ by one cent."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one task in one run. `outcome` is `pass`, `wrong value`, or the kind of the fault that ended it;
    `first` is what the first program did: `ran`, or the kind of its fault; `faults` are the kinds of all turns' faults."""

    task: str
    nature: str
    profile: str
    run: int
    outcome: str
    first: str
    turns: int
    input_tokens: int
    output_tokens: int
    seconds: float
    faults: tuple[str, ...] = ()
    given: Any = None
    wanted: Any = None

    @property
    def passed(self) -> bool:
        """Whether every part's answer was right."""
        return self.outcome == "pass"


def same(given: Any, wanted: Any) -> bool:
    """Whether two JSON-shaped values agree: numbers within TOLERANCE, everything else exactly."""
    if isinstance(wanted, bool) or isinstance(given, bool):
        return given is wanted
    if isinstance(wanted, int | float) and isinstance(given, int | float):
        return math.isclose(given, wanted, rel_tol=0, abs_tol=0 if isinstance(wanted, int) else TOLERANCE)
    if isinstance(wanted, dict) and isinstance(given, dict):
        return given.keys() == wanted.keys() and all(same(given[k], v) for k, v in wanted.items())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str) and isinstance(given, list):
        return len(given) == len(wanted) and all(map(same, given, wanted))
    return type(given) is type(wanted) and given == wanted
