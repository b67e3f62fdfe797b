"""Code for accumulators of `reduce` and `loop` that grow in place: maps to which each turn adds an entry, vectors to which it adds
an item.

Values are immutable, so `(reduce (fn [m r] (update m (:k r) (fnil inc 0))) {} rows)` makes a new map for each row. If the first
map is a literal in the call, and a turn only looks things up in its map and returns it changed, nobody can see the older maps, and
one dict is enough. The same goes for nested maps, if all changes are by `update-in` and `assoc-in` at one depth and only what lies
at that depth is looked up. Everything else (order, faults, steps) is as without this.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import count
from typing import TypeAlias

from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.core import nodes as core
from ptc_lisp.core.walk import children, free_locals
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.codegen import Dest, arguments, expression
from ptc_lisp.runtime.emitter import Emitter, Inlined
from ptc_lisp.runtime.gen_values import key_form
from ptc_lisp.values.functions import Builtin

_LOOKS = frozenset({"get", "get-in", "contains?", "count", "empty?", "nil?", "some?"})
"""Builtins that give nothing back in which their first argument is."""

_TELLS = frozenset({"count", "empty?", "nil?", "some?", "contains?"})
"""Builtins that give nothing back that is in their first argument."""

_DEEPEST = 4

_numbers = count(1)

_Steps: TypeAlias = "dict[str, Callable[[core.Call], bool]]"
"""What may be done to an accumulator, by registry ref, and whether a call does it in a way that is known."""

_LookedAt: TypeAlias = "Callable[[core.Call], int | None]"
"""Where among the children of a call the collection is that it looks into, if it keeps nothing that will change."""


class Grown(Dest):
    """Where the turns of a `reduce` leave their accumulator, a dict or list of its own."""

    __slots__ = ("_name",)

    def __init__(self, target: str, name: str) -> None:
        """name: of the accumulator in the program."""
        super().__init__(target)
        self._name = name

    def receive(self, e: Emitter, node: core.Node) -> None:
        """Writes what one end of a turn does to it."""
        if not isinstance(node, core.Call) or not isinstance(node.fn, core.BuiltinRef):
            super().receive(e, node)  # the accumulator itself
            return
        grow(e, self.target or "", node)


def grown(start: core.Node, name: str, body: core.Node, target: str) -> Grown | None:
    """The place for an accumulator that begins as `start`; None when it cannot grow in place."""
    return Grown(target, name) if any(_grows(body, name, *way) for way in _ways(start)) else None


def grown_in_loop(node: core.Loop) -> frozenset[str]:
    """The names of a loop that are accumulators which grow in place."""
    return frozenset([binding.name for place, binding in enumerate(node.bindings) if _grows_at(node, place)])


def grow(e: Emitter, target: str, node: core.Node) -> None:
    """Writes what a turn does to its accumulator, the local of that Python name."""
    if isinstance(node, core.Call) and isinstance(node.fn, core.BuiltinRef):
        line = e.unit.place(node)
        _WRITES[node.fn.ref](e, target, node, line)


def _ways(start: core.Node) -> list[tuple[_Steps, _LookedAt]]:
    """In which ways something that begins so may grow."""
    if isinstance(start, core.VectorNode):
        return [(_VECTOR_STEPS, _looked_at)]
    if not isinstance(start, core.MapNode):
        return []
    nested = [] if start.items else [_nested(depth) for depth in range(2, _DEEPEST + 1)]
    return [(_MAP_STEPS, _looked_at), *nested]


def _grows_at(node: core.Loop, place: int) -> bool:
    name = node.bindings[place].name
    others = [binding.value for binding in node.bindings[place + 1 :]]
    return any(
        all(_only_looks(other, name, looked_at) for other in others)
        and _turns_grow(node.body, place, name, steps, looked_at)
        for steps, looked_at in _ways(node.bindings[place].value)
    )


def _turns_grow(body: core.Node, place: int, name: str, steps: _Steps, looked_at: _LookedAt) -> bool:
    """Whether each `recur` changes the accumulator in a known way, after all that it looks up in it. What the loop gives in the
    end may be anything: then it grows no more."""
    grows = False
    for tail in _tails(body, name, looked_at):
        if tail is None or (not isinstance(tail, core.Recur) and _turns(tail)):
            return False
        if not isinstance(tail, core.Recur):
            continue
        mine, after = tail.args[place], tail.args[place + 1 :]
        sees = [_only_looks(arg, name, looked_at) for arg in tail.args[:place]]
        if not all(sees) or not all(_only_looks(arg, name, lambda _: None) for arg in after):
            return False
        if isinstance(mine, core.Local) and mine.name == name:
            continue
        if not _is_step(mine, name, steps, looked_at):
            return False
        grows = True
    return grows


def _grows(body: core.Node, name: str, steps: _Steps, looked_at: _LookedAt) -> bool:
    grows = False
    for tail in _tails(body, name, looked_at):
        if isinstance(tail, core.Local) and tail.name == name:
            continue
        if not _is_step(tail, name, steps, looked_at):
            return False
        grows = True
    return grows


def _tails(body: core.Node, name: str, looked_at: _LookedAt) -> Iterator[core.Node | None]:
    """The nodes that can be the value of a turn; None where something on the way to them may keep the accumulator."""
    pending = [body]
    while pending:
        node = pending.pop()
        match node:
            case core.If():
                before, tails = [node.test], [node.then, node.otherwise]
            case core.Let():
                before, tails = [binding.value for binding in node.bindings], [node.body]
            case core.Do():
                before, tails = list(node.items[:-1]), [node.items[-1]]
            case _:
                yield node
                continue
        pending += tails
        if not all(_only_looks(inner, name, looked_at) for inner in before):
            yield None


def _only_looks(node: core.Node, name: str, looked_at: _LookedAt) -> bool:
    """Whether nothing but what is found in the accumulator can be in the value of a node, or remembered by it."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, core.Local) and current.name == name:
            return False
        if isinstance(current, core.Fn):
            if name in free_locals(current):
                return False
            continue
        inner = list(children(current))
        if isinstance(current, core.Call) and (place := looked_at(current)) is not None:
            found = inner[place]
            if isinstance(found, core.Local) and found.name == name:
                del inner[place]
        pending += inner
    return True


def _looked_at(node: core.Call) -> int | None:
    """Where among the children of a call the collection is that it looks into."""
    match node.fn:
        case core.BuiltinRef(ref=ref) if ref in _LOOKS and node.args:
            return 1
        case core.KeywordConst() if len(node.args) == 1:
            return 1
        case core.Local():
            return 0
        case _:
            return None


def _is_step(node: core.Node | None, name: str, steps: _Steps, looked_at: _LookedAt) -> bool:
    if not isinstance(node, core.Call) or not isinstance(node.fn, core.BuiltinRef) or not node.args:
        return False
    ref, mine = node.fn.ref, node.args[0]
    if ref not in steps or not isinstance(mine, core.Local) or mine.name != name:
        return False
    return steps[ref](node) and all(_only_looks(arg, name, looked_at) for arg in node.args[1:])


def _is_change(node: core.Call) -> bool:
    """Whether the function of an `update` is known, and takes what it will be given."""
    if len(node.args) < 3:
        return False
    fn = _unwrapped(node.args[2])[0]
    given = len(node.args) - 2
    if isinstance(fn, core.Fn):
        arity = fn.arities[0]
        plain = len(fn.arities) == 1 and arity.rest is None and fn.self_name is None
        return plain and len(arity.params) == given and not _turns(arity.body)
    entry = REGISTRY.by_ref.get(fn.ref) if isinstance(fn, core.BuiltinRef) else None
    return isinstance(entry, Builtin) and entry.takes(given)


def _turns(body: core.Node) -> bool:
    """Whether a body goes round by `recur`, or makes something that may."""
    pending = [body]
    while pending:
        node = pending.pop()
        if isinstance(node, core.Recur):
            return True
        if not isinstance(node, core.Fn | core.Loop):
            pending += children(node)
    return False


def _unwrapped(fn: core.Node) -> tuple[core.Node, core.Node | None]:
    """The function inside `(fnil f x)`, and what it takes in place of nil; of others the function itself."""
    if not isinstance(fn, core.Call) or not isinstance(fn.fn, core.BuiltinRef) or fn.fn.ref != "fnil":
        return fn, None
    if len(fn.args) != 2 or not _is_plain_default(fn.args[1]):
        return fn, None
    return fn.args[0], fn.args[1]


def _is_plain_default(node: core.Node) -> bool:
    empty = isinstance(node, core.VectorNode | core.MapNode | core.SetNode) and not node.items
    return (
        empty
        or (isinstance(node, core.Const) and node.value is not None)
        or isinstance(node, core.KeywordConst)
    )


_MAP_STEPS: dict[str, Callable[[core.Call], bool]] = {
    "assoc": lambda node: len(node.args) == 3,
    "update": _is_change,
}
_VECTOR_STEPS: dict[str, Callable[[core.Call], bool]] = {"conj": lambda node: len(node.args) == 2}


def _nested(depth: int) -> tuple[_Steps, _LookedAt]:
    """What may be done with maps in maps of so many levels."""

    def length(node: core.Call) -> int:
        path = node.args[1] if len(node.args) > 1 else None
        return len(path.items) if isinstance(path, core.VectorNode) else 0

    def looked_at(node: core.Call) -> int | None:
        if not isinstance(node.fn, core.BuiltinRef) or not node.args:
            return None
        return 1 if node.fn.ref in _TELLS or (node.fn.ref == "get-in" and length(node) >= depth) else None

    return {
        "assoc-in": lambda node: len(node.args) == 3 and length(node) == depth,
        "update-in": lambda node: length(node) == depth and _is_change(node),
    }, looked_at


# --- what is written ---------------------------------------------------------------------------------------------------


def _assoc(e: Emitter, target: str, node: core.Call, line: int) -> None:
    key, value = arguments(e, node.args[1:], line)
    if not isinstance(value, ast.Constant):
        key = e.as_name(key, line)
    e.add(py.put(py.name(target, line), key_form(e, node.args[1], key, line), value, line))


def _conj(e: Emitter, target: str, node: core.Call, line: int) -> None:
    append = py.attribute(py.name(target, line), "append", line)
    e.add(py.does(py.call(append, arguments(e, node.args[1:], line), line), line))


def _update(e: Emitter, target: str, node: core.Call, line: int) -> None:
    _, key_node, _, *others = node.args
    first, *values = arguments(e, (key_node, *others), line)
    held = key_form(e, key_node, e.as_name(first, line), line)
    key = held if isinstance(held, ast.Constant) else e.as_name(held, line)
    names = [_bound(e, other, value, line) for other, value in zip(others, values, strict=True)]
    found = py.call(py.attribute(py.name(target, line), "get", line), [key], line)
    e.add(py.put(py.name(target, line), key, _changed(e, node, found, names, line), line))


def _assoc_in(e: Emitter, target: str, node: core.Call, line: int) -> None:
    *keys, value = arguments(e, (*_path(node), node.args[2]), line)
    e.add(
        py.does(
            py.call_name("write_inner", [py.name(target, line), py.list_of(keys, line), value], line), line
        )
    )


def _update_in(e: Emitter, target: str, node: core.Call, line: int) -> None:
    keys, others = _path(node), node.args[3:]
    values = arguments(e, (*keys, *others), line)
    path = e.as_name(py.list_of(values[: len(keys)], line), line)
    names = [_bound(e, other, value, line) for other, value in zip(others, values[len(keys) :], strict=True)]
    place = [py.name(target, line), path]
    value = _changed(e, node, py.call_name("read_inner", place, line), names, line)
    e.add(py.does(py.call_name("write_inner", [*place, value], line), line))


def _path(node: core.Call) -> tuple[core.Node, ...]:
    return node.args[1].items if isinstance(node.args[1], core.VectorNode) else ()


def _changed(e: Emitter, node: core.Call, found: ast.expr, others: list[core.Node], line: int) -> ast.expr:
    """What the function of an `update` makes of what was found."""
    fn, default = _unwrapped(node.args[2])
    old = f"old%{next(_numbers)}"
    e.add(py.assign(e.bind(old), found, line))
    if default is not None:
        filled = py.assign(e.bind(old), expression(e, default), line)
        e.add(py.if_(py.is_(e.local(old), py.constant(None, line), line), [filled], [], line))
    return _called(e, fn, [core.Local(node.start, node.end, old), *others], node, line)


def _bound(e: Emitter, node: core.Node, value: ast.expr, line: int) -> core.Node:
    """A node for a value that has been computed."""
    if isinstance(node, core.Const | core.Local):
        return node
    name = f"arg%{next(_numbers)}"
    e.unit.known.bind(name, e.unit.known.of(node))
    e.add(py.assign(e.bind(name), value, line))
    return core.Local(node.start, node.end, name)


def _called(e: Emitter, fn: core.Node, args: list[core.Node], node: core.Call, line: int) -> ast.expr:
    """The call of a builtin, or of a function that is written in place."""
    if not isinstance(fn, core.Fn):
        return expression(e, core.Call(node.start, node.end, fn, tuple(args)))
    first, arity = len(e.unit.places), fn.arities[0]
    for param, arg in zip(arity.params, args, strict=True):
        e.unit.known.bind(param, None)
        e.add(py.assign(e.bind(param), expression(e, arg), line))
    e.count_step(line)
    value = e.as_name(expression(e, arity.body), line)
    e.unit.inlined.append(Inlined(first, len(e.unit.places), line, fn.name or "fn"))
    return value


_WRITES: dict[str, Callable[[Emitter, str, core.Call, int], None]] = {
    "assoc": _assoc, "conj": _conj, "update": _update, "assoc-in": _assoc_in, "update-in": _update_in,
}  # fmt: skip
