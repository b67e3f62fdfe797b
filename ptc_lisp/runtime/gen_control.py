"""Code for conditionals, sequencing, bindings, loops and comprehensions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.codegen import Dest, arguments, emit, expression, expression_of, statements_of, test
from ptc_lisp.runtime.emitter import MAX_PYTHON_BLOCKS, Emitter
from ptc_lisp.runtime.gen_grow import grow, grown_in_loop
from ptc_lisp.runtime.inline import truth


@expression_of(core.If)
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


@statements_of(core.If)
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


@statements_of(core.And, core.Or)
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


@expression_of(core.And, core.Or)
def _logic_expression(e: Emitter, node: core.And | core.Or, line: int) -> ast.expr:
    target = e.temporary()
    _logic(e, node, Dest(target))
    return py.name(target, line)


@expression_of(core.Do)
def _do(e: Emitter, node: core.Do, line: int) -> ast.expr:
    for item in node.items[:-1]:
        e.add(py.does(expression(e, item), line))
    return expression(e, node.items[-1])


@statements_of(core.Do)
def _emit_do(e: Emitter, node: core.Do, dest: Dest) -> None:
    for item in node.items[:-1]:
        e.add(py.does(expression(e, item), len(e.unit.places)))
    emit(e, node.items[-1], dest)


def _bind_all(e: Emitter, bindings: tuple[core.Binding, ...]) -> None:
    for binding in bindings:
        value = expression(e, binding.value)
        e.unit.known.bind(binding.name, e.unit.known.of(binding.value))
        e.add(py.assign(e.bind(binding.name), value, len(e.unit.places)))


@expression_of(core.Let)
def _let(e: Emitter, node: core.Let, line: int) -> ast.expr:
    _bind_all(e, node.bindings)
    return expression(e, node.body)


@statements_of(core.Let)
def _emit_let(e: Emitter, node: core.Let, dest: Dest) -> None:
    _bind_all(e, node.bindings)
    emit(e, node.body, dest)


@statements_of(core.Loop)
def _emit_loop(e: Emitter, node: core.Loop, dest: Dest) -> None:
    line = e.unit.place(node)
    if e.blocks >= MAX_PYTHON_BLOCKS:
        dest.put(e, expression(e, _as_thunk(node)), line)
        return
    _bind_all(e, node.bindings)
    names = tuple([binding.name for binding in node.bindings])
    keep_kinds(e, names, node.body)
    inside = dest if dest.target is None else Dest(dest.target, leave=True)
    growing = grown_in_loop(node) if e.unit.step_limit is None else frozenset[str]()
    turning(e, names, node.body, line, lambda: emit(e, node.body, inside), growing)
    if dest.leave:
        dest.leave_loop(e, line)


def keep_kinds(e: Emitter, names: tuple[str, ...], body: core.Node) -> None:
    """Notes of what is known about `names` only what stays true in all turns of `body`."""
    known = e.unit.known
    kinds = known.settle(names, [known.local(name) for name in names], body)
    for name, kind in zip(names, kinds, strict=True):
        known.bind(name, kind)


def turning(  # noqa: PLR0917 - called in two places
    e: Emitter,
    names: tuple[str, ...],
    body: core.Node,
    line: int,
    write_body: Callable[[], None],
    growing: frozenset[str] = frozenset(),
) -> None:
    """A Python loop around a body whose `Recur`s assign `names` and go on; turns are counted against the loop limit.

    With one place to go on from, the loop goes through a range and Python counts; else the turns are counted in place. growing:
    those of the names that are accumulators which grow in place.
    """
    turns = e.temporary()
    ranged = e.unit.step_limit is None and count_recurs(body) == 1
    if not ranged:
        e.add(py.assign(turns, py.constant(0.0, line), line))
    over: list[ast.stmt] = []

    def recur(node: core.Recur, at: int) -> None:
        _assign_turn(e, names, node, at, growing)
        if ranged:
            over.append(py.does(py.call_name("loop_over", [], at), at))
        else:
            _count_turn(e, turns, at)
        e.add(py.continues(at))

    outer, e.recur = e.recur, recur
    e.blocks += 1
    e.turn_counters.append(turns)
    with e.block() as inside:
        write_body()
    e.turn_counters.pop()
    e.blocks -= 1
    e.recur = outer
    if ranged:
        e.add(py.for_each(turns, py.name("turns", line), inside, line, after=over))
    else:
        e.add(py.forever(inside, line))


def count_recurs(body: core.Node) -> int:
    """How many `Recur`s go back to the start of this body: those in tail position, outside inner loops."""
    count = 0
    pending = [body]
    while pending:
        node = pending.pop()
        match node:
            case core.Recur():
                count += 1
            case core.If():
                pending += [node.then, node.otherwise]
            case core.Let():
                pending.append(node.body)
            case core.Do() | core.And() | core.Or():
                pending.append(node.items[-1])
            case _:
                pass
    return count


def _assign_turn(
    e: Emitter, names: tuple[str, ...], node: core.Recur, at: int, growing: frozenset[str]
) -> None:
    idents = [f"l/{name}" for name in names]
    values = _grown(e, names, node, at, growing) if growing else arguments(e, node.args, at)
    changed = [
        (n, v) for n, v in zip(idents, values, strict=True) if not (isinstance(v, ast.Name) and v.id == n)
    ]
    if len(changed) == 1:
        e.add(py.assign(changed[0][0], changed[0][1], at))
    elif changed:
        e.add(py.assign_all([n for n, _ in changed], [v for _, v in changed], at))


def _grown(
    e: Emitter, names: tuple[str, ...], node: core.Recur, at: int, growing: frozenset[str]
) -> list[ast.expr]:
    """The values of the next turn in their order, of which some have grown by then."""
    values: list[ast.expr] = []
    for name, arg in zip(names, node.args, strict=True):
        if name in growing:
            grow(e, f"l/{name}", arg)
            values.append(py.name(f"l/{name}", at))
        else:
            values.append(e.as_name(expression(e, arg), at))
    return values


def _count_turn(e: Emitter, turns: str, line: int) -> None:
    e.add(py.increment(turns, line))
    over = py.compare(ast.Gt(), py.name(turns, line), py.name("loop_limit", line), line)
    e.add(py.if_(over, [py.does(py.call_name("loop_over", [], line), line)], [], line))
    if e.unit.step_limit is not None:
        e.count_step(line)


@statements_of(core.Recur)
def _emit_recur(e: Emitter, node: core.Recur, dest: Dest) -> None:
    if e.recur is None:
        raise AssertionError("recur outside a loop: the analyzer lets none through")
    e.recur(node, e.unit.place(node))


def _as_thunk(node: core.Node) -> core.Call:
    arity = core.FnArity(params=(), rest=None, body=node)
    return core.Call(node.start, node.end, core.Fn(node.start, node.end, (arity,)), ())


_MAX_LEVELS = MAX_PYTHON_BLOCKS // 2


@expression_of(core.For)
def _for(e: Emitter, node: core.For, line: int) -> ast.expr:
    levels = sum(isinstance(clause, core.Each) for clause in node.clauses)
    if levels > _MAX_LEVELS:
        return expression(e, _in_two(node))
    if e.blocks + levels > MAX_PYTHON_BLOCKS:
        return expression(e, _as_thunk(node))
    out = e.temporary()
    if node.collect:
        e.add(py.assign(out, py.list_of([], line), line))
    outer_body, outer_recur, e.recur = e.body, e.recur, None
    for index, clause in enumerate(node.clauses):
        _clause(e, clause, line, bounded=_ends(node.clauses[index + 1 :]))
    value = expression(e, node.body)
    if node.collect:
        e.add(py.does(py.call(py.attribute(py.name(out, line), "append", line), [value], line), line))
    else:
        e.add(py.does(value, line))
    e.body, e.recur = outer_body, outer_recur
    e.blocks -= levels
    return py.name(out, line) if node.collect else py.constant(None, line)


def _in_two(node: core.For) -> core.Node:
    """A comprehension of too many levels as one of comprehensions, whose results are joined."""
    starts = [index for index, clause in enumerate(node.clauses) if isinstance(clause, core.Each)]
    cut = starts[_MAX_LEVELS]
    at = (node.start, node.end)
    inner = core.For(*at, node.clauses[cut:], node.body, node.collect)
    outer = core.For(*at, node.clauses[:cut], inner, node.collect)
    if not node.collect:
        return outer
    return core.Call(*at, core.BuiltinRef(*at, "apply"), (core.BuiltinRef(*at, "concat"), outer))


def _ends(after: tuple[core.Clause, ...]) -> bool:
    """Whether a `:while` can end the level whose further clauses these are."""
    for clause in after:
        if isinstance(clause, core.Each | core.While):
            return isinstance(clause, core.While)
    return False


def _clause(e: Emitter, clause: core.Clause, line: int, *, bounded: bool) -> None:
    match clause:
        case core.Each():
            at = e.unit.place(clause.source)
            items = py.call_name("each_while" if bounded else "each", [expression(e, clause.source)], at)
            inner: list[ast.stmt] = []
            e.unit.known.bind(clause.name, e.unit.known.of_items(clause.source))
            e.add(py.for_each(e.bind(clause.name), items, inner, at))
            e.body = inner
            e.blocks += 1
        case core.When():
            e.add(py.if_(py.negate(test(e, clause.test), line), [py.continues(line)], [], line))
        case core.While():
            e.add(py.if_(py.negate(test(e, clause.test), line), [py.breaks(line)], [], line))
        case core.Bind():
            _bind_all(e, clause.bindings)
