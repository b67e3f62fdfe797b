"""Lowering of what works on rows and lists and is no plain call."""

from __future__ import annotations

from ptc_lisp.core import nodes as n
from ptc_lisp.json_dsl.checking import member, pairs_of
from ptc_lisp.json_dsl.lowering import Here, current, handler, has_operation


@handler("get")
def _get(here: Here) -> n.Node:
    node, value = here.node, current(here.scope)
    steps = [node["field"]] if "field" in node else node["path"]
    path = n.VectorNode(*here.at, tuple([here.const(step) for step in steps]))
    if "default" not in node:
        return here.call("dsl/get", value, path)
    default = here.expr("default")
    if not has_operation(node["default"]):
        return here.call("dsl/get", value, path, default)
    found = here.to.unique("found")
    local = n.Local(*here.at, found)
    missing = n.Intrinsic(*here.at, "nil?", (local,))
    chosen = n.If(*here.at, missing, default, local)
    return n.Let(*here.at, (n.Binding(found, here.call("dsl/get", value, path)),), chosen)


@handler("sort_by")
def _sort_by(here: Here) -> n.Node:
    descending = here.node.get("order") == "desc"
    return here.call(
        "dsl/sort-by", current(here.scope), here.const(here.node["field"]), here.const(descending)
    )


@handler("first", "last", "distinct", "count")
def _plain(here: Here) -> n.Node:
    return here.call(here.op.name, here.rows())


@handler("nth")
def _nth(here: Here) -> n.Node:
    return here.call("get", here.rows(), here.const(int(here.node["index"])))


@handler("take", "drop")
def _part(here: Here) -> n.Node:
    return here.call(here.op.name, here.const(int(here.node["count"])), here.rows())


@handler("group_by")
def _group_by(here: Here) -> n.Node:
    field = here.const(here.node["field"])
    fields = here.node.get("fields")
    if fields is None:
        return here.call("dsl/group-by", current(here.scope), field)
    groups = here.call("dsl/groups", current(here.scope), field)
    group, rows = here.to.unique("group"), here.to.unique("rows")
    it = n.Local(*here.at, group)
    scope = here.scope.with_input(n.Local(*here.at, rows), "list")
    entries: dict[str, n.Node] = {here.node["field"]: here.call("nth", it, here.const(0))}
    path = member(here.path, "fields")
    for name, value, behind in pairs_of(fields):
        entries[name] = here.to.slot(value, path + behind, scope)
    made = here.to.map_node(here.at, entries)
    body = n.Let(*here.at, (n.Binding(rows, here.call("nth", it, here.const(1))),), made)
    fn = n.Fn(*here.at, (n.FnArity((group,), None, body, ("group",)),))
    return here.call("map", fn, groups)


@handler("join")
def _join(here: Here) -> n.Node:
    on = here.node["on"]
    other = here.node.get("with_field", on)
    return here.call("dsl/join", current(here.scope), here.expr("with"), here.const(on), here.const(other))


@handler("merge", "concat", "zip", "text")
def _combined(here: Here) -> n.Node:
    ref = "str" if here.op.name == "text" else f"dsl/{here.op.name}"
    return here.call(ref, *here.exprs(here.op.fields[0].name))
