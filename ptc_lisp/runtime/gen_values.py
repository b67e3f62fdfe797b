"""Code for constants, references, collection literals and functions."""

from __future__ import annotations

import ast

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.codegen import arguments, expression_of
from ptc_lisp.runtime.emitter import Emitter
from ptc_lisp.values.keys import Boxed, key


@expression_of(core.Const)
def _const(_e: Emitter, node: core.Const, line: int) -> ast.expr:
    return py.constant(node.value, line)


@expression_of(core.KeywordConst)
def _keyword(e: Emitter, node: core.KeywordConst, line: int) -> ast.expr:
    return py.name(e.unit.keyword(node.name), line)


@expression_of(core.SymbolConst)
def _symbol(e: Emitter, node: core.SymbolConst, line: int) -> ast.expr:
    return py.call_name("symbol", [py.constant(node.name, line)], line)


@expression_of(core.RegexConst)
def _regex(e: Emitter, node: core.RegexConst, line: int) -> ast.expr:
    return py.call_name("regex", [py.constant(node.pattern, line)], line)


@expression_of(core.Local)
def _local(e: Emitter, node: core.Local, _line: int) -> ast.expr:
    return e.local(node.name)


@expression_of(core.Global)
def _global(e: Emitter, node: core.Global, line: int) -> ast.expr:
    if node.optional:
        return py.call_name("user_name", [py.constant(f"u/{node.name}", line)], line)
    return py.name(f"u/{node.name}", line)


@expression_of(core.BuiltinRef)
def _builtin(e: Emitter, node: core.BuiltinRef, line: int) -> ast.expr:
    e.unit.builtin(node.ref)
    return py.name(f"v/{node.ref}", line)


@expression_of(core.ExportRef)
def _export(e: Emitter, node: core.ExportRef, line: int) -> ast.expr:
    del e
    return py.name(f"q/{node.ref}", line)


@expression_of(core.DataRef)
def _data(e: Emitter, node: core.DataRef, line: int) -> ast.expr:
    return data_entry(e, node, line, "data_part")


def data_entry(e: Emitter, node: core.DataRef, line: int, part: str) -> ast.expr:
    """An entry of the data: all of it, or what `part` gives of it."""
    name = py.constant(node.name, line)
    need = e.unit.needs.get(node.name)
    if need is None:
        return py.call_name("data", [name], line)
    return py.call_name(part, [name, py.name(e.unit.part(need), line)], line)


@expression_of(core.ToolNode)
def _tool(e: Emitter, node: core.ToolNode, line: int) -> ast.expr:
    return py.call_name("tool_ref", [py.constant(node.name, line)], line)


@expression_of(core.HistoryRef)
def _history(e: Emitter, node: core.HistoryRef, line: int) -> ast.expr:
    return py.call_name("history", [py.constant(node.index, line)], line)


@expression_of(core.VectorNode)
def _vector(e: Emitter, node: core.VectorNode, line: int) -> ast.expr:
    return py.list_of(arguments(e, node.items, line), line)


@expression_of(core.MapNode)
def _map(e: Emitter, node: core.MapNode, line: int) -> ast.expr:
    values = arguments(e, node.items, line)
    keys = [key_form(e, form, value, line) for form, value in zip(node.items[::2], values[::2], strict=True)]
    return py.dict_of(keys, values[1::2], line)


def key_form(e: Emitter, form: core.Node, value: ast.expr, line: int) -> ast.expr:
    """What a value is as the key of a dict; `form` is its node."""
    if isinstance(form, core.KeywordConst):
        return value
    if isinstance(form, core.Const):
        raw = key(form.value)
        return py.name(e.unit.constant(raw), line) if raw.__class__ is Boxed else value
    if isinstance(value, ast.Name) and not e.is_cold:
        return py.choose(py.class_is(value, "str", line), value, py.call_name("key", [value], line), line)
    return py.call_name("key", [value], line)


@expression_of(core.SetNode)
def _set(e: Emitter, node: core.SetNode, line: int) -> ast.expr:
    return py.call_name("make_set", [py.list_of(arguments(e, node.items, line), line)], line)


@expression_of(core.Fn)
def _fn(e: Emitter, node: core.Fn, line: int) -> ast.expr:
    factory, captured = e.unit.write_factory(e.unit, node)
    if not captured:
        return py.name(f"fn{factory[2:]}", line)
    return py.call_name(factory, [e.local(name) for name in captured], line)
