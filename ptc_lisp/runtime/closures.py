"""Functions: from a core `Fn` to a Python factory that takes the captured values and makes the closure."""

from __future__ import annotations

import ast

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.codegen import RETURN, emit
from ptc_lisp.runtime.emitter import Emitter, Unit
from ptc_lisp.runtime.gen_control import count_recurs, keep_kinds, turning
from ptc_lisp.runtime.kinds import Direct
from ptc_lisp.runtime.numeric import FOR_INTEGERS, direct_calls, numeric_params
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
        inner += _write_arity(unit, node, arity, name, ident, captured)
    if len(node.arities) > 1:
        inner.append(_write_dispatch(node, ident, line))
    inner.append(py.returns(py.name(ident, line), line))
    unit.define(factory, py.define(factory, [f"l/{name}" for name in captured], None, inner, line))
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
) -> list[ast.stmt]:
    """The Python function of an arity, after the one for integers if there is one."""
    line = unit.place(node)
    params = [f"l/{p}" for p in arity.params]
    numbers = numeric_params(node, arity)
    direct = direct_calls(unit.known, unit.known_fns, node, numbers) if numbers else None
    e = _emitter(unit, node, arity, ident)
    made: list[ast.stmt] = []
    if direct is not None:
        quick = _emitter(unit, node, arity, ident)
        quick.direct_ident = f"{ident}{FOR_INTEGERS}"
        quick.count_step(line)
        with unit.known.integers(numbers, direct):
            _write_body(quick, arity, arity.params, line)
        captured.update(quick.captured)
        made.append(py.define(quick.direct_ident, params, None, finish_body(quick, quick.body, line), line))
        goes = py.call_name(quick.direct_ident, [py.name(param, line) for param in params], line)
        e.add(py.if_(_are_integers(numbers, direct, ident, line), [py.returns(goes, line)], [], line))
    e.count_step(line)
    if numbers and direct is None:
        with unit.known.integers(numbers, None), e.block() as turns:
            _write_body(e, arity, arity.params, line)
        e.add(py.if_(_are_integers(numbers, None, ident, line), turns, [], line))
    names = arity.params
    if arity.rest is not None:
        names = (*names, arity.rest)
        _take_rest(e, f"l/{arity.rest}", line)
    _write_body(e, arity, names, line)
    captured.update(e.captured)
    rest_name = f"l/{arity.rest}" if arity.rest is not None else None
    made.append(py.define(name, params, rest_name, finish_body(e, e.body, line), line))
    return made


def _emitter(unit: Unit, node: core.Fn, arity: core.FnArity, ident: str) -> Emitter:
    own = frozenset(arity.params) | ({arity.rest} if arity.rest is not None else set())
    e = Emitter(unit, own=own, self_name=node.self_name)
    e.self_ident = ident
    return e


def _take_rest(e: Emitter, rest: str, line: int) -> None:
    """What CPython collects in a tuple is a vector, or nil when it is empty."""
    found = py.name(rest, line)
    as_list = py.choose(found, py.call_name("list", [found], line), py.constant(None, line), line)
    e.add(py.assign(rest, as_list, line))


def _are_integers(numbers: list[str], direct: Direct | None, ident: str, line: int) -> ast.expr:
    """The condition for the integer code: and, if it calls itself by its user name, that this still means the function."""
    tests = [py.class_is(py.name(f"l/{name}", line), "int", line) for name in numbers]
    if direct is not None and direct.user_name is not None:
        meant = py.call_name("user_name", [py.constant(f"u/{direct.user_name}", line)], line)
        tests.append(py.is_(meant, py.name(ident, line), line))
    return py.all_of(tests, line)


def _write_body(e: Emitter, arity: core.FnArity, names: tuple[str, ...], line: int) -> None:
    if count_recurs(arity.body):
        keep_kinds(e, names, arity.body)
        turning(e, names, arity.body, line, lambda: emit(e, arity.body, RETURN))
    else:
        emit(e, arity.body, RETURN)


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
