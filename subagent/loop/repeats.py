"""Detects models that are stuck: the same program, byte for byte, again and again."""

from __future__ import annotations

from collections.abc import Sequence

from subagent.loop.records import Turn

MOST_FAILING = 3
"""So many identical failing programs in a row end a run."""


def repeats(turns: Sequence[Turn]) -> int:
    """How many of the latest turns in a row wrote the latest program; 0 when there was none."""
    last = turns[-1].program if turns else None
    if last is None:
        return 0
    count = 0
    for turn in reversed(turns):
        if turn.program != last:
            break
        count += 1
    return count


def failing_repeats(turns: Sequence[Turn]) -> int:
    """How many of the latest turns in a row wrote the latest program, and all failed."""
    times = repeats(turns)
    return times if times and all(turn.error is not None for turn in turns[-times:]) else 0
