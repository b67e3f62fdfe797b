"""Functions: from a core `Fn` to a Python factory that takes the captured values and makes the closure."""

from __future__ import annotations

import ast

from ptc_lisp.core import nodes as core
from ptc_lisp.core.walk import walk
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.codegen import RETURN, emit
from ptc_lisp.runtime.emitter import Emitter, Unit
from ptc_lisp.runtime.gen_control import count_recurs, keep_kinds, turning
from ptc_lisp.values.functions import FnInfo


def write_factory(unit: Unit, node: core.Fn) -> tuple[str, list[str]]:
    """Writes the factory of a function at module level.

    Returns its name `mk/n` and the locals it takes, in order. Without captured locals the function is a constant of
    the module, `fn/n`.
    """
    number = unit.fn_number()
    ident, factory = f"fn/{number}", f"mk/{number}"
    line = unit.place(node)
    captured: dict[str, None] = {}
    inner: list[ast.stmt] = []
    for index, arity in enumerate(node.arities):
        name = ident if len(node.arities) == 1 else f"{ident}#{index}"
        inner.append(_write_arity(unit, node, arity, name, ident, captured))
    if len(node.arities) > 1:
        inner.append(_write_dispatch(node, ident, line))
    inner.append(py.returns(py.name(ident, line), line))
    unit.define(factory, py.define(factory, [f"l/{name}" for name in captured], None, inner, line))
    if not captured:
        unit.define(ident, py.assign(ident, py.call_name(factory, [], line), line))
    unit.infos[ident] = info_of(node)
    return factory, list(captured)


def info_of(node: core.Fn) -> FnInfo:
    """What the language knows about closures of this node."""
    fixed = frozenset(len(a.params) for a in node.arities if a.rest is None)
    variadic = [len(a.params) for a in node.arities if a.rest is not None]
    return FnInfo(node.name, node.arities[0].shown, fixed, min(variadic) if variadic else None, node)


def finish_body(e: Emitter, body: list[ast.stmt], line: int) -> list[ast.stmt]:
    """The statements of a function with its declarations in front."""
    if e.counts:
        body = [py.nonlocals(["steps"], line), *body]
    return [py.globals_(list(e.globals), line), *body] if e.globals else body


def _write_arity(  # noqa: PLR0917 - private, called in one way
    unit: Unit, node: core.Fn, arity: core.FnArity, name: str, ident: str, captured: dict[str, None]
) -> ast.stmt:
    line = unit.place(node)
    own = frozenset(arity.params) | ({arity.rest} if arity.rest is not None else set())
    e = Emitter(unit, own=own, self_name=node.self_name)
    e.self_ident = ident
    e.count_step(line)
    names = arity.params
    if arity.rest is not None:
        rest = f"l/{arity.rest}"
        names = (*names, arity.rest)
        as_list = py.choose(
            py.name(rest, line),
            py.call_name("list", [py.name(rest, line)], line),
            py.constant(None, line),
            line,
        )
        e.add(py.assign(rest, as_list, line))
    _write_body(e, node, arity, names, line)
    captured.update(e.captured)
    rest_name = f"l/{arity.rest}" if arity.rest is not None else None
    return py.define(name, [f"l/{p}" for p in arity.params], rest_name, finish_body(e, e.body, line), line)


def _write_body(e: Emitter, node: core.Fn, arity: core.FnArity, names: tuple[str, ...], line: int) -> None:
    """The body; where a function that goes round computes with its parameters, also one for when they are integers."""

    def write() -> None:
        if count_recurs(arity.body):
            keep_kinds(e, names, arity.body)
            turning(e, names, arity.body, line, lambda: emit(e, arity.body, RETURN))
        else:
            emit(e, arity.body, RETURN)

    numbers = _numeric_params(node, arity)
    if numbers:
        for name in numbers:
            e.unit.known.bind(name, "int")
        with e.block() as quick:
            write()
        for name in numbers:
            e.unit.known.bind(name, None)
        whole = [py.class_is(py.name(f"l/{name}", line), "int", line) for name in numbers]
        e.add(py.if_(py.all_of(whole, line), quick, [], line))
    write()


_NUMERIC = frozenset(
    {"+", "-", "*", "inc", "dec", "<", ">", "<=", ">=", "=", "zero?", "pos?", "neg?", "even?", "odd?", "mod"}
)
_MOST_NODES = 80
_FEWEST_USES = 3


def _numeric_params(node: core.Fn, arity: core.FnArity) -> list[str]:
    """The parameters that a small function which calls itself, or goes back to its start, computes with."""
    uses: dict[str, int] = {}
    rounds = count_recurs(arity.body) > 0
    for size, inner in enumerate(walk(arity.body)):
        if size > _MOST_NODES or isinstance(inner, core.Fn | core.Def):
            return []
        if not isinstance(inner, core.Call):
            continue
        fn = inner.fn
        rounds = rounds or (isinstance(fn, core.Global) and fn.name == node.name)
        rounds = rounds or (isinstance(fn, core.Local) and fn.name == node.self_name)
        if isinstance(fn, core.BuiltinRef) and fn.ref in _NUMERIC:
            for arg in inner.args:
                if isinstance(arg, core.Local) and arg.name in arity.params:
                    uses[arg.name] = uses.get(arg.name, 0) + 1
    return list(uses) if rounds and sum(uses.values()) >= _FEWEST_USES else []


def _write_dispatch(node: core.Fn, ident: str, line: int) -> ast.stmt:
    args, size = "t/args", "t/count"
    body: list[ast.stmt] = [py.assign(size, py.call_name("len", [py.name(args, line)], line), line)]
    order = sorted(range(len(node.arities)), key=lambda i: node.arities[i].rest is not None)
    for index in order:
        arity = node.arities[index]
        op: ast.cmpop = ast.Eq() if arity.rest is None else ast.GtE()
        fits = py.compare(op, py.name(size, line), py.constant(len(arity.params), line), line)
        body.append(py.if_(fits, [py.returns(py.call_star(f"{ident}#{index}", args, line), line)], [], line))
    body.append(
        py.returns(py.call_name("wrong_count", [py.constant(ident, line), py.name(size, line)], line), line)
    )
    return py.define(ident, [], args, body, line)
