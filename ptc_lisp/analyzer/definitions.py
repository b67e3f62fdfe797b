"""def, defonce, defn, defn-, declare: names of the user namespace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.form_tools import form_text, symbol_text, what
from ptc_lisp.analyzer.functions import function
from ptc_lisp.analyzer.patterns import named
from ptc_lisp.analyzer.resolve import HISTORY, PLACEHOLDER
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.specials import TABLE, special
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import (
    Form,
    ListForm,
    LiteralForm,
    MapForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VectorForm,
)

_DEFINING = frozenset({"def", "defonce", "defn", "defn-"})
_CONTAINERS = frozenset({VectorForm, MapForm, SetForm, ShortFnForm})
_PROTECTED = frozenset({"tool", "data", "budget", "mcp", "ptc"})


def names_defined(forms: Sequence[Form]) -> set[str]:
    """Names that the program defines somewhere, found by looking at the forms only."""
    found: set[str] = set()
    stack: list[Sequence[Form]] = [forms]
    while stack:
        for form in stack.pop():
            if isinstance(form, ListForm):
                items = form.items
                head = symbol_text(items[0]) if items else None
                if head == "comment":
                    continue
                if head in _DEFINING and len(items) > 1:
                    found.add(symbol_text(items[1]) or "")
                stack.append(items)
            elif form.__class__ in _CONTAINERS:
                stack.append(cast("VectorForm", form).items)
    return found


def _name(a: Analysis, who: str, form: Form) -> str | None:
    """The name to define; None (and a fault) when it cannot be one."""
    if not isinstance(form, SymbolForm):
        a.bad_form(f"{who} takes a name first, got {what(form)}", form, hint=f"write ({who} name …)")
        return None
    if form.ns in _PROTECTED or form.ns in a.env.libraries:
        a.bad_form(
            f"{form.text} is protected and cannot be defined",
            form,
            hint=f"define a name of your own: {form.name}",
        )
        return None
    if form.ns is not None:
        a.bad_form(
            f"{form.text} cannot be defined: there is one user namespace", form, hint=f"write {form.name}"
        )
        return None
    if PLACEHOLDER.fullmatch(form.name) or form.name in HISTORY or form.name == "&":
        a.bad_form(f"{form.name} cannot be defined", form, hint="choose another name")
        return None
    return form.name


def _value(a: Analysis, name: str, scope: Scope, value: Callable[[], n.Node]) -> n.Node:
    """Analyses the value with the name visible inside functions only; then the name is known."""
    outer, hidden = a.current, a.pending.get(name)
    a.current = outer or name
    a.mentions.setdefault(a.current, set())
    a.pending[name] = scope.depth
    node = value()
    a.current = outer
    if hidden is None:
        del a.pending[name]
    else:
        a.pending[name] = hidden
    a.known.add(name)
    return node


def _define(a: Analysis, node: n.Def) -> n.Def:
    a.definitions.setdefault(node.name, []).append(node)
    return node


def _plain(
    a: Analysis, who: str, form: ListForm, args: tuple[Form, ...], scope: Scope, *, once: bool
) -> n.Node:
    doc = None
    if len(args) == 3:
        if not (isinstance(args[1], LiteralForm) and isinstance(args[1].value, str)):
            a.fault(
                FaultKind.ARITY_ERROR,
                f"{who} takes a name, an optional doc string and a value; got 3 forms, the second {what(args[1])}",
                form,
                hint=f"wrap several forms in one: ({who} {form_text(args[0])} (do …)), or use defn for a function",
            )
            if isinstance(args[0], SymbolForm):
                a.known.add(args[0].name)
            return n.Const(form.start, form.end, None)
        doc = args[1].value
    name = _name(a, who, args[0])
    if name is None:
        return a.lower(args[-1], scope.operand)
    value = _value(a, name, scope, lambda: a.lower(args[-1], scope.operand))
    return _define(a, n.Def(form.start, form.end, name, named(value, name), doc, once))


@special(
    "def", "name value", "name doc value",
    takes="a name, an optional doc string and a value", least=2, most=3, area="definitions", reserved=True,
    doc="Stores a value under a name that later forms, and later programs of the session, can use.", clojure="DIV-55",
    examples=[("(def x 5)", "#'x"), ("(do (def x 5) (inc x))", "6")],
)  # fmt: skip
def _def(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _plain(a, "def", form, args, scope, once=False)


@special(
    "defonce", "name value", "name doc value",
    takes="a name, an optional doc string and a value", least=2, most=3, area="definitions", reserved=True,
    doc="Like def, but only when the name has no value yet; otherwise the value is not even evaluated.",
    examples=[("(do (def x 1) (defonce x 99) x)", "1")],
)  # fmt: skip
def _defonce(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _plain(a, "defonce", form, args, scope, once=True)


_DEFN_EXAMPLES = [
    ("(do (defn area [w h] (* w h)) (area 3 4))", "12"),
    ('(do (defn greet ([] (greet "you")) ([who] (str "hi " who))) (greet))', '"hi you"'),
]


@special(
    "defn", "name [params] body…", "name doc [params] body…", "name ([params] body…) …",
    takes="a name, an optional doc string, a parameter vector and a body", least=2, area="definitions",
    doc="Defines a function. It may call itself, have several arities, `& rest` and patterns as parameters.",
    examples=_DEFN_EXAMPLES,
)  # fmt: skip
def _defn(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    name = _name(a, "defn", args[0])
    if name in TABLE:
        a.bad_form(
            f"{name} is a special form: a function of that name could not be called",
            args[0],
            hint="choose another name",
        )
    rest = args[1:]
    doc = None
    if isinstance(rest[0], LiteralForm) and isinstance(rest[0].value, str):
        doc, rest = rest[0].value, rest[1:]
    if rest and isinstance(rest[0], MapForm) and len(rest) > 1:
        rest = rest[1:]
    if name is None:
        return function(a, form, rest, scope, named="fn")
    value = _value(a, name, scope, lambda: function(a, form, rest, scope, named=name))
    return _define(a, n.Def(form.start, form.end, name, value, doc))


special(
    "defn-", "name [params] body…",
    takes="a name, an optional doc string, a parameter vector and a body", least=2, area="definitions",
    doc="The same as defn: there is one user namespace, nothing in it is private.",
    examples=[("(do (defn- twice [x] (* 2 x)) (twice 4))", "8")],
)(_defn)  # fmt: skip


@special(
    "declare", "name…",
    takes="names", area="definitions",
    doc="Lets functions mention names that are defined further down. Gives nil.",
    examples=[("(do (declare g) (defn f [] (g)) (defn g [] 7) (f))", "7")],
)  # fmt: skip
def _declare(a: Analysis, form: ListForm, args: tuple[Form, ...], _scope: Scope) -> n.Node:
    for arg in args:
        name = _name(a, "declare", arg)
        if name is not None:
            a.known.add(name)
    return n.Const(form.start, form.end, None)
