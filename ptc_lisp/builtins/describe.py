"""`describe`: the shape of unknown data in one map, within fixed caps whatever its size."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import deque
from collections.abc import Iterable
from itertools import islice
from types import FunctionType
from typing import cast

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.values.collections import flex_get
from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.keys import key, unkey
from ptc_lisp.values.persistent import LispSet, PMap, PVec, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.printing import display, format_value
from ptc_lisp.values.types import Composed, Keyword, Regex, Stream, Symbol, ToolRef, Value, Var, kw

_MAX_ITEMS = 1_000
_MAX_KEYS = 100
_MAX_PATHS = 300
_MAX_PATH_VALUES = 10_000
_MAX_DISTINCT = 50
_EXAMPLE_CHARS = 120
_DEPTHS = (1, 1, 5)  # least, default, most
_SAMPLES = (1, 3, 3)
_PLAIN = frozenset({type(None), bool, int, float, str, Keyword})
_COUNTABLE = frozenset({str, list, PVec, dict, PMap, LispSet})
_NUMBER_TEXT = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_NUMBER_CHARS = 64

_TYPE_NAMES: dict[type, str] = {
    type(None): "nil",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    Keyword: "keyword",
    list: "vector",
    PVec: "vector",
    dict: "map",
    PMap: "map",
    LispSet: "set",
    Regex: "regex",
    Symbol: "symbol",
    Var: "var",
    ToolRef: "tool",
    Stream: "stream",
    FunctionType: "function",
    Builtin: "function",
    Composed: "function",
    dt.date: "date",
    dt.datetime: "instant",
    dt.timedelta: "duration",
}


@builtin(
    "describe", "x", "x opts", area="data", ns=(), clojure="extension",
    doc=(
        "The shape of a value as a map: :type, :count, :item_types, per key its types, examples, how often it is present, its "
        "range. Opts: :paths true for nested paths, :depth 1-5, :sample 1-3 examples."
    ),
    examples=[
        ('(:item_types (describe [1 2.5 "x"]))', '{"integer" 1 "float" 1 "string" 1}'),
        ('(get-in (describe [{"n" 1} {"n" 5}]) [:keys "n" :range])', "{:min 1 :max 5}"),
    ],
    see_also=("type", "frequencies"),
)  # fmt: skip
def describe(x: Value, opts: Value = None) -> Value:
    """`(describe x opts?)`. Options that are out of range are clamped, unknown ones ignored."""
    survey = _Survey(_option(opts, "depth", _DEPTHS), _option(opts, "sample", _SAMPLES))
    if is_map(x):
        report = survey.map_report(x)
    elif is_vector(x) or x.__class__ is LispSet:
        report = survey.items_report(x)
    else:
        profile = _Profile()
        profile.add(x, survey.sample)
        report = {"type": _type_name(x), "sample": _example(x), **profile.report()}
    wanted = flex_get(opts, kw("paths")) if is_map(opts) else None
    if wanted is not None and wanted is not False:
        report["paths"] = survey.paths_report(x)
    tick(survey.seen)
    if survey.caps:
        report["truncated"] = True
        report["caps_hit"] = sorted(survey.caps)
    return {kw(name): value for name, value in report.items()}


class _Profile:
    """What is known about the values found at one place."""

    __slots__ = (
        "countable", "distinct", "distinct_capped", "examples", "least", "most", "non_empty", "roots", "shown", "types",
    )  # fmt: skip

    def __init__(self) -> None:
        self.types: dict[str, int] = {}
        self.examples: list[Value] = []
        self.shown: set[str] = set()
        self.distinct: set[Value] = set()
        self.distinct_capped = False
        self.countable = False
        self.non_empty = 0
        self.least: int | float | None = None
        self.most: int | float | None = None
        self.roots: set[int] = set()

    def add(self, value: Value, sample: int, root: int = 0) -> None:
        """Take in a value; `root` is the index of the item of the collection that it was found in."""
        cls = value.__class__
        name = _type_name(value)
        self.types[name] = self.types.get(name, 0) + 1
        self.roots.add(root)
        if cls in _PLAIN and not (cls is float and not math.isfinite(value)):
            self._count_distinct(key(value))
        if cls in _COUNTABLE:
            self.countable = True
            self.non_empty += _is_filled(value)
        number = _number(value)
        if number is not None:
            self.least = number if self.least is None or number < self.least else self.least
            self.most = number if self.most is None or number > self.most else self.most
        if len(self.examples) < sample:
            text = _text(value)
            if text not in self.shown:
                self.shown.add(text)
                self.examples.append(_example(value))

    def _count_distinct(self, identity: Value) -> None:
        if len(self.distinct) < _MAX_DISTINCT:
            self.distinct.add(identity)
        elif identity not in self.distinct:
            self.distinct_capped = True

    def report(self, scanned: int | None = None) -> dict[str, Value]:
        """The profile by name; `scanned` is the count of items that could have a value here, None for a single value."""
        found: dict[str, Value] = {"types": self.types, "examples": self.examples}
        if scanned:
            found["present"] = len(self.roots)
            found["pct"] = round(100 * len(self.roots) / scanned, 1)
        if self.distinct:
            found["distinct_count"] = len(self.distinct)
            if self.distinct_capped:
                found["distinct_capped"] = True
        if self.countable:
            found["non_empty"] = self.non_empty
        if self.least is not None:
            found["range"] = {kw("min"): self.least, kw("max"): self.most}
        return found


class _Survey:
    """One `describe`: its options, the caps it hit, and how many values it looked at."""

    def __init__(self, depth: int, sample: int) -> None:
        self.depth = depth
        self.sample = sample
        self.caps: set[str] = set()
        self.seen = 0

    def map_report(self, value: Value) -> dict[str, Value]:
        entries = map_raw(value)
        profiles: dict[str, _Profile] = {}
        for raw, item in self._capped(entries.items(), _MAX_KEYS, "max_keys"):
            self._add(profiles, _label(unkey(raw)), item)
        return {
            "type": "map",
            "count": len(entries),
            "key_types": _counts(unkey(raw) for raw in islice(entries, _MAX_KEYS)),
            "keys": _reports(profiles, None),
        }

    def items_report(self, value: Value) -> dict[str, Value]:
        is_set = value.__class__ is LispSet
        everything = list(map_raw(value.raw).values()) if is_set else vec_list(value)
        items = list(self._capped(everything, _MAX_ITEMS, "max_items"))
        report: dict[str, Value] = {
            "type": _type_name(value),
            "count": len(everything) if is_set else len(items),
            "scanned": len(items),
            "item_types": _counts(items),
        }
        if not is_set and len(items) < len(everything):
            report["count_capped"] = True
        maps = [] if is_set else [(root, map_raw(item)) for root, item in enumerate(items) if is_map(item)]
        if maps:
            profiles: dict[str, _Profile] = {}
            for root, entries in maps:
                for raw, item in self._capped(entries.items(), _MAX_KEYS, "max_keys"):
                    self._add(profiles, _label(unkey(raw)), item, root=root)
            report["key_types"] = _counts(
                unkey(raw) for _, entries in maps for raw in islice(entries, _MAX_KEYS)
            )
            report["keys"] = _reports(profiles, len(items))
        self.seen += len(items)
        return report

    def paths_report(self, value: Value) -> dict[str, Value]:
        """The profile of each dotted path; the items of a vector stand at the path of their vector."""
        profiles: dict[str, _Profile] = {}
        items = list(self._capped(vec_list(value), _MAX_ITEMS, "max_items")) if is_vector(value) else [value]
        pending: deque[tuple[str, int, int, Value]] = deque(
            ("", 0, root, item) for root, item in enumerate(items) if is_map(item)
        )
        added = 0
        while pending:
            path, depth, root, found = pending.popleft()
            if is_vector(found):
                held = self._capped(vec_list(found), _MAX_ITEMS, "max_items")
                if len(pending) < _MAX_PATH_VALUES:
                    pending.extend(
                        (path, depth, root, item) for item in held if is_map(item) or is_vector(item)
                    )
                continue
            for raw, item in self._capped(map_raw(found).items(), _MAX_KEYS, "max_keys"):
                if added >= _MAX_PATH_VALUES:
                    self.caps.add("max_path_values")
                    return _reports(profiles, len(items))
                part = _label(unkey(raw)).replace("\\", "\\\\").replace(".", "\\.")
                place = f"{path}.{part}" if path else part
                self._add(profiles, place, item, root, _MAX_PATHS, "max_paths")
                added += 1
                if depth + 1 < self.depth and (is_map(item) or is_vector(item)):
                    pending.append((place, depth + 1, root, item))
        return _reports(profiles, len(items))

    def _add(  # noqa: PLR0917 - place, value and cap of one entry
        self,
        profiles: dict[str, _Profile],
        name: str,
        item: Value,
        root: int = 0,
        most: int = _MAX_KEYS,
        cap: str = "max_keys",
    ) -> None:
        profile = profiles.get(name)
        if profile is None:
            if len(profiles) >= most:
                self.caps.add(cap)
                return
            profile = profiles[name] = _Profile()
        profile.add(item, self.sample, root)
        self.seen += 1

    def _capped(self, items: Iterable[Value], most: int, cap: str) -> Iterable[Value]:
        found = list(islice(items, most + 1))
        if len(found) > most:
            self.caps.add(cap)
            found.pop()
        return found


def _option(opts: Value, name: str, bounds: tuple[int, int, int]) -> int:
    least, default, most = bounds
    value = flex_get(opts, kw(name)) if is_map(opts) else None
    return min(max(cast("int", value), least), most) if value.__class__ is int else default


def _type_name(value: Value) -> str:
    if value.__class__ is float and not math.isfinite(value):
        return "nan" if math.isnan(value) else "infinity"
    return _TYPE_NAMES.get(value.__class__, "unknown")


def _example(value: Value) -> Value:
    """Plain values as they are, long text cut; everything else as it prints."""
    if value.__class__ not in _PLAIN:
        return _text(value)
    if value.__class__ is str and len(value) > _EXAMPLE_CHARS:
        return f"{value[:_EXAMPLE_CHARS]}...({len(value)} chars)"
    return value


def _text(value: Value) -> str:
    return format_value(value, printable_limit=_EXAMPLE_CHARS, max_chars=_EXAMPLE_CHARS)[0]


def _is_filled(value: Value) -> bool:
    if value.__class__ is LispSet:
        value = value.raw
    return len(map_raw(value) if is_map(value) else value) > 0


def _number(value: Value) -> int | float | None:
    """The number that a value is or, as text, stands for."""
    if value.__class__ is int:
        return value
    if value.__class__ is str and len(value) <= _NUMBER_CHARS and _NUMBER_TEXT.fullmatch(value):
        value = float(value)
    return value if value.__class__ is float and math.isfinite(value) else None


def _label(name: Value) -> str:
    return name if name.__class__ is str else display(name) if name is not None else "nil"


def _counts(values: Iterable[Value]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        name = _type_name(value)
        counts[name] = counts.get(name, 0) + 1
    return counts


def _reports(profiles: dict[str, _Profile], scanned: int | None) -> dict[str, Value]:
    reports: dict[str, Value] = {}
    for name, profile in profiles.items():
        report = profile.report(scanned)
        count = sum(profile.types.values())
        if scanned and count > len(profile.roots):
            report["value_count"] = count
        reports[name] = {kw(field): value for field, value in report.items()}
    return reports
