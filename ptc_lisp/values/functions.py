"""Functions as values, and how builtins call them.

A closure of the program is a plain Python function that takes its arguments by position; what the language knows about
it (parameters, arities, the core node to store it by) is found in `FN_INFO` by the name of its code object, which the
compiler makes unique in the worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import flex_get, set_has, vec_list
from ptc_lisp.values.persistent import LispSet, is_map, is_vector
from ptc_lisp.values.rows import Row, row_get
from ptc_lisp.values.types import Composed, Keyword, ToolRef, Value

_PLACEHOLDER = re.compile(r"^p(\d+)$")
_FEW = 8

if TYPE_CHECKING:
    from ptc_lisp.core.nodes import Fn


class FnInfo:
    """What is known about all closures made at one place of a program."""

    __slots__ = ("accepted", "least_variadic", "name", "node", "shown")

    def __init__(
        self,
        name: str | None,
        shown: tuple[str, ...],
        accepted: frozenset[int],
        least_variadic: int | None,
        node: Fn | bytes,
    ) -> None:
        self.name = name
        self.shown = shown  # the parameters of the first arity as written
        self.accepted = accepted  # argument counts of the fixed arities
        self.least_variadic = least_variadic  # fewest arguments of the variadic arity, None without one
        self.node = node  # encoded already where it came so

    def takes(self, count: int) -> bool:
        """Whether a call with `count` arguments fits."""
        return count in self.accepted or (self.least_variadic is not None and count >= self.least_variadic)


FN_INFO: dict[str, FnInfo] = {}
"""By `co_name`. Filled by the compiler when it defines a function; entries live as long as the worker."""


def fn_info(function: FunctionType) -> FnInfo | None:
    """What is known about a closure; None for a Python function that no program made."""
    return FN_INFO.get(function.__code__.co_name)


class Builtin:
    """One builtin function: what it is called, what it accepts, what it does. Made by `builtins.registry.builtin`.

    `fn` takes positional arguments; `least`..`most` is the accepted count (`most` None: any number).
    """

    __slots__ = (
        "area", "clojure", "doc", "examples", "fn", "least", "most", "name", "namespaces", "params", "pure", "ref", "see_also",
    )  # fmt: skip

    def __init__(
        self,
        *,
        name: str,
        ref: str,
        fn: Callable[..., Value],
        least: int,
        most: int | None,
        params: tuple[str, ...],
        doc: str,
        examples: tuple[tuple[str, str], ...],
        area: str,
        namespaces: tuple[str, ...],
        clojure: str,
        pure: bool,
        see_also: tuple[str, ...],
    ) -> None:
        self.name = name
        self.ref = ref
        self.fn = fn
        self.least = least
        self.most = most
        self.params = params
        self.doc = doc
        self.examples = examples
        self.area = area
        self.namespaces = namespaces
        self.clojure = clojure
        self.pure = pure
        self.see_also = see_also

    def takes(self, count: int) -> bool:
        """Whether a call with `count` arguments fits."""
        return count >= self.least and (self.most is None or count <= self.most)


def tool_caller(name: str) -> Callable[..., Value]:
    """A Python callable for a tool value; set by the runtime, which owns the door to the host."""
    return _tool_caller(name)


def _no_tools(name: str) -> Callable[..., Value]:
    raise Trap(FaultKind.UNKNOWN_TOOL, f"tool/{name} cannot be called here: no run is active")


_tool_caller: Callable[[str], Callable[..., Value]] = _no_tools


def set_tool_caller(maker: Callable[[str], Callable[..., Value]]) -> None:
    """Installs what `tool_caller` uses."""
    global _tool_caller  # noqa: PLW0603 - one run is active per worker; the runtime sets this once at import
    _tool_caller = maker


def is_fn(value: Value) -> bool:
    """`fn?`: closures, builtins and combinator results."""
    cls = value.__class__
    return cls is FunctionType or cls is Builtin or cls is Composed


def as_fn(value: Value, count: int, who: str) -> Callable[..., Value]:
    """A Python callable that takes `count` positional arguments, checked once, to be called many times by builtin `who`.

    Functions, keywords, maps, sets, vectors and tools can be called. Raises a Trap: not_callable (message names `who`
    and the value) or arity_error.
    """
    cls = value.__class__
    if cls is FunctionType:
        info = FN_INFO.get(value.__code__.co_name)
        if info is not None and not info.takes(count):
            raise wrong_closure_arity(info, count, who)
        return cast("Callable[..., Value]", value)
    if cls is Builtin:
        if not value.takes(count):
            raise wrong_arity(value, count, who)
        return cast("Callable[..., Value]", value.fn)
    if cls is Composed:
        return cast("Callable[..., Value]", value.fn)
    return _data_fn(value, count, who)


def _data_fn(value: Value, count: int, who: str) -> Callable[..., Value]:
    cls = value.__class__
    if cls is ToolRef:
        return tool_caller(value.name)
    if cls is Keyword:
        made: Callable[..., Value] = lambda m, default=None: keyword_call(value, m, default)  # noqa: E731
    elif is_map(value):
        made = lambda k, default=None: map_call(value, k, default)  # noqa: E731
    elif cls is LispSet:
        made = lambda x: x if set_has(value, x) else None  # noqa: E731
    elif is_vector(value):
        made = lambda i: vector_call(value, i)  # noqa: E731
    else:
        raise not_callable(value, who)
    most = 1 if cls is LispSet or is_vector(value) else 2
    if not 1 <= count <= most:
        raise Trap(
            FaultKind.ARITY_ERROR,
            f"{_shown(value)} used as a function takes {'1 argument' if most == 1 else '1 or 2 arguments'}, got {count}",
            hint=_calls_with(who, count),
        )
    return made


def call(value: Value, *args: Value) -> Value:
    """Calls any callable value. Raises a Trap: not_callable, arity_error, and whatever the function raises."""
    return as_fn(value, len(args), "call")(*args)


def keyword_call(k: Keyword, target: Value, default: Value = None) -> Value:
    """`(:k target default)`: flexible lookup; anything but a map gives the default."""
    if target.__class__ is LispSet:
        return k if set_has(target, k) else default
    if is_map(target):
        return flex_get(target, k, default)
    return row_get(target, k) if isinstance(target, Row) else default


def map_call(mapping: Any, k: Value, default: Value = None) -> Value:
    """`(m k default)`: flexible lookup."""
    return flex_get(mapping, k, default)


def vector_call(vector: Any, index: Value) -> Value:
    """`(v i)`: the item; out of range or a non-integer index is a Trap, as in Clojure."""
    items = vec_list(vector)
    if index.__class__ is int and 0 <= index < len(items):
        return items[index]
    hint = "use (get v i) or (nth v i default) when the index may be missing"
    if items and all(item.__class__ is Keyword for item in items[:_FEW]):
        hint = f"to read several keys write (juxt {' '.join(f':{item.name}' for item in items[:_FEW])})"
    if index.__class__ is float:
        hint = "/ always gives a float: write (quot a b), or (int x)"
    raise Trap(
        FaultKind.TYPE_ERROR,
        f"a vector of {len(items)} items was called with the index {_shown(index)}",
        hint=hint,
    )


_GIVE = "give {} a function, keyword, map or set here; check the order of its arguments"
_SHORT = 40


def not_callable(value: Value, who: str) -> Trap:
    """The fault for calling something that is not a function."""
    if value is None:
        hint = "the name or lookup gave nil: check its spelling, or guard it with (when f …)"
    elif who == "call":
        hint = "the first item of a list is called; write [a b] for a vector"
    elif value.__class__ is str:
        hint = (
            f"for a key use the keyword :{value}"
            if value.isidentifier() and len(value) < _SHORT
            else _GIVE.format(who)
        )
    elif value.__class__ is bool:
        hint = "the test ran too early: make a function of it, e.g. #(> (:n %) 10)"
    else:
        hint = _GIVE.format(who)
    place = "" if who == "call" else f"{who}: "
    details = {} if who == "call" else {"function": who}
    return Trap(
        FaultKind.NOT_CALLABLE, f"{place}{_shown(value)} is not a function", hint=hint, details=details
    )


def wrong_arity(builtin: Builtin, count: int, who: str = "call") -> Trap:
    """The fault for calling a builtin with a wrong number of arguments."""
    usage = " or ".join(f"({builtin.ref}{' ' if p else ''}{p})" for p in builtin.params)
    by = "" if who == "call" else f" from {who}"
    return Trap(
        FaultKind.ARITY_ERROR,
        f"{builtin.ref} takes {_counts(builtin)}, got {count}{by}",
        hint=f"usage: {usage}",
    )


def wrong_closure_arity(info: FnInfo, count: int, who: str = "call") -> Trap:
    """The fault for calling a closure with a wrong number of arguments."""
    parts = [str(n) for n in sorted(info.accepted)]
    if info.least_variadic is not None:
        parts.append(f"{info.least_variadic} or more")
    accepted = " or ".join(parts)
    name = info.name or "the function"
    shown = [_PLACEHOLDER.sub(r"%\1", param) for param in info.shown] if info.name is None else info.shown
    by = "" if who == "call" else f" from {who}"
    return Trap(
        FaultKind.ARITY_ERROR,
        f"{name} [{' '.join(shown)}] takes {accepted} argument{'' if accepted == '1' else 's'}, got {count}{by}",
        hint=_calls_with(who, count, pairs=count == 1 and 2 in info.accepted),
    )


def _calls_with(who: str, count: int, *, pairs: bool = False) -> str:
    """What a function given to `who` must look like; with `pairs` also how to take [key value] items apart."""
    if who == "call":
        return "give one argument for each parameter" if count else "give its arguments: (f x)"
    names = "acc x" if who.startswith(("reduce", "reductions")) and count == 2 else " ".join("xyzuvw"[:count])
    names = "acc k v" if who == "reduce-kv" else "i x" if who.endswith("-indexed") else names
    shape = f"(fn [{names}] …)" if count <= 6 else f"a function of {count} arguments"
    items = "; for [key value] items write (fn [[k v]] …)" if pairs else ""
    return f"{who} calls it with {count} argument{'' if count == 1 else 's'}: {shape}{items}"


def _counts(builtin: Builtin) -> str:
    least, most = builtin.least, builtin.most
    if most is None:
        return f"{least} or more arguments" if least else "any number of arguments"
    if least == most:
        return f"{least} argument{'' if least == 1 else 's'}"
    return f"{least} to {most} arguments" if most - least > 1 else f"{least} or {most} arguments"


def _shown(value: Value) -> str:
    # Imported here: printing shows functions, so it imports this module.
    from ptc_lisp.values.printing import brief  # noqa: PLC0415

    return brief(value)
