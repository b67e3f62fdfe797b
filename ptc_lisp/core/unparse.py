"""From core nodes back to source text: the text reads and analyses to a program that does the same.

What the front ends took apart stays apart (patterns come out as one `let` per part), and generated locals get names
that can be written. Nothing here recurses over nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ptc_lisp.core import nodes as n
from ptc_lisp.core.walk import binds, walk

Piece: TypeAlias = "str | n.Node"
"""Text, or a node whose text goes there."""

_KEYWORD = re.compile(r"[A-Za-z0-9+\-*<>=?!_]+")
_NOT_IN_SYMBOLS = re.compile(r"[^A-Za-z0-9+\-*<>=?!_.&$']")
_WORDS = frozenset(
    ("and", "case", "cond", "def", "defn", "defonce", "do", "doseq", "fail", "fn", "for", "if", "let", "loop",
     "or", "recur", "return", "step-done", "task", "task-reset", "keyword", "nil?", "part", "nil", "true", "false", "_", "&"),
)  # fmt: skip
"""Names that the text itself uses, so that no local may hide them."""


def literal_text(value: object) -> str:
    """A literal as source text."""
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{_escaped(value)}"'
        case float():
            special = {"inf": "##Inf", "-inf": "##-Inf", "nan": "##NaN"}
            text = repr(value)
            return special.get(text, text)
        case _:
            return str(value)


def unparse(what: n.Program | n.Node, *, qualify: Callable[[str], str] | None = None) -> str:
    """Source text of a program (one line for each top-level form) or of a node.

    `qualify` gives the qualified spelling of a builtin that the program hides by a name of its own; by default it is
    taken to be in clojure.core.
    """
    roots = what.forms if isinstance(what, n.Program) else (what,)
    writer = _Writer(roots, qualify or (lambda ref: f"clojure.core/{ref}"))
    return "\n".join([writer.text(root) for root in roots])


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


class _Writer:
    """The names of one program, and the text of its nodes."""

    def __init__(self, roots: Iterable[n.Node], qualify: Callable[[str], str]) -> None:
        self.qualify = qualify
        self.user: set[str] = set()
        taken: set[str] = set(_WORDS)
        locals_: dict[str, None] = {}
        for root in roots:
            for node in walk(root):
                if isinstance(node, n.Global | n.Def):
                    self.user.add(node.name)
                elif isinstance(node, n.BuiltinRef):
                    taken.add(node.ref)
                locals_.update(dict.fromkeys(binds(node)))
        taken |= self.user
        self.names: dict[str, str] = {}
        for name in locals_:
            self.names[name] = _fresh(name, taken)
            taken.add(self.names[name])

    def text(self, root: n.Node) -> str:
        """The source text of a node."""
        parts: list[str] = []
        stack: list[Piece] = [root]
        while stack:
            piece = stack.pop()
            if isinstance(piece, str):
                parts.append(piece)
            else:
                stack.extend(reversed(_PIECES[type(piece)](self, piece)))
        return "".join(parts)

    def local(self, name: str) -> str:
        """How a local is written; one that is bound outside of what is written keeps its name."""
        return self.names.get(name) or _NOT_IN_SYMBOLS.sub("_", name)

    def bindings(self, bindings: Iterable[n.Binding]) -> list[Piece]:
        """`[a 1 b 2]`."""
        pieces: list[Piece] = []
        for binding in bindings:
            pieces += [" " if pieces else "", self.local(binding.name), " ", binding.value]
        return ["[", *pieces, "]"]


def _fresh(name: str, taken: set[str]) -> str:
    base = _NOT_IN_SYMBOLS.sub("_", name)
    if base[:1].isdigit() or not base or base.startswith("."):
        base = f"v{base}"
    found, count = base, 0
    while found in taken:
        count += 1
        found = f"{base}_{count}"
    return found


def _between(opener: str, items: Iterable[Piece], closer: str) -> list[Piece]:
    pieces: list[Piece] = [opener]
    for index, item in enumerate(items):
        pieces += [" ", item] if index else [item]
    return [*pieces, closer]


# -- leaves ----------------------------------------------------------------------------------------------------------


def _const(_w: _Writer, node: n.Const) -> list[Piece]:
    return [literal_text(node.value)]


def _keyword(_w: _Writer, node: n.KeywordConst) -> list[Piece]:
    plain = _KEYWORD.fullmatch(node.name) is not None
    return [f":{node.name}" if plain else f"(keyword {literal_text(node.name)})"]


def _global(_w: _Writer, node: n.Global) -> list[Piece]:
    return [f"(or {node.name} nil)" if node.optional else node.name]


def _builtin(w: _Writer, node: n.BuiltinRef) -> list[Piece]:
    return [w.qualify(node.ref) if node.ref in w.user else node.ref]


# -- control ---------------------------------------------------------------------------------------------------------


def _if(_w: _Writer, node: n.If) -> list[Piece]:
    subject = _case_subject(node.test)
    if subject is not None:
        return _case(node, subject)
    clauses: list[tuple[n.Node, n.Node]] = []
    last: n.Node = node
    while isinstance(last, n.If) and _case_subject(last.test) is None:
        clauses.append((last.test, last.then))
        last = last.otherwise
    if len(clauses) < 3:
        return _between("(if ", (node.test, node.then, node.otherwise), ")")
    pieces: list[Piece] = ["(cond"]
    for test, value in clauses:
        pieces += [" ", test, " ", value]
    return [*pieces, ")"] if _is_nil(last) else [*pieces, " :else ", last, ")"]


def _case(node: n.If, subject: n.Node) -> list[Piece]:
    pieces: list[Piece] = ["(case ", subject]
    last: n.Node = node
    while isinstance(last, n.If) and (last is node or _same_local(_case_subject(last.test), subject)):
        test = last.test
        group = test.items if isinstance(test, n.Or) else (test,)
        constants = [item.args[1] for item in group if isinstance(item, n.Intrinsic)]
        pieces += [" ", *(_between("(", constants, ")") if len(constants) > 1 else constants), " ", last.then]
        last = last.otherwise
    return [*pieces, ")"] if _is_nil(last) else [*pieces, " ", last, ")"]


def _case_subject(test: n.Node) -> n.Node | None:
    """What a test of `case` compares with constants; None for every other test."""
    match test:
        case n.Intrinsic(op="case-eq"):
            return test.args[0]
        case n.Or():
            subjects = [_case_subject(item) for item in test.items]
            return subjects[0] if all(_same_local(item, subjects[0]) for item in subjects) else None
        case _:
            return None


def _same_local(a: n.Node | None, b: n.Node | None) -> bool:
    return isinstance(a, n.Local) and isinstance(b, n.Local) and a.name == b.name


def _is_nil(node: n.Node) -> bool:
    return isinstance(node, n.Const) and node.value is None


def _or(_w: _Writer, node: n.Or) -> list[Piece]:
    items: list[Piece] = []
    for item in node.items:
        if isinstance(item, n.Global):
            items.append(item.name if item.optional else f"(do {item.name})")
        else:
            items.append(item)
    return _between("(or ", items, ")")


def _let(w: _Writer, node: n.Let) -> list[Piece]:
    bindings = list(node.bindings)
    body = node.body
    while isinstance(body, n.Let):
        bindings += body.bindings
        body = body.body
    return ["(let ", *w.bindings(bindings), " ", body, ")"]


def _loop(w: _Writer, node: n.Loop) -> list[Piece]:
    return ["(loop ", *w.bindings(node.bindings), " ", node.body, ")"]


def _for(w: _Writer, node: n.For) -> list[Piece]:
    pieces: list[Piece] = ["(for [" if node.collect else "(doseq ["]
    for index, clause in enumerate(node.clauses):
        space = " " if index else ""
        match clause:
            case n.Each():
                pieces += [space, w.local(clause.name), " ", clause.source]
            case n.When():
                pieces += [space, ":when ", clause.test]
            case n.While():
                pieces += [space, ":while ", clause.test]
            case n.Bind():
                pieces += [space, ":let ", *w.bindings(clause.bindings)]
    return [*pieces, "] ", node.body, ")"]


# -- functions -------------------------------------------------------------------------------------------------------


def _arities(w: _Writer, fn: n.Fn) -> list[Piece]:
    pieces: list[Piece] = []
    for arity in fn.arities:
        params = [w.local(name) for name in arity.params]
        if arity.rest is not None:
            params += ["&", w.local(arity.rest)]
        one: list[Piece] = [f"[{' '.join(params)}] ", arity.body]
        pieces += [" ", *one] if len(fn.arities) == 1 else [" (", *one, ")"]
    return pieces


def _fn(w: _Writer, node: n.Fn) -> list[Piece]:
    name = "" if node.self_name is None else f" {w.local(node.self_name)}"
    return [f"(fn{name}", *_arities(w, node), ")"]


def _def(w: _Writer, node: n.Def) -> list[Piece]:
    doc = "" if node.doc is None else f" {literal_text(node.doc)}"
    value = node.value
    if isinstance(value, n.Fn) and value.name == node.name and value.self_name is None and not node.once:
        return [f"(defn {node.name}{doc}", *_arities(w, value), ")"]
    return [f"({'defonce' if node.once else 'def'} {node.name}{doc} ", value, ")"]


def _call(_w: _Writer, node: n.Call) -> list[Piece]:
    head: Piece = node.fn
    if isinstance(head, n.Global) and head.name in _WORDS:
        head = f"#'{head.name}"  # in front of a list the bare name would be the special form
    return _between("(", (head, *node.args), ")")


# -- intrinsics ------------------------------------------------------------------------------------------------------


def _blanks(node: n.Node) -> str:
    return "_ " * int(node.value) if isinstance(node, n.Const) and isinstance(node.value, int) else ""


def _nil_test(w: _Writer, args: tuple[n.Node, ...]) -> list[Piece]:
    return [f"({w.qualify('nil?') if 'nil?' in w.user else 'nil?'} ", args[0], ")"]


_INTRINSICS: dict[str, Callable[[_Writer, tuple[n.Node, ...]], list[Piece]]] = {
    "nth": lambda _w, a: [f"(let [[{_blanks(a[1])}part] ", a[0], "] part)"],
    "rest": lambda _w, a: [f"(let [[{_blanks(a[1])}& part] ", a[0], "] part)"],
    "get": lambda _w, a: ["(let [{part ", a[1], "} ", a[0], "] part)"],
    "get-or": lambda _w, a: ["(let [{part ", a[1], " :or {part ", a[2], "}} ", a[0], "] part)"],
    "kwargs": lambda _w, a: ["(let [[& {:as part}] ", a[0], "] part)"],
    "as-map": lambda _w, a: ["(let [{:as part} ", a[0], "] part)"],
    "as-seq": lambda _w, a: ["(let [[:as part] ", a[0], "] part)"],
    "case-eq": lambda _w, a: ["(case ", a[0], " ", a[1], " true false)"],
    "not": lambda _w, a: ["(if ", a[0], " false true)"],
    "nil?": _nil_test,
    "step-done": lambda _w, a: ["(step-done ", a[0], " ", a[1], ")"],
    "task-reset": lambda _w, a: ["(task-reset ", a[0], ")"],
    "budget": lambda _w, _a: ["budget/remaining"],
}

_PIECES: dict[type, Callable[[_Writer, Any], list[Piece]]] = {
    n.Const: _const,
    n.KeywordConst: _keyword,
    n.SymbolConst: lambda _w, node: [f"'{node.name}"],
    n.RegexConst: lambda _w, node: [f'#"{_escaped(node.pattern)}"'],
    n.Local: lambda w, node: [w.local(node.name)],
    n.Global: _global,
    n.BuiltinRef: _builtin,
    n.ExportRef: lambda _w, node: [node.ref],
    n.DataRef: lambda _w, node: [f"data/{node.name}"],
    n.ToolNode: lambda _w, node: [f"tool/{node.name}"],
    n.HistoryRef: lambda _w, node: [f"*{node.index}"],
    n.VectorNode: lambda _w, node: _between("[", node.items, "]"),
    n.MapNode: lambda _w, node: _between("{", node.items, "}"),
    n.SetNode: lambda _w, node: _between("#{", node.items, "}"),
    n.If: _if,
    n.And: lambda _w, node: _between("(and ", node.items, ")"),
    n.Or: _or,
    n.Do: lambda _w, node: _between("(do ", node.items, ")"),
    n.Let: _let,
    n.Loop: _loop,
    n.Recur: lambda _w, node: _between("(", ("recur", *node.args), ")"),
    n.Fn: _fn,
    n.Call: _call,
    n.Intrinsic: lambda w, node: _INTRINSICS[node.op](w, node.args),
    n.ToolCall: lambda _w, node: _between("(", (f"tool/{node.name}", *node.args), ")"),
    n.Def: _def,
    n.For: _for,
    n.Stop: lambda _w, node: ["(fail " if node.failed else "(return ", node.value, ")"],
    n.Task: lambda _w, node: ["(task ", node.id, " ", node.body, ")"],
}
