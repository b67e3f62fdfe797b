"""Lowering of values, logic, pipes, iteration and tools."""

from __future__ import annotations

from typing import Any, cast

from ptc_lisp.core import nodes as n
from ptc_lisp.json_dsl.catalog import OPERATIONS
from ptc_lisp.json_dsl.checking import member
from ptc_lisp.json_dsl.lowering import Here, Scope, gives, handler, has_operation
from ptc_lisp.json_dsl.table import Gives

_HISTORY = frozenset({"*1", "*2", "*3"})
_MOST_NESTED_STEPS = 20
_EVALUATED_BEFORE = frozenset({"expr", "exprs", "object"})


@handler("literal")
def _literal(here: Here) -> n.Node:
    return here.to.literal(here.node["value"], member(here.path, "value"))


@handler("load")
def _load(here: Here) -> n.Node:
    return n.DataRef(*here.at, here.node["name"])


@handler("var")
def _var(here: Here) -> n.Node:
    name = here.node["name"]
    local = (here.scope.names or {}).get(name)
    if local is not None:
        return n.Local(*here.at, local)
    if name == "__input":
        return here.const(None) if here.scope.input is None else here.scope.input
    if name in _HISTORY:
        return n.HistoryRef(*here.at, int(name[1]))
    return n.Global(*here.at, name, optional=True)


@handler("let")
def _let(here: Here) -> n.Node:
    name = here.node["name"]
    value = here.expr("value")
    local = here.to.unique(name)
    inner = Scope(here.scope.input, here.scope.gives, {**(here.scope.names or {}), name: local})
    body = here.to.expression(here.node["in"], member(here.path, "in"), inner, last=here.last)
    return n.Let(*here.at, (n.Binding(local, value),), body)


@handler("object")
def _object(here: Here) -> n.Node:
    return here.to.map_of(here.node["fields"], member(here.path, "fields"), here.scope)


@handler("list")
def _list(here: Here) -> n.Node:
    return n.VectorNode(*here.at, here.exprs("items"))


@handler("if")
def _if(here: Here) -> n.Node:
    return n.If(
        *here.at, here.expr("condition"), here.expr("then", last=here.last), here.expr("else", last=here.last)
    )


@handler("and", "or")
def _logic(here: Here) -> n.Node:
    conjunction = here.op.name == "and"
    items = here.exprs("conditions")
    if not items:
        return here.const(conjunction)
    made = items[0] if len(items) == 1 else n.And(*here.at, items) if conjunction else n.Or(*here.at, items)
    plain = all(gives(value) == "boolean" for value in here.node["conditions"])
    return made if plain else here.call("boolean", made)


@handler("not")
def _not(here: Here) -> n.Node:
    return here.call("not", here.expr("condition"))


@handler("pipe")
def _pipe(here: Here) -> n.Node:
    """Each step around the one before where it takes its input as an argument, else through a local."""
    steps, path = here.node["steps"], member(here.path, "steps")
    bindings: list[n.Binding] = []
    value: n.Node = here.const(None)
    kind: Gives = "any"
    nested = 0
    for index, step in enumerate(steps):
        nested += 1
        if not isinstance(value, n.Const | n.Local) and (
            nested > _MOST_NESTED_STEPS or not _takes_directly(step)
        ):
            local = here.to.unique("it")
            bindings.append(n.Binding(local, value))
            value, nested = n.Local(*here.at, local), 0
        scope = here.scope.with_input(value, kind)
        value = here.to.expression(
            step, f"{path}[{index}]", scope, last=here.last and index == len(steps) - 1
        )
        kind = gives(step)
    return n.Let(*here.at, tuple(bindings), value) if bindings else value


def _takes_directly(step: Any) -> bool:
    """Whether a step evaluates its input exactly once, before everything else."""
    if not isinstance(step, dict) or "op" not in step:
        return False
    node = cast("dict[str, Any]", step)
    op = OPERATIONS[node["op"]]
    return op.takes_input and not any(
        field.kind in _EVALUATED_BEFORE and has_operation(node.get(field.name)) for field in op.fields
    )


@handler("map", "pmap")
def _map(here: Here) -> n.Node:
    fn = here.to.each(here.node["expr"], member(here.path, "expr"), here.scope)
    return here.call(here.op.name, fn, here.rows())


@handler("filter", "reject")
def _filter(here: Here) -> n.Node:
    fn = here.to.each(here.node["where"], member(here.path, "where"), here.scope, boolean=here.op.name)
    return here.call("filter" if here.op.name == "filter" else "remove", fn, here.rows())


@handler("call")
def _call(here: Here) -> n.Node:
    args = here.node.get("args")
    made = () if not args else (here.to.map_of(args, member(here.path, "args"), here.scope),)
    return n.ToolCall(*here.at, here.node["tool"], made)


@handler("task")
def _task(here: Here) -> n.Node:
    return n.Task(*here.at, here.expr("name"), here.expr("value"))


@handler("task_reset")
def _task_reset(here: Here) -> n.Node:
    return n.Intrinsic(*here.at, "task-reset", (here.expr("name"),))


@handler("step_done")
def _step_done(here: Here) -> n.Node:
    return n.Intrinsic(*here.at, "step-done", (here.const(here.node["step"]), here.expr("summary")))


@handler("return")
def _return(here: Here) -> n.Node:
    return n.Stop(*here.at, here.expr("value"), failed=False)


@handler("fail")
def _fail(here: Here) -> n.Node:
    return n.Stop(*here.at, here.expr("reason"), failed=True)
