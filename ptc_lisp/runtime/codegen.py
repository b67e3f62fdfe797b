"""Core nodes → Python syntax. `expression` gives the Python expression of a node (statements it needs first are added
to the emitter); `emit` writes a node as statements that end in a destination. The tables at the end list every node.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.emitter import MAX_PYTHON_BLOCKS, Emitter
from ptc_lisp.runtime.inline import INLINE, truth
from ptc_lisp.values.keys import Boxed, key

Expression = Callable[[Emitter, core.Node, int], ast.expr]


class Dest:
    """Where the value of a node goes: returned from the function, or assigned (then, in a loop, `break`)."""

    __slots__ = ("leave", "target")

    def __init__(self, target: str | None = None, *, leave: bool = False) -> None:
        self.target = target
        self.leave = leave

    def put(self, e: Emitter, value: ast.expr, line: int) -> None:
        """Writes the statements that deliver `value`."""
        if self.target is None:
            e.add(py.returns(value, line))
            return
        e.add(py.assign(self.target, value, line))
        if self.leave:
            e.add(py.breaks(line))


RETURN = Dest()


def expression(e: Emitter, node: core.Node) -> ast.expr:
    """The Python expression of a node."""
    handler = _EXPRESSIONS.get(type(node))
    line = e.unit.place(node)
    if handler is not None:
        return handler(e, node, line)
    target = e.temporary()
    emit(e, node, Dest(target))
    return py.name(target, line)


def emit(e: Emitter, node: core.Node, dest: Dest) -> None:
    """Writes a node as statements; its value goes to `dest`."""
    handler = _STATEMENTS.get(type(node))
    if handler is not None:
        handler(e, node, dest)
        return
    value = expression(e, node)
    dest.put(e, value, len(e.unit.places))


def arguments(e: Emitter, items: tuple[core.Node, ...], line: int) -> list[ast.expr]:
    """The expressions of several nodes, evaluated left to right."""
    values: list[ast.expr] = []
    for node in items:
        position = len(e.body)
        value = expression(e, node)
        if len(e.body) > position:
            e.spill(values, position, line)
        values.append(value)
    return values


def test(e: Emitter, node: core.Node) -> ast.expr:
    """A Python condition that holds when the node's value is truthy."""
    return truth(e, node, expression(e, node), len(e.unit.places))


# --- constants and references ----------------------------------------------------------------------------------------


def _const(e: Emitter, node: core.Const, line: int) -> ast.expr:
    return py.constant(node.value, line)


def _keyword(e: Emitter, node: core.KeywordConst, line: int) -> ast.expr:
    return py.name(e.unit.keyword(node.name), line)


def _symbol(e: Emitter, node: core.SymbolConst, line: int) -> ast.expr:
    return py.call_name("symbol", [py.constant(node.name, line)], line)


def _regex(e: Emitter, node: core.RegexConst, line: int) -> ast.expr:
    return py.call_name("regex", [py.constant(node.pattern, line)], line)


def _local(e: Emitter, node: core.Local, line: int) -> ast.expr:
    return e.local(node.name, line)


def _global(e: Emitter, node: core.Global, line: int) -> ast.expr:
    if node.optional:
        return py.call_name("user_name", [py.constant(f"u/{node.name}", line)], line)
    return py.name(f"u/{node.name}", line)


def _builtin(e: Emitter, node: core.BuiltinRef, line: int) -> ast.expr:
    e.unit.builtin(node.ref)
    return py.name(f"v/{node.ref}", line)


def _data(e: Emitter, node: core.DataRef, line: int) -> ast.expr:
    return py.call_name("data", [py.constant(node.name, line)], line)


def _tool(e: Emitter, node: core.ToolNode, line: int) -> ast.expr:
    return py.call_name("tool_ref", [py.constant(node.name, line)], line)


def _history(e: Emitter, node: core.HistoryRef, line: int) -> ast.expr:
    return py.call_name("history", [py.constant(node.index, line)], line)


# --- collections -----------------------------------------------------------------------------------------------------


def _vector(e: Emitter, node: core.VectorNode, line: int) -> ast.expr:
    return py.list_of(arguments(e, node.items, line), line)


def _map(e: Emitter, node: core.MapNode, line: int) -> ast.expr:
    values = arguments(e, node.items, line)
    keys = [_key(e, form, value, line) for form, value in zip(node.items[::2], values[::2], strict=True)]
    return py.dict_of(keys, values[1::2], line)


def _key(e: Emitter, form: core.Node, value: ast.expr, line: int) -> ast.expr:
    if isinstance(form, core.KeywordConst):
        return value
    if isinstance(form, core.Const):
        raw = key(form.value)
        return py.name(e.unit.constant(raw), line) if raw.__class__ is Boxed else value
    return py.call_name("key", [value], line)


def _set(e: Emitter, node: core.SetNode, line: int) -> ast.expr:
    return py.call_name("make_set", [py.list_of(arguments(e, node.items, line), line)], line)


# --- control ---------------------------------------------------------------------------------------------------------


def _if(e: Emitter, node: core.If, line: int) -> ast.expr:
    condition = test(e, node.test)
    with e.block() as then:
        first = expression(e, node.then)
    with e.block() as otherwise:
        second = expression(e, node.otherwise)
    if not then and not otherwise:
        return py.choose(condition, first, second, line)
    target = e.temporary()
    then.append(py.assign(target, first, line))
    otherwise.append(py.assign(target, second, line))
    e.add(py.if_(condition, then, otherwise, line))
    return py.name(target, line)


def _emit_if(e: Emitter, node: core.If, dest: Dest) -> None:
    outer = e.body
    current: core.Node = node
    while isinstance(current, core.If):
        line = e.unit.place(current)
        condition = test(e, current.test)
        with e.block() as then:
            emit(e, current.then, dest)
        otherwise: list[ast.stmt] = []
        e.add(py.if_(condition, then, otherwise, line))
        e.body = otherwise
        current = current.otherwise
    emit(e, current, dest)
    e.body = outer


def _logic(e: Emitter, node: core.And | core.Or, dest: Dest) -> None:
    """`and`/`or` as nested ifs: each item but the last decides whether the next is reached."""
    stop_when_true = isinstance(node, core.Or)
    outer = e.body
    for item in node.items[:-1]:
        line = e.unit.place(item)
        value = e.as_name(expression(e, item), line)
        condition = truth(e, item, value, line)
        with e.block() as done:
            dest.put(e, value, line)
        rest: list[ast.stmt] = []
        e.add(
            py.if_(condition, done, rest, line)
            if stop_when_true
            else py.if_(py.negate(condition, line), done, rest, line)
        )
        e.body = rest
    emit(e, node.items[-1], dest)
    e.body = outer


def _logic_expression(e: Emitter, node: core.And | core.Or, line: int) -> ast.expr:
    target = e.temporary()
    _logic(e, node, Dest(target))
    return py.name(target, line)


def _do(e: Emitter, node: core.Do, line: int) -> ast.expr:
    for item in node.items[:-1]:
        e.add(py.does(expression(e, item), line))
    return expression(e, node.items[-1])


def _emit_do(e: Emitter, node: core.Do, dest: Dest) -> None:
    for item in node.items[:-1]:
        e.add(py.does(expression(e, item), len(e.unit.places)))
    emit(e, node.items[-1], dest)


def _bind_all(e: Emitter, bindings: tuple[core.Binding, ...]) -> None:
    for binding in bindings:
        value = expression(e, binding.value)
        e.add(py.assign(e.bind(binding.name), value, len(e.unit.places)))


def _let(e: Emitter, node: core.Let, line: int) -> ast.expr:
    _bind_all(e, node.bindings)
    return expression(e, node.body)


def _emit_let(e: Emitter, node: core.Let, dest: Dest) -> None:
    _bind_all(e, node.bindings)
    emit(e, node.body, dest)


def _emit_loop(e: Emitter, node: core.Loop, dest: Dest) -> None:
    line = e.unit.place(node)
    if e.blocks >= MAX_PYTHON_BLOCKS:
        dest.put(e, expression(e, _as_thunk(node)), line)
        return
    _bind_all(e, node.bindings)
    names = [f"l/{binding.name}" for binding in node.bindings]
    turning(
        e,
        names,
        line,
        lambda: emit(e, node.body, dest if dest.target is None else Dest(dest.target, leave=True)),
    )
    if dest.leave:
        e.add(py.breaks(line))


def turning(e: Emitter, names: list[str], line: int, write_body: Callable[[], None]) -> None:
    """`while True:` around a body whose `Recur`s assign `names` and go on; turns are counted against the loop limit."""
    turns = e.temporary()
    e.add(py.assign(turns, py.constant(0, line), line))

    def recur(node: core.Recur, at: int) -> None:
        values = arguments(e, node.args, at)
        changed = [
            (n, v) for n, v in zip(names, values, strict=True) if not (isinstance(v, ast.Name) and v.id == n)
        ]
        if len(changed) == 1:
            e.add(py.assign(changed[0][0], changed[0][1], at))
        elif changed:
            stores = [ast.Name(id=n, ctx=ast.Store(), lineno=at, col_offset=0) for n, _ in changed]
            target = ast.Tuple(elts=stores, ctx=ast.Store(), lineno=at, col_offset=0)
            e.add(
                ast.Assign(
                    targets=[target], value=py.tuple_of([v for _, v in changed], at), lineno=at, col_offset=0
                )
            )
        e.add(py.increment(turns, at))
        over = py.compare(ast.Gt(), py.name(turns, at), py.name("loop_limit", at), at)
        e.add(py.if_(over, [py.does(py.call_name("loop_over", [], at), at)], [], at))
        _count_turn(e, at)
        e.add(py.continues(at))

    outer, e.recur = e.recur, recur
    e.blocks += 1
    with e.block() as body:
        write_body()
    e.blocks -= 1
    e.recur = outer
    e.add(py.forever(body, line))


def _count_turn(e: Emitter, line: int) -> None:
    e.globals["steps"] = None
    e.add(py.increment("steps", line))
    if e.unit.step_limit is not None:
        over = py.compare(ast.Gt(), py.name("steps", line), py.constant(e.unit.step_limit, line), line)
        e.add(py.if_(over, [py.does(py.call_name("steps_over", [], line), line)], [], line))


def _emit_recur(e: Emitter, node: core.Recur, dest: Dest) -> None:
    if e.recur is None:
        raise AssertionError("recur outside a loop: the analyzer lets none through")
    e.recur(node, e.unit.place(node))


def _as_thunk(node: core.Node) -> core.Call:
    arity = core.FnArity(params=(), rest=None, body=node)
    return core.Call(node.start, node.end, core.Fn(node.start, node.end, (arity,)), ())


# --- for and doseq ---------------------------------------------------------------------------------------------------


def _for(e: Emitter, node: core.For, line: int) -> ast.expr:
    levels = sum(isinstance(clause, core.Each) for clause in node.clauses)
    if e.blocks + levels > MAX_PYTHON_BLOCKS:
        return expression(e, _as_thunk(node))
    out = e.temporary()
    if node.collect:
        e.add(py.assign(out, py.list_of([], line), line))
    outer_body, outer_recur, e.recur = e.body, e.recur, None
    for clause in node.clauses:
        _clause(e, clause, line)
    value = expression(e, node.body)
    if node.collect:
        e.add(py.does(py.call(py.attribute(py.name(out, line), "append", line), [value], line), line))
    else:
        e.add(py.does(value, line))
    e.body, e.recur = outer_body, outer_recur
    e.blocks -= levels
    return py.name(out, line) if node.collect else py.constant(None, line)


def _clause(e: Emitter, clause: core.Clause, line: int) -> None:
    match clause:
        case core.Each():
            at = e.unit.place(clause.source)
            items = py.call_name("each", [expression(e, clause.source)], at)
            inner: list[ast.stmt] = []
            e.add(py.for_each(e.bind(clause.name), items, inner, at))
            e.body = inner
            e.blocks += 1
        case core.When():
            e.add(py.if_(py.negate(test(e, clause.test), line), [py.continues(line)], [], line))
        case core.While():
            e.add(py.if_(py.negate(test(e, clause.test), line), [py.breaks(line)], [], line))
        case core.Bind():
            _bind_all(e, clause.bindings)


# --- calls, definitions, effects -------------------------------------------------------------------------------------


def _call(e: Emitter, node: core.Call, line: int) -> ast.expr:
    fn = node.fn
    if isinstance(fn, core.BuiltinRef):
        inline = INLINE.get(fn.ref)
        args = arguments(e, node.args, line)
        if inline is not None:
            made = inline(e, node, args, line)
            if made is not None:
                return made
        return py.call_name(e.unit.builtin(fn.ref), args, line)
    if isinstance(fn, core.KeywordConst) and 1 <= len(node.args) <= 2:
        return _keyword_call(e, fn, arguments(e, node.args, line), line)
    values = arguments(e, (fn, *node.args), line)
    callee = values[0]
    if isinstance(callee, ast.Name) and callee.id == e.self_ident:
        return py.call(callee, values[1:], line)
    if isinstance(fn, core.Global) and _fits(e.unit.known_fns.get(fn.name), len(node.args)):
        return py.call(callee, values[1:], line)
    return (
        py.call_name("call", [callee, *values[1:]], line)
        if not is_simple(values)
        else _fast_call(values, line)
    )


def is_simple(values: list[ast.expr]) -> bool:
    """Whether the callee and all arguments may be written twice."""
    return all(isinstance(v, ast.Name | ast.Constant) for v in values)


def _fast_call(values: list[ast.expr], line: int) -> ast.expr:
    direct = py.call(values[0], values[1:], line)
    return py.choose(
        py.class_is(values[0], "FunctionType", line), direct, py.call_name("call", values, line), line
    )


def _fits(fn: core.Fn | None, count: int) -> bool:
    return fn is not None and any(
        len(a.params) == count or (a.rest is not None and count >= len(a.params)) for a in fn.arities
    )


def _keyword_call(e: Emitter, k: core.KeywordConst, args: list[ast.expr], line: int) -> ast.expr:
    """`(:k m)`: on a plain dict the keyword, then the string, in place; the rest by `keyword_call`."""
    ident = py.name(e.unit.keyword(k.name), line)
    if len(args) == 2:
        return py.call_name("keyword_call", [ident, *args], line)
    target = e.as_name(args[0], line)
    found = e.temporary()
    get = py.attribute(target, "get", line)
    absent = py.name("ABSENT", line)
    slow = py.call_name("keyword_call", [ident, target], line)

    def probe(raw: ast.expr) -> ast.expr:
        return py.is_not(py.walrus(found, py.call(get, [raw, absent], line), line), absent, line)

    value = py.name(found, line)
    by_string = py.choose(probe(py.constant(k.name, line)), value, slow, line)
    plain = py.choose(probe(ident), value, by_string, line)
    return py.choose(py.class_is(target, "dict", line), plain, slow, line)


def _intrinsic(e: Emitter, node: core.Intrinsic, line: int) -> ast.expr:
    if node.op == "get-or":
        return _get_or(e, node, line)
    args = arguments(e, node.args, line)
    inline = INLINE.get(f"%{node.op}")
    made = (
        inline(e, core.Call(node.start, node.end, node, node.args), args, line)
        if inline is not None
        else None
    )
    return made if made is not None else py.call_name(f"i/{node.op}", args, line)


def _get_or(e: Emitter, node: core.Intrinsic, line: int) -> ast.expr:
    target = e.temporary()
    looked = py.call_name("i/get-or-absent", arguments(e, node.args[:2], line), line)
    e.add(py.assign(target, looked, line))
    with e.block() as missing:
        emit(e, node.args[2], Dest(target))
    e.add(py.if_(py.is_(py.name(target, line), py.name("ABSENT", line), line), missing, [], line))
    return py.name(target, line)


def _tool_call(e: Emitter, node: core.ToolCall, line: int) -> ast.expr:
    args = arguments(e, node.args, line)
    return py.call_name("call_tool", [py.constant(node.name, line), *args], line)


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


def _stop(e: Emitter, node: core.Stop, line: int) -> ast.expr:
    return py.call_name("stop", [expression(e, node.value), py.constant(node.failed, line)], line)


def _task(e: Emitter, node: core.Task, line: int) -> ast.expr:
    target, ident = e.temporary(), e.temporary()
    e.add(py.assign(ident, py.call_name("task_id", [expression(e, node.id)], line), line))
    e.add(py.assign(target, py.call_name("task_recall", [py.name(ident, line)], line), line))
    with e.block() as missing:
        emit(e, node.body, Dest(target))
        e.add(py.does(py.call_name("task_store", [py.name(ident, line), py.name(target, line)], line), line))
    e.add(py.if_(py.is_(py.name(target, line), py.name("ABSENT", line), line), missing, [], line))
    return py.name(target, line)


# --- functions -------------------------------------------------------------------------------------------------------


def _fn(e: Emitter, node: core.Fn, line: int) -> ast.expr:
    factory, captured = e.unit.write_factory(e.unit, node)
    if not captured:
        return py.name(f"fn{factory[2:]}", line)
    return py.call_name(factory, [e.local(name, line) for name in captured], line)


_EXPRESSIONS: dict[type, Expression] = {
    core.Const: _const,
    core.KeywordConst: _keyword,
    core.SymbolConst: _symbol,
    core.RegexConst: _regex,
    core.Local: _local,
    core.Global: _global,
    core.BuiltinRef: _builtin,
    core.DataRef: _data,
    core.ToolNode: _tool,
    core.HistoryRef: _history,
    core.VectorNode: _vector,
    core.MapNode: _map,
    core.SetNode: _set,
    core.If: _if,
    core.And: _logic_expression,
    core.Or: _logic_expression,
    core.Do: _do,
    core.Let: _let,
    core.For: _for,
    core.Fn: _fn,
    core.Call: _call,
    core.Intrinsic: _intrinsic,
    core.ToolCall: _tool_call,
    core.Def: _def,
    core.Stop: _stop,
    core.Task: _task,
}

_STATEMENTS: dict[type, Callable[[Emitter, core.Node, Dest], None]] = {
    core.If: _emit_if,
    core.And: _logic,
    core.Or: _logic,
    core.Do: _emit_do,
    core.Let: _emit_let,
    core.Loop: _emit_loop,
    core.Recur: _emit_recur,
}

COMPILED_NODES = frozenset(_EXPRESSIONS) | frozenset(_STATEMENTS)
"""Every core node that can be compiled; a test compares it with the node union."""
