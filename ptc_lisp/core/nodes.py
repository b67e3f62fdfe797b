"""The core language: what both front ends lower to, and the only thing that is compiled.

Rules the front ends keep and the back end relies on:
* Local names are unique in a whole program: a binding that shadows another gets a new name (`x`, `x~1`, …).
* Destructuring, threading, `cond`, `case` and the like are gone.
* `Recur` occurs only in tail position of its `Loop` or `FnArity`, with the right number of arguments.
* Places (`start`, `end`: character offsets) point into the program that the node was written in.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class _Node(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    start: int
    end: int


class Const(_Node, frozen=True):
    """nil, boolean, int, float or string."""

    value: bool | int | float | str | None


class KeywordConst(_Node, frozen=True):
    """`:name`."""

    name: str


class SymbolConst(_Node, frozen=True):
    """`'name`, a quoted symbol."""

    name: str


class RegexConst(_Node, frozen=True):
    """A regex literal whose pattern was checked."""

    pattern: str


class Local(_Node, frozen=True):
    """A local by its unique name."""

    name: str


class Global(_Node, frozen=True):
    """A name of the user namespace. `optional`: nil when unbound (bare symbols in `or`)."""

    name: str
    optional: bool = False


class BuiltinRef(_Node, frozen=True):
    """A builtin or constant by its registry ref."""

    ref: str


class ExportRef(_Node, frozen=True):
    """A name of an attached prelude, as programs write it: `crm/find-user`. A call of one has a checked argument count."""

    ref: str
    function: bool = True


class DataRef(_Node, frozen=True):
    """`data/name`."""

    name: str


class ToolNode(_Node, frozen=True):
    """`tool/name` in value position."""

    name: str


class HistoryRef(_Node, frozen=True):
    """`*1`, `*2`, `*3`."""

    index: int


class VectorNode(_Node, frozen=True):
    """`[a b]`."""

    items: tuple[Node, ...]


class MapNode(_Node, frozen=True):
    """`{k v}`: keys and values in turn; a later equal key wins."""

    items: tuple[Node, ...]


class SetNode(_Node, frozen=True):
    """`#{a b}`."""

    items: tuple[Node, ...]


class If(_Node, frozen=True):
    """Only nil and false are falsy."""

    test: Node
    then: Node
    otherwise: Node


class And(_Node, frozen=True):
    """Two or more; the first falsy value or the last."""

    items: tuple[Node, ...]


class Or(_Node, frozen=True):
    """Two or more; the first truthy value or the last."""

    items: tuple[Node, ...]


class Do(_Node, frozen=True):
    """Two or more, in order; the value of the last."""

    items: tuple[Node, ...]


class Binding(msgspec.Struct, frozen=True):
    """One unique local and what it is bound to."""

    name: str
    value: Node


class Let(_Node, frozen=True):
    """Sequential bindings, then the body."""

    bindings: tuple[Binding, ...]
    body: Node


class Loop(_Node, frozen=True):
    """`Recur` inside the body binds all names anew and runs the body again."""

    bindings: tuple[Binding, ...]
    body: Node


class Recur(_Node, frozen=True):
    """Back to the nearest `Loop` or `FnArity`. For a variadic arity the last argument is the rest (a vector or nil)."""

    args: tuple[Node, ...]


class FnArity(msgspec.Struct, frozen=True):
    """One parameter list: unique names of the fixed parameters, of the rest parameter, and the body.

    The rest parameter is a vector, or nil when there are no further arguments. `shown` is the parameter list as the
    program wrote it, for printing: `["x", "y", "&", "more"]`, `_` for a pattern.
    """

    params: tuple[str, ...]
    rest: str | None
    body: Node
    shown: tuple[str, ...] = ()


class Fn(_Node, frozen=True):
    """A function. `self_name`: the unique local by which bodies call the function itself. `name`: for people."""

    arities: tuple[FnArity, ...]
    name: str | None = None
    self_name: str | None = None


class Call(_Node, frozen=True):
    """A call of any callable value. A call of a `BuiltinRef` has a checked argument count."""

    fn: Node
    args: tuple[Node, ...]


class Intrinsic(_Node, frozen=True):
    """An operation of the language itself that has no name of its own (see `INTRINSICS`)."""

    op: str
    args: tuple[Node, ...]


class ToolCall(_Node, frozen=True):
    """`(tool/name …)`: the argument forms as written (a map, or keyword-value pairs), checked at run time."""

    name: str
    args: tuple[Node, ...]


class Def(_Node, frozen=True):
    """Sets a user name, gives its Var. `once`: only when unbound (else the value is not evaluated)."""

    name: str
    value: Node
    doc: str | None = None
    once: bool = False


class For(_Node, frozen=True):
    """`for` (collect) and `doseq`. Clauses nest left to right."""

    clauses: tuple[Clause, ...]
    body: Node
    collect: bool


class Each(msgspec.Struct, frozen=True, tag=True):
    """Binds `name` to each item of `source` in turn."""

    name: str
    source: Node


class When(msgspec.Struct, frozen=True, tag=True):
    """Skips the item when the test is falsy."""

    test: Node


class While(msgspec.Struct, frozen=True, tag=True):
    """Ends the level of the nearest `Each` before it when the test is falsy."""

    test: Node


class Bind(msgspec.Struct, frozen=True, tag=True):
    """`:let` (and destructuring of the item)."""

    bindings: tuple[Binding, ...]


class Stop(_Node, frozen=True):
    """`(return v)` (`failed` False) or `(fail v)`: ends the program from any depth."""

    value: Node
    failed: bool


class Task(_Node, frozen=True):
    """`(task id body)`: the journalled value of `id`, or the body's value, which is then journalled."""

    id: Node
    body: Node


Clause: TypeAlias = Each | When | While | Bind

Node: TypeAlias = (
    Const
    | KeywordConst
    | SymbolConst
    | RegexConst
    | Local
    | Global
    | BuiltinRef
    | ExportRef
    | DataRef
    | ToolNode
    | HistoryRef
    | VectorNode
    | MapNode
    | SetNode
    | If
    | And
    | Or
    | Do
    | Let
    | Loop
    | Recur
    | Fn
    | Call
    | Intrinsic
    | ToolCall
    | Def
    | For
    | Stop
    | Task
)

INTRINSICS: dict[str, str] = {
    "nth": "(value, index): item of a sequential pattern's value or nil; nil, vectors and strings only (destructure_error)",
    "rest": "(value, n): items from n on as a vector, nil when there are none; same values as `nth`",
    "get": "(value, key): flexible lookup of a map pattern's value or nil; nil and maps only (destructure_error)",
    "get-or": "(value, key, default): like get; the default (evaluated only then) when the key is absent",
    "kwargs": "(rest): the map of `& {…}` parameters: pairs, or one trailing map; odd count is a destructure_error",
    "as-map": "(value): the value itself when nil or a map, else destructure_error (`{:as m}`)",
    "as-seq": "(value): the value itself when nil, a vector or a string, else destructure_error (`[:as v]`)",
    "case-eq": "(value, constant): `=` of case",
    "not": "(value): true for nil and false",
    "nil?": "(value)",
    "step-done": "(id, summary): records a progress summary, gives the summary",
    "task-reset": "(id): removes a journal entry, gives nil",
    "budget": "(): the host's budget map",
}


class Program(msgspec.Struct, frozen=True):
    """A whole program.

    body: the node of all top-level forms.
    forms: the top-level nodes, in order (the unit of execution).
    defines: user names that it may define. data: names of `data/…` that it mentions. tools: names of `tool/…`.
    """

    body: Node
    forms: tuple[Node, ...]
    defines: tuple[str, ...]
    data: tuple[str, ...]
    tools: tuple[str, ...]
