"""Code for `map`, `filter`, `reduce` and their kin where the function is written in the call: a Python loop, with the
body of the function in it. Half of the time of such a call goes into calling a function for each item.

Only where the collection surely ends: endless ones are for the builtins. All else is as in the builtins: what is
evaluated when, the faults, the steps, the names of functions on the way to a fault.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.codegen import Dest, arguments, emit, expression, test
from ptc_lisp.runtime.emitter import MAX_PYTHON_BLOCKS, Emitter, Inlined
from ptc_lisp.runtime.gen_control import count_recurs

_BLOCKS = 2
"""A `try` and a `for`."""


def in_place(e: Emitter, node: core.Call, ref: str, line: int) -> ast.expr | None:
    """The call of builtin `ref` as a loop; None when it cannot be one."""
    shape = _SHAPES.get(ref)
    if shape is None or e.unit.step_limit is not None or e.blocks + _BLOCKS > MAX_PYTHON_BLOCKS:
        return None
    count, params, write = shape
    fn = node.args[0]
    if len(node.args) != count or not isinstance(fn, core.Fn) or not _is_plain(fn, params):
        return None
    if not e.unit.known.is_finite(node.args[-1]):
        return None
    values = arguments(e, node.args[1:], line)
    first = len(e.unit.places)
    result = write(e, fn.arities[0], _Call(ref, values, node.args[-1], line))
    e.unit.inlined.append(Inlined(first, len(e.unit.places), line, fn.name or "fn"))
    return result


class _Call:
    """A call being written: the builtin, its further arguments as Python and as a node, and its line."""

    __slots__ = ("line", "ref", "source", "values")

    def __init__(self, ref: str, values: list[ast.expr], source: core.Node, line: int) -> None:
        self.ref = ref
        self.values = values
        self.source = source
        self.line = line


def _is_plain(fn: core.Fn, params: int) -> bool:
    """Whether the body can stand in a loop: one arity, nothing that calls the function itself."""
    arity = fn.arities[0]
    return (
        len(fn.arities) == 1
        and len(arity.params) == params
        and arity.rest is None
        and fn.self_name is None
        and not count_recurs(arity.body)
    )


def _each(e: Emitter, call: _Call, param: str, items: ast.expr, write_turn: Callable[[], None]) -> None:
    """Writes the loop over the items of a list; however it ends, as many steps are counted as items were taken."""
    line = call.line
    if e.unit.known.of(call.source) in {"host", "hosts"}:
        e.unit.known.bind(param, "host")
    source = e.temporary()
    e.add(py.assign(source, py.call_name("iter", [items], line), line))
    turn: list[ast.stmt] = []
    loop = py.for_each(e.bind(param), py.name(source, line), turn, line)
    taken = py.call_name("taken", [items, py.name(source, line)], line)
    e.add(py.finally_([loop], [py.increment("steps", line, by=taken)], line))
    e.counts = True
    outer_body, outer_recur, e.body, e.recur = e.body, e.recur, turn, None
    e.blocks += _BLOCKS
    write_turn()
    e.blocks -= _BLOCKS
    e.body, e.recur = outer_body, outer_recur


def _items(e: Emitter, call: _Call) -> ast.expr:
    """Writes the items of the collection into a temporary."""
    line = call.line
    args = [call.values[-1], py.constant(call.ref, line), py.constant(len(call.values) + 1, line)]
    return e.as_name(py.call_name("coll", args, line), line)


def _collected(e: Emitter, arity: core.FnArity, call: _Call, write_turn: Callable[[str], None]) -> ast.expr:
    """A loop that collects into a list, which `write_turn` is given the name of."""
    line = call.line
    items, out = _items(e, call), e.temporary()
    e.add(py.assign(out, py.list_of([], line), line))
    _each(e, call, arity.params[0], items, lambda: write_turn(out))
    return py.name(out, line)


def _append(e: Emitter, out: str, value: ast.expr, line: int) -> ast.stmt:
    return py.does(py.call(py.attribute(py.name(out, line), "append", line), [value], line), line)


def _map(e: Emitter, arity: core.FnArity, call: _Call) -> ast.expr:
    def turn(out: str) -> None:
        e.add(_append(e, out, expression(e, arity.body), call.line))

    return _collected(e, arity, call, turn)


def _filter(e: Emitter, arity: core.FnArity, call: _Call) -> ast.expr:
    def turn(out: str) -> None:
        condition = test(e, arity.body)
        if call.ref == "remove":
            condition = py.negate(condition, call.line)
        item = py.name(f"l/{arity.params[0]}", call.line)
        e.add(py.if_(condition, [_append(e, out, item, call.line)], [], call.line))

    return _collected(e, arity, call, turn)


def _keep(e: Emitter, arity: core.FnArity, call: _Call) -> ast.expr:
    def turn(out: str) -> None:
        line = call.line
        value = e.as_name(expression(e, arity.body), line)
        found = py.is_not(value, py.constant(None, line), line)
        e.add(py.if_(found, [_append(e, out, value, line)], [], line))

    return _collected(e, arity, call, turn)


def _reduce(e: Emitter, arity: core.FnArity, call: _Call) -> ast.expr:
    line = call.line
    name, param = arity.params
    e.spill(call.values, len(e.body), line)
    items, target = _items(e, call), e.bind(name)
    e.add(py.assign(target, call.values[0], line))
    ended = py.name(target, line)

    def turn() -> None:
        emit(e, arity.body, Dest(target))
        if e.unit.known.of(arity.body) is None:
            leave = [py.assign(target, py.attribute(ended, "value", line), line), py.breaks(line)]
            e.add(py.if_(py.class_is(ended, "Reduced", line), leave, [], line))

    _each(e, call, param, items, turn)
    return ended


_Shape = tuple[int, int, Callable[[Emitter, core.FnArity, _Call], ast.expr]]

_SHAPES: dict[str, _Shape] = {
    "map": (2, 1, _map),
    "mapv": (2, 1, _map),
    "filter": (2, 1, _filter),
    "filterv": (2, 1, _filter),
    "remove": (2, 1, _filter),
    "keep": (2, 1, _keep),
    "reduce": (3, 2, _reduce),
}
"""By registry ref: how many arguments the call has, how many parameters the function, and what writes it."""
