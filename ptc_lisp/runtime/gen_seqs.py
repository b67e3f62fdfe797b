"""Code for `map`, `filter`, `reduce` and similar functions if the function is written in the call: a Python loop that contains the
body of the function. Half of the time of such a call would go into calling a function for each item.

An infinite collection is left to the builtin, and the function for it is made only then. Everything else is as in the
builtins: what is evaluated when, the faults, the steps, the names of functions on the way to a fault.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import msgspec

from ptc_lisp.core import nodes as core
from ptc_lisp.core.walk import free_locals
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.codegen import Dest, arguments, emit, expression, test
from ptc_lisp.runtime.emitter import MAX_PYTHON_BLOCKS, Emitter, Inlined
from ptc_lisp.runtime.gen_control import count_recurs
from ptc_lisp.runtime.gen_grow import grown
from ptc_lisp.runtime.gen_lookup import look_up
from ptc_lisp.runtime.gen_values import data_entry

_BLOCKS = 2
"""A `try` and a `for`."""


def in_place(e: Emitter, node: core.Call, ref: str, line: int) -> ast.expr | None:
    """The call of builtin `ref`, one of IN_PLACE, as a loop; None when it cannot be one."""
    if e.unit.step_limit is not None:
        return None
    if ref in _MAPS and isinstance(node.args[0], core.KeywordConst) and len(node.args) == 2:
        return _lookups(e, node, ref, node.args[0].name, line)
    return _loop(e, node, ref, line, None)


def _lookups(e: Emitter, node: core.Call, ref: str, key: str, line: int) -> ast.expr | None:
    """`(map :key coll)`: in the loop that makes the collection, if that is one. A lookup has no effects and no faults."""
    source = node.args[1]
    inner = source.fn.ref if isinstance(source, core.Call) and isinstance(source.fn, core.BuiltinRef) else ""
    if isinstance(source, core.Call) and inner in _LISTS and e.unit.known.is_finite(source):
        found = _loop(e, source, inner, e.unit.place(source), key)
        if found is not None:
            e.counts = True
            e.add(py.increment("steps", line, by=py.call_name("len", [found], line)))
            return found
    if e.unit.known.of_items(source) != "host":
        return None
    args = [py.name(e.unit.keyword(key), line), *arguments(e, (source,), line), py.constant(ref, line)]
    return py.call_name("plucked", args, line)


def _loop(e: Emitter, node: core.Call, ref: str, line: int, key: str | None) -> ast.expr | None:
    """The call as a loop, with what `(:key item)` gives of each item of the result if there is a key."""
    count, params, write = _SHAPES[ref]
    fn = node.args[0]
    if len(node.args) != count or not isinstance(fn, core.Fn) or not _is_plain(fn, params):
        return None
    if e.blocks + _BLOCKS > MAX_PYTHON_BLOCKS:
        return None
    source = node.args[-1]
    flows = e.is_cold and isinstance(source, core.DataRef) and source.name in e.unit.flowing
    values = arguments(e, node.args[1:-1] if flows else node.args[1:], line)
    if flows and isinstance(source, core.DataRef):
        values.append(data_entry(e, source, e.unit.place(source), "data_flow"))
    first = len(e.unit.places)
    call = _Call(ref, fn, values, node.args[1], node.args[-1], line, key)
    how = write if e.unit.known.is_finite(node.args[-1]) else _unless_endless(write)
    result = how(e, call)
    e.unit.inlined.append(Inlined(first, len(e.unit.places), line, fn.name or "fn"))
    return result


class _Call(msgspec.Struct):
    """A call being written: the builtin and its function, the further arguments as Python, the nodes of the first of them and of
    the collection."""

    ref: str
    fn: core.Fn
    values: list[ast.expr]
    start: core.Node
    source: core.Node
    line: int
    key: str | None

    @property
    def arity(self) -> core.FnArity:
        """Of the function."""
        return self.fn.arities[0]


_Write = Callable[[Emitter, _Call], ast.expr]


def _unless_endless(write: _Write) -> _Write:
    """Writes the loop, and for an endless collection the builtin with a function that is made then."""

    def write_both(e: Emitter, call: _Call) -> ast.expr:
        line, result = call.line, e.temporary()
        e.spill(call.values, len(e.body), line)
        call.values[-1] = e.as_name(call.values[-1], line)
        names = free_locals(call.fn)
        with e.block() as quick:
            found = write(e, call)
            e.add(py.assign(result, found, line))
        fn = py.call_name(e.unit.later(call.fn, names), [e.local(name) for name in names], line)
        builtin = py.call_name(e.unit.builtin(call.ref), [fn, *call.values], line)
        endless = py.class_is(call.values[-1], "Stream", line)
        e.add(py.if_(endless, [py.assign(result, builtin, line)], quick, line))
        return py.name(result, line)

    return write_both


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


def _each(e: Emitter, call: _Call, param: str, write_turn: Callable[[], None]) -> None:
    """Writes the loop over the items of the collection; however it ends, as many steps are counted as items were taken."""
    line = call.line
    e.unit.known.bind(param, e.unit.known.of_items(call.source))
    args = [call.values[-1], py.constant(call.ref, line)]
    if len(call.values) > 1 or not e.is_cold:
        args.append(py.constant(len(call.values) + 1, line))
    turn: list[ast.stmt] = []
    if e.is_cold:
        e.add(py.for_each(e.bind(param), py.call_name("walked", args, line), turn, line))
    else:
        items = e.as_name(py.call_name("coll", args, line), line)
        source = e.temporary()
        e.add(py.assign(source, py.call_name("iter", [items], line), line))
        loop = py.for_each(e.bind(param), py.name(source, line), turn, line)
        taken = py.call_name("taken", [items, py.name(source, line)], line)
        e.add(py.finally_([loop], [py.increment("steps", line, by=taken)], line))
        e.counts = True
    outer_body, outer_recur, e.body, e.recur = e.body, e.recur, turn, None
    e.blocks += _BLOCKS
    write_turn()
    e.blocks -= _BLOCKS
    e.body, e.recur = outer_body, outer_recur


def _collected(e: Emitter, call: _Call, write_turn: Callable[[str], None]) -> ast.expr:
    """A loop that collects into a list, which `write_turn` is given the name of."""
    line = call.line
    out = e.temporary()
    e.add(py.assign(out, py.list_of([], line), line))
    _each(e, call, call.arity.params[0], lambda: write_turn(out))
    return py.name(out, line)


def _append(e: Emitter, out: str, call: _Call, value: ast.expr, node: core.Node) -> ast.stmt:
    """Adds a value, which is that of the node, or what the key of the call finds in it."""
    line = call.line
    if call.key is not None:
        value = look_up(e, call.key, value, e.unit.known.of(node), line)
    return py.does(py.call(py.attribute(py.name(out, line), "append", line), [value], line), line)


def _map(e: Emitter, call: _Call) -> ast.expr:
    body = call.arity.body

    def turn(out: str) -> None:
        value = expression(e, body)
        e.add(_append(e, out, call, value, body))

    return _collected(e, call, turn)


def _filter(e: Emitter, call: _Call) -> ast.expr:
    arity, line = call.arity, call.line

    def turn(out: str) -> None:
        condition = test(e, arity.body)
        if call.ref == "remove":
            condition = py.negate(condition, line)
        item = core.Local(call.fn.start, call.fn.end, arity.params[0])
        e.add(py.if_(condition, [_append(e, out, call, e.local(item.name), item)], [], line))

    return _collected(e, call, turn)


def _keep(e: Emitter, call: _Call) -> ast.expr:
    body, line = call.arity.body, call.line

    def turn(out: str) -> None:
        value = e.as_name(expression(e, body), line)
        found = py.is_not(value, py.constant(None, line), line)
        e.add(py.if_(found, [_append(e, out, call, value, body)], [], line))

    return _collected(e, call, turn)


def _reduce(e: Emitter, call: _Call) -> ast.expr:
    line, body = call.line, call.arity.body
    name, param = call.arity.params
    e.spill(call.values, len(e.body), line)
    target = e.bind(name)
    e.add(py.assign(target, call.values[0], line))
    ended = py.name(target, line)

    place = grown(call.start, name, body, target)

    def turn() -> None:
        emit(e, body, place or Dest(target))
        if place is None and e.unit.known.of(body) is None:
            leave = [py.assign(target, py.attribute(ended, "value", line), line), py.breaks(line)]
            e.add(py.if_(py.class_is(ended, "Reduced", line), leave, [], line))

    _each(e, call, param, turn)
    return ended


_SHAPES: dict[str, tuple[int, int, _Write]] = {
    "map": (2, 1, _map),
    "mapv": (2, 1, _map),
    "filter": (2, 1, _filter),
    "filterv": (2, 1, _filter),
    "remove": (2, 1, _filter),
    "keep": (2, 1, _keep),
    "reduce": (3, 2, _reduce),
}
"""By registry ref: how many arguments the call has, how many parameters the function, and what writes it."""

IN_PLACE = frozenset(_SHAPES)
"""The builtins that can be loops."""
_MAPS = frozenset({"map", "mapv"})
_LISTS = frozenset(_SHAPES) - {"reduce"}
