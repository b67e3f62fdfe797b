"""fn: parameters, arities, and where recur leads inside a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from ptc_lisp.analyzer.analysis import Analysis, quoted
from ptc_lisp.analyzer.form_tools import form_text, symbol_text, what
from ptc_lisp.analyzer.patterns import Bindings, bind, bind_name, bind_parts, pruned
from ptc_lisp.analyzer.scope import Scope, Target
from ptc_lisp.analyzer.specials import special
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import Form, KeywordForm, ListForm, MapForm, SymbolForm, VectorForm

Prelude = Callable[[Scope], Bindings]
"""Bindings that a macro puts at the beginning of each body, given the scope of the parameters."""

_USAGE = "write (fn [x y] body…)"


def function(
    a: Analysis,
    place: Form,
    items: tuple[Form, ...],
    scope: Scope,
    *,
    prelude: Prelude | None = None,
    named: str | None = None,
) -> n.Fn:
    """The node of `name? [params] body…` or `name? ([params] body…) …`.

    `named` is a name for people only (a `defn` calls itself through the user namespace).
    """
    self_name = None
    outer = scope.fn(None)
    name = named
    if len(items) > 1 and named is None and isinstance(items[0], SymbolForm):
        self_name = bind_name(a, items[0], outer)
        name = items[0].name
        items = items[1:]
    arities: list[n.FnArity] = []
    for params, body, at in _arity_forms(a, place, items, name or "fn"):
        fixed, rest = _split(a, params)
        target = Target(len(fixed) + (rest is not None), f"fn {name}" if name else "this fn")
        inner = Scope(parent=outer, target=target, tail=True, depth=outer.depth)
        bindings: Bindings = [] if prelude is None else prelude(inner)
        names = [_param(a, form, inner, bindings) for form in fixed]
        rest_name = None if rest is None else _param(a, rest, inner, bindings, rest=True)
        node = _body(a, body, inner, bindings, at)
        arities.append(n.FnArity(tuple(names), rest_name, node, _shown(fixed, rest)))
    _check_arities(a, place, arities)
    fn = n.Fn(place.start, place.end, tuple(arities), name, self_name)
    if self_name is not None:
        a.local_fns[self_name] = fn
    return fn


_ArityForm = tuple[VectorForm, tuple[Form, ...], Form]


def _arity_forms(a: Analysis, place: Form, items: tuple[Form, ...], name: str) -> list[_ArityForm]:
    if not items:
        a.fault(FaultKind.ARITY_ERROR, f"{name} has no parameter vector", place, hint=_USAGE)
        return []
    first = items[0]
    if isinstance(first, VectorForm):
        return [(first, items[1:], place)]
    if isinstance(first, ListForm) and first.items and isinstance(first.items[0], VectorForm):
        found: list[_ArityForm] = []
        for item in items:
            if isinstance(item, ListForm) and item.items and isinstance(item.items[0], VectorForm):
                found.append((item.items[0], item.items[1:], item))
            elif not (isinstance(item, MapForm) and item is items[-1]):
                a.bad_form(
                    f"expected ([params] body…), got {what(item)}", item, hint="write (fn ([x] …) ([x y] …))"
                )
        return found
    hint = _USAGE
    if isinstance(first, ListForm) and all(isinstance(item, SymbolForm) for item in first.items):
        hint = f"parameters stand in square brackets: [{form_text(first)[1:-1]}]"
    elif isinstance(first, SymbolForm):
        hint = f"parameters stand in square brackets: [{first.name}]"
    a.bad_form(f"{name}: expected a parameter vector, got {what(first)}", first, hint=hint)
    return []


def _body(a: Analysis, body: tuple[Form, ...], scope: Scope, bindings: Bindings, place: Form) -> n.Node:
    """The body behind the bindings of parameter patterns; a map of conditions before it is ignored."""
    if len(body) > 1 and _is_conditions(body[0]):
        body = body[1:]
    node = a.body(body, scope, place)
    kept = pruned(a, bindings)
    return n.Let(place.start, place.end, kept, node) if kept else node


def _split(a: Analysis, vector: VectorForm) -> tuple[list[Form], Form | None]:
    items = list(vector.items)
    marks = [index for index, item in enumerate(items) if symbol_text(item) == "&"]
    if not marks:
        return items, None
    at = marks[0]
    if len(items) - at != 2:
        a.bad_form("& must be followed by exactly one parameter", vector, hint="write [a & more]")
        return items[:at], None
    return items[:at], items[at + 1]


def _param(a: Analysis, form: Form, scope: Scope, bindings: Bindings, *, rest: bool = False) -> str:
    if isinstance(form, SymbolForm):
        return bind_name(a, form, scope) or a.temp("arg")
    name = a.temp("arg")
    local = n.Local(form.start, form.end, name)
    if rest and isinstance(form, MapForm):
        bind(a, form, n.Intrinsic(form.start, form.end, "kwargs", (local,)), scope, bindings)
    else:
        bind_parts(a, form, local, scope, bindings)
    a.used.add(name)
    return name


def _shown(fixed: list[Form], rest: Form | None) -> tuple[str, ...]:
    names = [form.text if isinstance(form, SymbolForm) else "_" for form in fixed]
    if rest is not None:
        names += ["&", rest.text if isinstance(rest, SymbolForm) else "_"]
    return tuple(names)


def _is_conditions(form: Form) -> bool:
    return (
        isinstance(form, MapForm)
        and bool(form.items)
        and all(isinstance(key, KeywordForm) and key.name in {"pre", "post"} for key in form.items[::2])
    )


def _check_arities(a: Analysis, place: Form, arities: list[n.FnArity]) -> None:
    fixed = [len(arity.params) for arity in arities if arity.rest is None]
    variadic = [len(arity.params) for arity in arities if arity.rest is not None]
    if len(set(fixed)) < len(fixed):
        a.bad_form("two arities take the same number of parameters", place, hint="merge them into one")
    if len(variadic) > 1:
        a.bad_form("only one arity can take & more", place, hint="merge the variadic arities")
    elif variadic and fixed and max(fixed) > variadic[0]:
        message = "an arity has more parameters than the one with & more"
        a.bad_form(message, place, hint="give the variadic arity the most parameters")


@special(
    "fn", "[params] body…", "name [params] body…", "([params] body…) …",
    takes="a parameter vector and a body", least=1, area="functions",
    doc="A function. It may have a name for calling itself, several arities, `& rest` and patterns as parameters.",
    examples=[
        ("((fn [x y] (+ x y)) 1 2)", "3"),
        ("((fn f [k] (if (= k 0) 1 (* k (f (dec k))))) 5)", "120"),
        ("((fn ([x] [:one x]) ([x & more] [:many more])) 1 2 3)", "[:many [2 3]]"),
    ],
)  # fmt: skip
def _fn(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return function(a, form, args, scope)


@special(
    "quote", "form",
    takes="one form", least=1, most=1, area="functions",
    doc="The form as data: a name as a reference, a list as a vector. Written 'form.",
    examples=[("(= 'abc (quote abc))", "true"), ("'(1 2)", "[1 2]")], clojure="DIV-19",
)  # fmt: skip
def _quote(a: Analysis, _form: ListForm, args: tuple[Form, ...], _scope: Scope) -> n.Node:
    return quoted(a, args[0])


def bad_step(step: Form) -> bool:
    """Whether a threading step is a function literal as a list, into which the value would be spliced."""
    return isinstance(step, ListForm) and bool(step.items) and symbol_text(step.items[0]) == "fn"


def call_of(step: Form, value: Form, *, last: bool) -> ListForm:
    """The step of a threading form with the value put in: first argument, or `last`."""
    if isinstance(step, ListForm) and step.items:
        items = step.items
        put = (*items, value) if last else (items[0], value, *items[1:])
    else:
        put = (step, value)
    return ListForm(step.start, step.end, cast("tuple[Form, ...]", put))
