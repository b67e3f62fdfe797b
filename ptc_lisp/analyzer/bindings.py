"""let, letfn, and the forms that bind one value and test it."""

from __future__ import annotations

from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.form_tools import form_text, symbol_text, symbols_in, what
from ptc_lisp.analyzer.functions import function
from ptc_lisp.analyzer.patterns import Bindings, bind, bind_name, pruned
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.specials import special
from ptc_lisp.core import nodes as n
from ptc_lisp.reader.forms import Form, ListForm, LiteralForm, SymbolForm, VectorForm

_SHAPES = {
    **dict.fromkeys(("if-let", "when-let", "if-some", "when-some"), "[x value]"),
    **dict.fromkeys(("for", "doseq", "when-first"), "[x coll]"),
    "dotimes": "[i 10]",
}
"""How the binding vector of a form is usually written, where it is not a row of pairs."""


def binding_pairs(a: Analysis, name: str, form: Form) -> list[tuple[Form, Form]] | None:
    """The (pattern, value) pairs of a binding vector; None (and a fault) when it is none.

    A list in its place is a fault too, but is read like a vector, and a name without a value is bound to nil: so
    their names are not reported as unknown on top.
    """
    if not isinstance(form, VectorForm):
        hint = f"write ({name} {_SHAPES.get(name, '[a 1 b 2]')} …) with square brackets"
        a.bad_form(f"{name} takes a vector of bindings first, got {what(form)}", form, hint=hint)
        if not isinstance(form, ListForm):
            return None
    items = form.items
    if len(items) % 2:
        last = items[-1]
        a.bad_form(
            f"{name}: the last binding, {form_text(last)}, has no value",
            form,
            hint=f"bindings come in pairs: [{form_text(last)} value]",
        )
        items = (*items, LiteralForm(last.end, last.end, None))
    return list(zip(items[::2], items[1::2], strict=True))


def make_let(a: Analysis, place: Form, bindings: Bindings, body: n.Node) -> n.Node:
    """A let of these bindings, or just the body when there are none."""
    kept = pruned(a, bindings)
    if kept and isinstance(body, n.Local) and body.name == kept[-1].name:
        kept, body = kept[:-1], kept[-1].value
    return n.Let(place.start, place.end, kept, body) if kept else body


@special(
    "let", "[name value …] body…",
    takes="a vector of bindings and a body", least=1, area="bindings",
    doc="Binds names (or patterns) to values in order, each seeing the earlier ones, and gives the value of the body.",
    examples=[("(let [a 1 b (+ a 1)] (* a b))", "2"), ("(let [{:keys [x]} {:x 5}] x)", "5")],
)  # fmt: skip
def _let(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    inner = scope.inner()
    bindings: Bindings = []
    pairs = binding_pairs(a, "let", args[0])
    if pairs is None:
        return n.Const(form.start, form.end, None)
    for pattern, value in pairs:
        bind(a, pattern, a.lower(value, inner.operand), inner, bindings)
    body = a.body(args[1:], inner, form)
    a.ended.append(inner.names)
    return make_let(a, form, bindings, body)


# -- bind and test ---------------------------------------------------------------------------------------------------


def _one_pair(a: Analysis, name: str, form: Form) -> tuple[Form, Form] | None:
    pairs = binding_pairs(a, name, form)
    if pairs is not None and len(pairs) != 1:
        a.bad_form(
            f"{name} takes exactly one binding, got {len(pairs)}",
            form,
            hint=f"nest {name} forms, or bind with let and test with (and a b)",
        )
        return None
    return pairs[0] if pairs else None


def _tested(a: Analysis, form: ListForm, scope: Scope, then: tuple[Form, ...], *, some: bool) -> n.Node:
    """Binds the one pair of a form's binding vector if its value is truthy (`some`: not nil), else goes on without."""
    name, vector = form_text(form.items[0]), form.items[1]
    otherwise = form.items[2 + len(then) :]
    pair = _one_pair(a, name, vector)
    inner = scope.inner()
    bindings: Bindings = []
    if pair is None:
        return n.Const(form.start, form.end, None)
    pattern, value_form = pair
    value = a.lower(value_form, scope.operand)
    if isinstance(pattern, SymbolForm):
        source = bind_name(a, pattern, inner) or a.temp("p")
    else:
        source = a.temp("p")
        bind(a, pattern, n.Local(pattern.start, pattern.end, source), inner, bindings)
    a.used.add(source)
    local = n.Local(vector.start, vector.end, source)
    yes = make_let(a, form, bindings, a.body(then, inner, form))
    no = a.body(otherwise, scope, form)
    place = (form.start, form.end)
    if some:
        test = n.Intrinsic(vector.start, vector.end, "nil?", (local,))
        chosen = n.If(*place, test, no, yes)
    else:
        chosen = n.If(*place, local, yes, no)
    return n.Let(*place, (n.Binding(source, value),), chosen)


@special(
    "if-let", "[name value] then", "[name value] then else",
    takes="a binding, a then and an optional else", least=2, most=3, area="bindings",
    doc="Binds the value and gives `then` when the value is truthy; otherwise gives `else` (nil without one).",
    examples=[("(if-let [x (get {:a 1} :a)] (inc x) :none)", "2"), ("(if-let [x nil] x :none)", ":none")],
)  # fmt: skip
def _if_let(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _tested(a, form, scope, args[1:2], some=False)


@special(
    "if-some", "[name value] then", "[name value] then else",
    takes="a binding, a then and an optional else", least=2, most=3, area="bindings",
    doc="Like if-let, but only nil counts as missing: false is bound.",
    examples=[("(if-some [x false] [:got x] :none)", "[:got false]")],
)  # fmt: skip
def _if_some(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _tested(a, form, scope, args[1:2], some=True)


@special(
    "when-let", "[name value] body…",
    takes="a binding and a body", least=1, area="bindings",
    doc="Binds the value and runs the body when the value is truthy; otherwise nil.",
    examples=[("(when-let [x 3] (* x x))", "9"), ("(when-let [x nil] :never)", "nil")],
)  # fmt: skip
def _when_let(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _tested(a, form, scope, args[1:], some=False)


@special(
    "when-some", "[name value] body…",
    takes="a binding and a body", least=1, area="bindings",
    doc="Binds the value and runs the body when the value is not nil; otherwise nil.",
    examples=[("(when-some [x false] [:got x])", "[:got false]")],
)  # fmt: skip
def _when_some(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _tested(a, form, scope, args[1:], some=True)


@special(
    "when-first", "[name coll] body…",
    takes="a binding and a body", least=1, area="bindings",
    doc="Binds the first item and runs the body when the collection is not empty; otherwise nil.",
    examples=[("(when-first [x [7 8 9]] (inc x))", "8"), ("(when-first [x []] :never)", "nil")],
)  # fmt: skip
def _when_first(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    pair = _one_pair(a, "when-first", args[0])
    if pair is None:
        return n.Const(form.start, form.end, None)
    items = a.temp("items")
    local = n.Local(pair[1].start, pair[1].end, items)
    source = a.builtin_call(pair[1], "seq", a.lower(pair[1], scope.operand))
    inner = scope.inner()
    bindings: Bindings = []
    bind(a, pair[0], a.builtin_call(pair[1], "first", local), inner, bindings)
    body = make_let(a, form, bindings, a.body(args[1:], inner, form))
    chosen = n.If(form.start, form.end, local, body, n.Const(form.start, form.end, None))
    return n.Let(form.start, form.end, (n.Binding(items, source),), chosen)


# -- letfn -----------------------------------------------------------------------------------------------------------


@special(
    "letfn", "[(name [params] body…) …] body…",
    takes="a vector of functions and a body", least=1, area="functions",
    doc="Binds local functions that may call themselves and each other.",
    examples=[
        ("(letfn [(twice [x] (* 2 x))] (twice 4))", "8"),
        ("(letfn [(ev? [n] (if (= n 0) true (od? (dec n)))) (od? [n] (if (= n 0) false (ev? (dec n))))] (ev? 10))", "true"),
    ],
)  # fmt: skip
def _letfn(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    fns = _letfn_forms(a, args[0])
    if fns is None:
        return n.Const(form.start, form.end, None)
    inner = scope.inner()
    names = [fn.items[0].name for fn in fns if isinstance(fn.items[0], SymbolForm)]
    if _looks_ahead(fns, names):
        bindings = _mutual(a, form, fns, inner)
    else:
        bindings = []
        for fn in fns:
            node = function(a, fn, fn.items, inner)
            bind(a, fn.items[0], node, inner, bindings)
    return make_let(a, form, bindings, a.body(args[1:], inner, form))


def _letfn_forms(a: Analysis, vector: Form) -> list[ListForm] | None:
    hint = "write (letfn [(f [x] …) (g [y] …)] …)"
    if not isinstance(vector, VectorForm):
        a.bad_form(f"letfn takes a vector of functions first, got {what(vector)}", vector, hint=hint)
        return None
    found: list[ListForm] = []
    for item in vector.items:
        if not isinstance(item, ListForm) or not item.items or symbol_text(item.items[0]) is None:
            a.bad_form(f"letfn takes functions such as (f [x] …), got {what(item)}", item, hint=hint)
            return None
        found.append(item)
    return found


def _looks_ahead(fns: list[ListForm], names: list[str]) -> bool:
    """Whether a function mentions one that comes after it."""
    return any(
        not set(names[index + 1 :]).isdisjoint(symbol.name for symbol in symbols_in(fn.items[1:]))
        for index, fn in enumerate(fns)
    )


def _mutual(a: Analysis, form: ListForm, fns: list[ListForm], scope: Scope) -> Bindings:
    """Functions that call each other: a function without arguments makes all of them anew, and each of them begins by
    asking it for the others. So no local is ever seen before it is bound."""
    maker = a.temp("letfn")
    place = (form.start, form.end)
    a.used.add(maker)
    unpacked: list[tuple[str, int]] = []

    def unpack(source: str, into: Scope, own: int | None) -> Bindings:
        made = a.temp("fns")
        rows: Bindings = [n.Binding(made, n.Call(*place, n.Local(*place, source), ()))]
        for index, fn in enumerate(fns):
            if index != own:  # by its own name a function finds itself
                part = n.Intrinsic(*place, "nth", (n.Local(*place, made), n.Const(*place, index)))
                bind(a, fn.items[0], part, into, rows)
                unpacked.append((rows[-1].name, index))
        return rows

    nodes = [
        function(a, fn, fn.items, scope, prelude=lambda into, own=index: unpack(maker, into, own))
        for index, fn in enumerate(fns)
    ]
    make_all = n.Fn(*place, (n.FnArity((), None, n.VectorNode(*place, tuple(nodes))),), None, maker)
    outer = a.temp("letfn")
    rows = [n.Binding(outer, make_all), *unpack(outer, scope, None)]
    a.local_fns.update({name: nodes[index] for name, index in unpacked})
    return rows
