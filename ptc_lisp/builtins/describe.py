"""`describe`: the shape of unknown data in one map, within fixed caps whatever its size."""

from __future__ import annotations

import datetime as dt
import math
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
from ptc_lisp.values.strings import grapheme_count
from ptc_lisp.values.types import Composed, Keyword, Regex, Stream, Symbol, ToolRef, Value, Var, kw

_MAX_ITEMS = 1_000
_MAX_KEYS = 100
_MAX_PATHS = 300
_MAX_PATH_VALUES = 10_000
_MAX_DISTINCT = 50
_EXAMPLE_CHARS = 120
_DEPTHS = (1, 2, 5)  # least, default, most
_SAMPLES = (1, 3, 3)

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
        report = {"type": _type_name(x), "sample": next(iter(profile.examples), None), **profile.report(None)}
        del report["present"]
        if x.__class__ is str:
            report["count"] = grapheme_count(x)
    if is_map(opts) and flex_get(opts, kw("paths")) is True and (is_map(x) or is_vector(x)):
        report["paths"] = survey.paths_report(x)
    tick(survey.seen)
    if survey.caps:
        report["truncated"] = True
        report["caps_hit"] = sorted(survey.caps)
    return {kw(name): value for name, value in report.items()}


class _Profile:
    """What is known about the values found at one place."""

    __slots__ = ("distinct", "examples", "least", "most", "non_empty", "present", "strings", "types")

    def __init__(self) -> None:
        self.present = 0
        self.types: dict[str, int] = {}
        self.examples: list[str] = []
        self.distinct: set[Value] = set()
        self.strings = 0
        self.non_empty = 0
        self.least: int | float | None = None
        self.most: int | float | None = None

    def add(self, value: Value, sample: int) -> None:
        self.present += 1
        cls = value.__class__
        name = _type_name(value)
        self.types[name] = self.types.get(name, 0) + 1
        if len(self.distinct) < _MAX_DISTINCT and cls not in {list, PVec, dict, PMap, LispSet}:
            self.distinct.add(key(value))
        if cls is str:
            self.strings += 1
            self.non_empty += value != ""
        elif (cls is int or cls is float) and not (cls is float and math.isnan(value)):
            self.least = value if self.least is None or value < self.least else self.least
            self.most = value if self.most is None or value > self.most else self.most
        if len(self.examples) < sample and value is not None:
            text = format_value(value, limit=5, printable_limit=80, max_chars=_EXAMPLE_CHARS)[0]
            if text not in self.examples:
                self.examples.append(text)

    def report(self, scanned: int | None) -> dict[str, Value]:
        """The profile by name; `scanned` gives the base of the percentage, None leaves it out."""
        found: dict[str, Value] = {"types": self.types, "examples": self.examples, "present": self.present}
        if scanned:
            found["pct"] = round(100 * self.present / scanned, 1)
        if self.distinct:
            found["distinct_count"] = len(self.distinct)
            if len(self.distinct) >= _MAX_DISTINCT:
                found["count_capped"] = True
        if self.strings:
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
        for raw, item in self._capped(entries.items(), _MAX_KEYS, "keys"):
            self._add(profiles, _label(unkey(raw)), item)
        return {
            "type": "map",
            "count": len(entries),
            "key_types": _counts(unkey(raw) for raw in islice(entries, _MAX_KEYS)),
            "keys": _reports(profiles, None),
        }

    def items_report(self, value: Value) -> dict[str, Value]:
        everything = list(map_raw(value.raw).values()) if value.__class__ is LispSet else vec_list(value)
        items = list(self._capped(everything, _MAX_ITEMS, "items"))
        report: dict[str, Value] = {
            "type": _type_name(value),
            "count": len(everything),
            "scanned": len(items),
            "item_types": _counts(items),
        }
        maps = [map_raw(item) for item in items if is_map(item)]
        if maps:
            profiles: dict[str, _Profile] = {}
            for entries in maps:
                for raw, item in self._capped(entries.items(), _MAX_KEYS, "keys"):
                    self._add(profiles, _label(unkey(raw)), item)
            report["key_types"] = _counts(
                unkey(raw) for entries in maps for raw in islice(entries, _MAX_KEYS)
            )
            report["keys"] = _reports(profiles, len(items))
        else:
            profile = _Profile()
            for item in items:
                profile.add(item, self.sample)
            self.seen += len(items)
            report.update(
                {
                    name: found
                    for name, found in profile.report(None).items()
                    if name not in {"types", "present"}
                }
            )
        return report

    def paths_report(self, value: Value) -> dict[str, Value]:
        profiles: dict[str, _Profile] = {}
        pending: deque[tuple[str, int, Value]] = deque([("", 0, value)])
        added = 0
        while pending:
            path, depth, found = pending.popleft()
            if is_vector(found):
                # Items stand at the path of their vector.
                items = self._capped(vec_list(found), _MAX_ITEMS, "items")
                if len(pending) < _MAX_PATH_VALUES:
                    pending.extend((path, depth, item) for item in items if is_map(item) or is_vector(item))
                continue
            for raw, item in map_raw(found).items():
                if added >= _MAX_PATH_VALUES:
                    self.caps.add("path_values")
                    return _reports(profiles, None)
                label = _label(unkey(raw))
                place = f"{path}.{label}" if path else label
                self._add(profiles, place, item, _MAX_PATHS, "paths")
                added += 1
                if depth + 1 < self.depth and (is_map(item) or is_vector(item)):
                    pending.append((place, depth + 1, item))
        return _reports(profiles, None)

    def _add(
        self, profiles: dict[str, _Profile], name: str, item: Value, most: int = _MAX_KEYS, cap: str = "keys"
    ) -> None:
        profile = profiles.get(name)
        if profile is None:
            if len(profiles) >= most:
                self.caps.add(cap)
                return
            profile = profiles[name] = _Profile()
        profile.add(item, self.sample)
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
    return _TYPE_NAMES.get(value.__class__, "unknown")


def _label(name: Value) -> str:
    return name if name.__class__ is str else display(name) if name is not None else "nil"


def _counts(values: Iterable[Value]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        name = _type_name(value)
        counts[name] = counts.get(name, 0) + 1
    return counts


def _reports(profiles: dict[str, _Profile], scanned: int | None) -> dict[str, Value]:
    return {
        name: {kw(field): value for field, value in profile.report(scanned).items()}
        for name, profile in profiles.items()
    }
