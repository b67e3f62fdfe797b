"""Builtins that take a part of a sequence or cut it into parts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile, islice

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.seq_support import coll, derive, flow, is_stream, positive, take_from, view, whole
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.keys import key
from ptc_lisp.values.lookup import marks
from ptc_lisp.values.persistent import is_vector, vec_after
from ptc_lisp.values.types import ABSENT, Value

AREA = "sequences"


@builtin(
    "take", "n coll", doc="The first n items, or all when there are fewer; [] when n is not positive.",
    examples=[("(take 2 [4 5 6])", "[4 5]"), ("(take 3 (iterate inc 1))", "[1 2 3]"), ('(take 2 "yes")', '["y" "e"]')],
    area=AREA, see_also=("drop", "take-while", "take-last"),
)  # fmt: skip
def _take(n: Value, value: Value) -> list[Value]:
    return take_from(value, whole(n, "take", 1), "take", 2)


@builtin(
    "drop", "n coll", doc="All items after the first n; all when n is not positive.",
    examples=[("(drop 2 [4 5 6])", "[6]"), ("(drop 9 [4])", "[]")], area=AREA, see_also=("take", "drop-last"),
)  # fmt: skip
def _drop(n: Value, value: Value) -> Value:
    return _dropped(n, value, "drop", 1)


def _dropped(n: Value, value: Value, who: str, n_position: int) -> Value:
    count = max(whole(n, who, n_position), 0)
    if is_stream(value):
        return derive(who, value, lambda items: islice(items, count, None))
    return vec_after(value, count) if is_vector(value) else view(value, who, 3 - n_position)[count:]


@builtin(
    "nthrest", "coll n", doc="All items after the first n, as a vector.",
    examples=[("(nthrest [4 5 6] 2)", "[6]")], area=AREA,
)  # fmt: skip
def _nthrest(value: Value, n: Value) -> Value:
    return _dropped(n, value, "nthrest", 2)


@builtin(
    "nthnext", "coll n", doc="All items after the first n, or nil when nothing is left.",
    examples=[("(nthnext [4 5 6] 2)", "[6]"), ("(nthnext [4] 1)", "nil")], area=AREA,
)  # fmt: skip
def _nthnext(value: Value, n: Value) -> Value:
    return _dropped(n, value, "nthnext", 2) or None


@builtin(
    "take-last", "n coll", doc="The last n items, or nil when there are none to take.",
    examples=[("(take-last 2 [4 5 6])", "[5 6]"), ("(take-last 2 [])", "nil")], area=AREA,
)  # fmt: skip
def _take_last(n: Value, value: Value) -> Value:
    count = whole(n, "take-last", 1)
    items = view(value, "take-last", 2)
    return items[-count:] or None if count > 0 else None


@builtin(
    "drop-last", "coll", "n coll", doc="All items but the last n (1 without n).",
    examples=[("(drop-last [4 5 6])", "[4 5]"), ("(drop-last 2 [4 5 6])", "[4]")], area=AREA, see_also=("butlast",),
)  # fmt: skip
def _drop_last(first: Value, value: Value = ABSENT) -> list[Value]:
    if value is ABSENT:
        return view(first, "drop-last", 1)[:-1]
    count = whole(first, "drop-last", 1)
    items = view(value, "drop-last", 2)
    return items[: max(len(items) - max(count, 0), 0)]


@builtin(
    "take-while", "pred coll", doc="The items up to, not including, the first for which pred is falsy.",
    examples=[("(take-while even? [2 4 5 6])", "[2 4]")], area=AREA, see_also=("drop-while", "filter"),
)  # fmt: skip
def _take_while(pred: Value, value: Value) -> list[Value]:
    fn = as_fn(pred, 1, "take-while")
    kept: list[Value] = []
    for item in flow(value, "take-while", 2):
        answer = fn(item)
        if answer is None or answer is False:
            break
        kept.append(item)
    return kept


@builtin(
    "drop-while", "pred coll", doc="The items from the first on for which pred is falsy.",
    examples=[("(drop-while even? [2 4 5 6])", "[5 6]")], area=AREA, see_also=("take-while", "remove"),
)  # fmt: skip
def _drop_while(pred: Value, value: Value) -> Value:
    fn = as_fn(pred, 1, "drop-while")
    if is_stream(value):
        return derive("drop-while", value, lambda items: dropwhile(lambda item: _truthy(fn(item)), items))
    items = coll(value, "drop-while", 2)
    for place, item in enumerate(items):
        if not _truthy(fn(item)):
            return items[place:]
    return []


@builtin(
    "take-nth", "n coll", doc="Every nth item, beginning with the first.",
    examples=[("(take-nth 2 [1 2 3 4 5])", "[1 3 5]")], area=AREA,
)  # fmt: skip
def _take_nth(n: Value, value: Value) -> Value:
    step = positive(n, "take-nth", 1)
    if is_stream(value):
        return derive("take-nth", value, lambda items: islice(items, 0, None, step))
    return view(value, "take-nth", 2)[::step]


@builtin(
    "split-at", "n coll", doc="[(take n coll) (drop n coll)].", examples=[("(split-at 2 [4 5 6])", "[[4 5] [6]]")],
    area=AREA, aliases=("splitv-at",),
)  # fmt: skip
def _split_at(n: Value, value: Value) -> Value:
    return [take_from(value, whole(n, "split-at", 1), "split-at", 2), _dropped(n, value, "split-at", 1)]


@builtin(
    "split-with", "pred coll", doc="[(take-while pred coll) (drop-while pred coll)].",
    examples=[("(split-with even? [2 5 6])", "[[2] [5 6]]")], area=AREA,
)  # fmt: skip
def _split_with(pred: Value, value: Value) -> Value:
    fn = as_fn(pred, 1, "split-with")
    items = coll(value, "split-with", 2)
    for place, item in enumerate(items):
        if not _truthy(fn(item)):
            return [items[:place], items[place:]]
    return [items, []]


@builtin(
    "partition", "n coll", "n step coll", "n step pad coll",
    doc="Vectors of n items, each starting step (n when not given) after the one before. Left-over items are dropped, "
    "unless pad fills up the last vector as far as it goes.",
    examples=[
        ("(partition 2 [1 2 3 4 5])", "[[1 2] [3 4]]"),
        ("(partition 2 1 [1 2 3])", "[[1 2] [2 3]]"),
        ("(partition 3 3 [0] [1 2 3 4])", "[[1 2 3] [4 0]]"),
    ],
    area=AREA, see_also=("partition-all", "partition-by"), aliases=("partitionv",),
)  # fmt: skip
def _partition(n: Value, second: Value, third: Value = ABSENT, fourth: Value = ABSENT) -> Value:
    size = positive(n, "partition", 1)
    step = size if third is ABSENT else positive(second, "partition", 2)
    value, position = (second, 2) if third is ABSENT else (third, 3) if fourth is ABSENT else (fourth, 4)
    if is_stream(value):
        return derive("partition", value, lambda items: _windows(items, size, step))
    items = coll(value, "partition", position)
    full = range(0, len(items) - size + 1, step)
    tick(len(full) * size)
    parts: list[Value] = [items[start : start + size] for start in full]
    if fourth is not ABSENT:
        tail = items[len(full) * step :]
        if tail:
            parts.append((tail + coll(third, "partition", 3))[:size])
    return parts


@builtin(
    "partition-all", "n coll", "n step coll",
    doc="As partition, but the last vectors may be shorter, so that no item is lost.",
    examples=[("(partition-all 2 [1 2 3])", "[[1 2] [3]]")], area=AREA, aliases=("partitionv-all",),
)  # fmt: skip
def _partition_all(n: Value, second: Value, third: Value = ABSENT) -> Value:
    size = positive(n, "partition-all", 1)
    step = size if third is ABSENT else positive(second, "partition-all", 2)
    value, position = (second, 2) if third is ABSENT else (third, 3)
    if is_stream(value):
        return derive("partition-all", value, lambda items: _windows(items, size, step))
    items = coll(value, "partition-all", position)
    starts = range(0, len(items), step)
    tick(len(starts) * min(size, len(items)))
    return [items[start : start + size] for start in starts]


def _windows(items: Iterator[Value], size: int, step: int) -> Iterator[Value]:
    """Endless vectors of `size` items, `step` apart."""
    window = list(islice(items, size))
    while True:
        yield window.copy()
        if step < size:
            window = [*window[step:], *islice(items, step)]
        else:
            window = list(islice(items, step - size, step))


@builtin(
    "partition-by", "f coll", doc="Vectors of neighbours for which f gives the same value.",
    examples=[("(partition-by odd? [1 3 2 5])", "[[1 3] [2] [5]]")], area=AREA, see_also=("group-by",),
)  # fmt: skip
def _partition_by(f: Value, value: Value) -> list[Value]:
    fn = as_fn(f, 1, "partition-by")
    items = coll(value, "partition-by", 2)
    parts: list[Value] = []
    previous: Value = ABSENT
    for item, mark in zip(items, marks([fn(item) for item in items]), strict=True):
        if parts and mark == previous:
            parts[-1].append(item)
        else:
            parts.append([item])
        previous = mark
    return parts


@builtin(
    "dedupe", "coll", doc="The items without those that equal the one before.",
    examples=[("(dedupe [1 1 2 2 1])", "[1 2 1]")], area=AREA, see_also=("distinct",),
)  # fmt: skip
def _dedupe(value: Value) -> list[Value]:
    items = coll(value, "dedupe", 1)
    seen = marks(items)
    return [item for place, item in enumerate(items) if place == 0 or seen[place] != seen[place - 1]]


@builtin(
    "distinct", "coll", doc="The items without repetitions, in the order of their first occurrence.",
    examples=[("(distinct [3 1 3 2 1])", "[3 1 2]")], area=AREA, see_also=("distinct-by", "dedupe", "frequencies"),
)  # fmt: skip
def _distinct(value: Value) -> Value:
    if is_stream(value):
        return derive("distinct", value, _new_items)
    items = coll(value, "distinct", 1)
    hashable = marks(items)
    if hashable is items:
        return list(dict.fromkeys(items))
    seen: dict[Value, Value] = {}
    for mark, item in zip(hashable, items, strict=True):
        seen.setdefault(mark, item)
    return list(seen.values())


def _new_items(items: Iterator[Value]) -> Iterator[Value]:
    seen: set[Value] = set()
    for item in items:
        mark = key(item)
        if mark not in seen:
            seen.add(mark)
            yield item


def _truthy(value: Value) -> bool:
    return value is not None and value is not False
