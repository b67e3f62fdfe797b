"""Core nodes → Python syntax: the dispatch. `expression` gives the Python expression of a node (statements it needs
first are added to the emitter); `emit` writes a node as statements that end in a destination. The handlers of the
nodes are in the `gen_*` modules and register themselves here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.emitter import Emitter
from ptc_lisp.runtime.inline import truth

N = TypeVar("N")
Expression = Callable[[Emitter, N, int], ast.expr]
Statement = Callable[[Emitter, N, "Dest"], None]

_EXPRESSIONS: dict[type, Expression[Any]] = {}
_STATEMENTS: dict[type, Statement[Any]] = {}


def compiled_nodes() -> frozenset[type]:
    """Every core node that can be compiled; a test compares it with the node union."""
    return frozenset(_EXPRESSIONS) | frozenset(_STATEMENTS)


def expression_of(*node_types: type[N]) -> Callable[[Expression[N]], Expression[N]]:
    """Registers what makes the expression of a node; it gets the emitter, the node and its line."""

    def register(handler: Expression[N]) -> Expression[N]:
        for node_type in node_types:
            _EXPRESSIONS[node_type] = handler
        return handler

    return register


def statements_of(*node_types: type[N]) -> Callable[[Statement[N]], Statement[N]]:
    """Registers what writes a node as statements."""

    def register(handler: Statement[N]) -> Statement[N]:
        for node_type in node_types:
            _STATEMENTS[node_type] = handler
        return handler

    return register


class Dest:
    """Where the value of a node goes: returned from the function, or assigned (then, in a loop, `break`)."""

    __slots__ = ("leave", "target")

    def __init__(self, target: str | None = None, *, leave: bool = False) -> None:
        self.target = target
        self.leave = leave

    def put(self, e: Emitter, value: ast.expr, line: int) -> None:
        """Writes the statements that deliver `value`."""
        if self.target is None:
            e.count_turns(e.turn_counters, line)
            e.add(py.returns(value, line))
            return
        e.add(py.assign(self.target, value, line))
        if self.leave:
            self.leave_loop(e, line)

    def receive(self, e: Emitter, node: core.Node) -> None:
        """Writes the expression of a node, and delivers its value."""
        value = expression(e, node)
        self.put(e, value, len(e.places))

    @staticmethod
    def leave_loop(e: Emitter, line: int) -> None:
        """Writes the end of the innermost loop."""
        e.count_turns(e.turn_counters[-1:], line)
        e.add(py.breaks(line))


RETURN = Dest()


def expression(e: Emitter, node: core.Node) -> ast.expr:
    """The Python expression of a node."""
    places = e.places
    if type(node) is core.Local:  # it cannot raise, nor can a constant: neither needs a place
        return e.local(node.name)
    if type(node) is core.Const:
        return py.constant(node.value, len(places))
    handler = _EXPRESSIONS.get(type(node))
    places.append(node)
    line = len(places)
    if handler is not None:
        return handler(e, node, line)
    target = e.temporary()
    emit(e, node, Dest(target))
    return py.name(target, line)


def emit(e: Emitter, node: core.Node, dest: Dest) -> None:
    """Writes a node as statements; its value goes to `dest`."""
    handler = _STATEMENTS.get(node.__class__)
    if handler is not None:
        handler(e, node, dest)
        return
    dest.receive(e, node)


def arguments(e: Emitter, items: tuple[core.Node, ...], line: int) -> list[ast.expr]:
    """The expressions of several nodes, evaluated left to right."""
    values: list[ast.expr] = []
    body = e.body
    for node in items:
        position = len(body)
        value = expression(e, node)
        if len(body) > position:
            e.spill(values, position, line)
        values.append(value)
    return values


def test(e: Emitter, node: core.Node) -> ast.expr:
    """A Python condition that holds when the node's value is truthy."""
    if isinstance(node, core.And | core.Or):
        return _joined(e, node)
    return truth(e, node, expression(e, node), len(e.unit.places))


def _joined(e: Emitter, node: core.And | core.Or) -> ast.expr:
    """The condition of `and`/`or`: its items' conditions joined, as far as they need no statements."""
    join = py.all_of if isinstance(node, core.And) else py.any_of
    line = e.unit.place(node)
    conditions = [test(e, node.items[0])]
    for item in node.items[1:]:
        with e.block() as needs:
            condition = test(e, item)
        if needs:
            so_far = e.temporary()
            e.add(py.assign(so_far, join(conditions, line), line))
            goes_on = py.name(so_far, line)
            needs.append(py.assign(so_far, condition, line))
            e.add(
                py.if_(goes_on if isinstance(node, core.And) else py.negate(goes_on, line), needs, [], line)
            )
            conditions = [goes_on]
        else:
            conditions.append(condition)
    return join(conditions, line)
