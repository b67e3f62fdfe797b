"""Code for calls, definitions and effects."""

from __future__ import annotations

import ast

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.codegen import Dest, arguments, emit, expression, expression_of
from ptc_lisp.runtime.emitter import Emitter, is_stable
from ptc_lisp.runtime.gen_lookup import Field, field_of, look_up, read_field
from ptc_lisp.runtime.gen_seqs import IN_PLACE, in_place
from ptc_lisp.runtime.inline import INLINE
from ptc_lisp.runtime.inline_dsl import ALL_INLINE


@expression_of(core.Call)
def _call(e: Emitter, node: core.Call, line: int) -> ast.expr:
    fn = node.fn
    if isinstance(fn, core.BuiltinRef):
        looped = in_place(e, node, fn.ref, line) if fn.ref in IN_PLACE else None
        if looped is not None:
            return looped
        inline = ALL_INLINE.get(fn.ref)
        args = arguments(e, node.args, line)
        if fn.ref == "get" and 2 <= len(args) <= 3:
            return _get(e, node, args, line)
        if inline is not None:
            made = inline(e, node, args, line)
            if made is not None:
                return made
        return py.call_name(e.unit.builtin(fn.ref), args, line)
    if isinstance(fn, core.ExportRef) and fn.function:
        return py.call_name(f"p/{fn.ref}", arguments(e, node.args, line), line)
    if isinstance(fn, core.KeywordConst) and 1 <= len(node.args) <= 2:
        return _keyword_call(e, fn, node, line)
    if e.direct_ident and e.unit.known.goes_direct(node):
        return py.call_name(e.direct_ident, arguments(e, node.args, line), line)
    values = arguments(e, (fn, *node.args), line)
    callee = values[0]
    if isinstance(callee, ast.Name) and callee.id == e.self_ident:
        return py.call(callee, values[1:], line)
    if isinstance(fn, core.Global) and _fits(e.unit.known_fns.get(fn.name), len(node.args)):
        return py.call(callee, values[1:], line)
    # Only the callees that `diagnose` finds again by name are called directly: it says what a wrong count means.
    if isinstance(fn, core.Local | core.Global) and isinstance(callee, ast.Name):
        if not all([isinstance(value, ast.Name | ast.Constant) for value in values]):  # noqa: C419 - quicker
            values = [e.as_name(value, line) for value in values]
        return _fast_call(values, line)
    return py.call_name("call", values, line)


def _fast_call(values: list[ast.expr], line: int) -> ast.expr:
    direct = py.call(values[0], values[1:], line)
    return py.choose(
        py.class_is(values[0], "FunctionType", line), direct, py.call_name("call", values, line), line
    )


def _fits(fn: core.Fn | None, count: int) -> bool:
    return fn is not None and any(
        len(a.params) == count or (a.rest is not None and count >= len(a.params)) for a in fn.arities
    )


def _keyword_call(e: Emitter, k: core.KeywordConst, node: core.Call, line: int) -> ast.expr:
    """`(:k m)`: on a plain dict in place, the rest by `keyword_call`."""
    args = arguments(e, node.args, line)
    if len(args) == 2:
        return py.call_name("keyword_call", [py.name(e.unit.keyword(k.name), line), *args], line)
    return look_up(e, k.name, args[0], e.unit.known.of(node.args[0]), line)


def _get(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr:
    """`(get m :k)`: in place where that is quick, the rest by the builtin."""
    get, field = e.unit.builtin("get"), field_of(node.args[1])
    if e.is_cold or isinstance(args[0], ast.Constant):
        return py.call_name(get, args, line)
    if field is None or len(args) == 3:
        return _get_text(e, get, [e.as_name(arg, line) for arg in args], line)
    first, again = e.twice(args[0], line)
    slow = py.call_name(get, [again, args[1]], line)
    return read_field(e, field, (first, again), e.unit.known.of(node.args[0]), slow, line)


def _get_text(e: Emitter, get: str, args: list[ast.expr], line: int) -> ast.expr:
    """In place where the key is a string that is in a plain dict as it is."""
    target, key = args[:2]
    slow = py.call_name(get, args, line)
    if isinstance(key, ast.Constant) and not isinstance(key.value, str):
        return slow
    absent, found = py.name("ABSENT", line), e.temporary()
    looked = py.call(py.attribute(target, "get", line), [key, absent], line)
    checks = [py.class_is(target, "dict", line), py.is_not(py.walrus(found, looked, line), absent, line)]
    if not isinstance(key, ast.Constant):
        checks.insert(1, py.class_is(key, "str", line))
    return py.choose(py.all_of(checks, line), py.name(found, line), slow, line)


@expression_of(core.Intrinsic)
def _intrinsic(e: Emitter, node: core.Intrinsic, line: int) -> ast.expr:
    if node.op == "get-or":
        return _get_or(e, node, line)
    args = arguments(e, node.args, line)
    if node.op in _PATTERN_READS:
        return _pattern_read(e, node, args, line)
    inline = INLINE.get(f"%{node.op}")
    made = (
        inline(e, core.Call(node.start, node.end, node, node.args), args, line)
        if inline is not None
        else None
    )
    return made if made is not None else py.call_name(f"i/{node.op}", args, line)


_PATTERN_READS = frozenset({"nth", "get"})
_OF_PAIR = (0, 1)
"""The places of an entry of a map, which may be read without a look at its length."""


def _pattern_read(e: Emitter, node: core.Intrinsic, args: list[ast.expr], line: int) -> ast.expr:
    """What a destructuring pattern reads: in place from a list that is long enough, or from a plain dict."""
    slow = py.call_name(f"i/{node.op}", args, line)
    target, key = args[0], node.args[1]
    if e.is_cold or not isinstance(target, ast.Name) or not is_stable(target):
        return slow
    if isinstance(key, core.KeywordConst):
        return read_field(e, Field(key.name), (target, target), e.unit.known.of(node.args[0]), slow, line)
    if node.op == "nth":
        if e.unit.known.of(node.args[0]) == "group" and isinstance(key, core.Const) and key.value in _OF_PAIR:
            return py.item(target, args[1], line)
        size = py.call_name("len", [target], line)
        long = py.compare(ast.Gt(), size, args[1], line)
        check = py.all_of([py.class_is(target, "list", line), long], line)
        return py.choose(check, py.item(target, args[1], line), slow, line)
    return slow


def _get_or(e: Emitter, node: core.Intrinsic, line: int) -> ast.expr:
    target = e.temporary()
    looked = py.call_name("i/get-or-absent", arguments(e, node.args[:2], line), line)
    e.add(py.assign(target, looked, line))
    with e.block() as missing:
        emit(e, node.args[2], Dest(target))
    e.add(py.if_(py.is_(py.name(target, line), py.name("ABSENT", line), line), missing, [], line))
    return py.name(target, line)


@expression_of(core.ToolCall)
def _tool_call(e: Emitter, node: core.ToolCall, line: int) -> ast.expr:
    args = [py.constant(node.name, line), *arguments(e, node.args, line)]
    wanted = e.unit.wanted(node)
    if wanted is None:
        return py.call_name("call_tool", args, line)
    return py.call_name("call_tool_part", [py.name(wanted, line), *args], line)


@expression_of(core.Def)
def _def(e: Emitter, node: core.Def, line: int) -> ast.expr:
    ident = f"u/{node.name}"
    e.globals[ident] = None
    done = py.call_name("defined", [py.constant(node.name, line)], line)
    if not node.once:
        e.add(py.assign(ident, expression(e, node.value), line))
        return done
    with e.block() as missing:
        emit(e, node.value, Dest(ident))
    bound = py.call_name("is_bound", [py.constant(ident, line)], line)
    e.add(py.if_(py.negate(bound, line), missing, [], line))
    return done


@expression_of(core.Stop)
def _stop(e: Emitter, node: core.Stop, line: int) -> ast.expr:
    return py.call_name("stop", [expression(e, node.value), py.constant(node.failed, line)], line)


@expression_of(core.Task)
def _task(e: Emitter, node: core.Task, line: int) -> ast.expr:
    target, ident = e.temporary(), e.temporary()
    e.add(py.assign(ident, py.call_name("task_id", [expression(e, node.id)], line), line))
    e.add(py.assign(target, py.call_name("task_recall", [py.name(ident, line)], line), line))
    with e.block() as missing:
        emit(e, node.body, Dest(target))
        e.add(py.does(py.call_name("task_store", [py.name(ident, line), py.name(target, line)], line), line))
    e.add(py.if_(py.is_(py.name(target, line), py.name("ABSENT", line), line), missing, [], line))
    return py.name(target, line)
