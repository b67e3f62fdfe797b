"""loop, recur, for, doseq, dotimes."""

from __future__ import annotations

from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.bindings import binding_pairs
from ptc_lisp.analyzer.form_tools import form_text
from ptc_lisp.analyzer.patterns import Bindings, bind, bind_name, bind_parts, is_pattern, pruned
from ptc_lisp.analyzer.scope import Scope, Target
from ptc_lisp.analyzer.specials import special
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import Form, KeywordForm, ListForm, SymbolForm


@special(
    "loop", "[name init …] body…",
    takes="a vector of bindings and a body", least=1, area="loops", clojure="DIV-01",
    doc="Like let; (recur …) in the body binds the names anew and runs the body again.",
    examples=[("(loop [i 0 acc []] (if (= i 3) acc (recur (inc i) (conj acc (* i i)))))", "[0 1 4]")],
)  # fmt: skip
def _loop(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    pairs = binding_pairs(a, "loop", args[0])
    if pairs is None:
        return n.Const(form.start, form.end, None)
    if any(is_pattern(pattern) for pattern, _ in pairs[:-1]):
        return _loop_after_let(a, form, pairs, args[1:], scope)
    inner = scope.loop(Target(len(pairs), "this loop"))
    bindings: Bindings = []
    parts: Bindings = []
    for pattern, init in pairs:
        value = a.lower(init, inner.operand)
        if isinstance(pattern, SymbolForm):
            name = bind_name(a, pattern, inner) or a.temp("p")
        else:
            name = a.temp("p")
            bind_parts(a, pattern, n.Local(pattern.start, pattern.end, name), inner, parts)
        bindings.append(n.Binding(name, value))
    return n.Loop(
        form.start, form.end, tuple(bindings), _with_parts(a, form, parts, a.body(args[1:], inner, form))
    )


def _loop_after_let(
    a: Analysis, form: ListForm, pairs: list[tuple[Form, Form]], body: tuple[Form, ...], scope: Scope
) -> n.Node:
    """A loop in which an init may read what an earlier pattern bound: the inits are evaluated in a let of their own."""
    before = scope.inner()
    inits: Bindings = []
    firsts: list[n.Local] = []
    for pattern, init in pairs:
        name = a.temp("init")
        local = n.Local(pattern.start, pattern.end, name)
        a.used.add(name)
        inits.append(n.Binding(name, a.lower(init, before.operand)))
        bind(a, pattern, local, before, inits)
        firsts.append(local)
    inner = scope.loop(Target(len(pairs), "this loop"))
    bindings: Bindings = []
    parts: Bindings = []
    for (pattern, _), first in zip(pairs, firsts, strict=True):
        if isinstance(pattern, SymbolForm):
            name = bind_name(a, pattern, inner) or a.temp("p")
        else:
            name = a.temp("p")
            bind_parts(a, pattern, n.Local(pattern.start, pattern.end, name), inner, parts)
        bindings.append(n.Binding(name, first))
    node = n.Loop(
        form.start, form.end, tuple(bindings), _with_parts(a, form, parts, a.body(body, inner, form))
    )
    return n.Let(form.start, form.end, tuple(inits), node)


def _with_parts(a: Analysis, form: ListForm, parts: Bindings, body: n.Node) -> n.Node:
    kept = pruned(a, parts)
    return n.Let(form.start, form.end, kept, body) if kept else body


@special(
    "recur", "x…",
    takes="one form for each name of the loop", area="loops", reserved=True,
    doc="Goes back to the nearest loop or fn with new values. It must be the last thing that the body does.",
    examples=[("(loop [i 0] (if (< i 3) (recur (inc i)) i))", "3")],
)  # fmt: skip
def _recur(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    a.recurs += 1
    values = a.lower_all(args, scope)
    target = scope.target
    if target is None:
        hint = "recur goes back to a loop or fn around it: (loop [i 0] (if (< i 3) (recur (inc i)) i))"
        return a.bad_form("recur stands outside of loop and fn", form, hint=hint)
    if not scope.tail:
        hint = "nothing may be left to do after recur: call the function by its name instead, or carry an accumulator in loop"
        return a.bad_form("recur is not the last thing that the body does", form, hint=hint)
    if len(values) != target.places:
        return a.fault(
            FaultKind.ARITY_ERROR,
            f"recur takes {target.places} form{'' if target.places == 1 else 's'} here, got {len(values)}",
            form,
            hint=f"give one value for each name of {target.what}",
        )
    return n.Recur(form.start, form.end, values)


# -- comprehensions --------------------------------------------------------------------------------------------------


def _comprehension(
    a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope, *, collect: bool
) -> n.Node:
    name = "for" if collect else "doseq"
    inner = scope.closed()
    clauses = _clauses(a, name, args[0], inner)
    if not clauses:
        return n.Const(form.start, form.end, None)
    body = a.body(args[1:], inner, form)
    return n.For(form.start, form.end, tuple(clauses), body, collect)


def _clauses(a: Analysis, name: str, vector: Form, scope: Scope) -> list[n.Clause]:
    clauses: list[n.Clause] = []
    pairs = binding_pairs(a, name, vector)
    if pairs is None:
        return clauses
    if not pairs or isinstance(pairs[0][0], KeywordForm):
        a.bad_form(f"{name} must begin with a binding", vector, hint=f"write ({name} [x coll] …)")
        return clauses
    for pattern, value in pairs:
        if isinstance(pattern, KeywordForm):
            clause = _modifier(a, name, pattern, value, scope)
            if clause is not None:
                clauses.append(clause)
            continue
        source = a.lower(value, scope)
        if isinstance(pattern, SymbolForm):
            clauses.append(n.Each(bind_name(a, pattern, scope) or a.temp("item"), source))
            continue
        item = a.temp("item")
        clauses.append(n.Each(item, source))
        parts: Bindings = []
        bind_parts(a, pattern, n.Local(pattern.start, pattern.end, item), scope, parts)
        clauses.append(n.Bind(tuple(parts)))
    return clauses


def _modifier(a: Analysis, name: str, key: KeywordForm, value: Form, scope: Scope) -> n.Clause | None:
    match key.name:
        case "when":
            return n.When(a.lower(value, scope))
        case "while":
            return n.While(a.lower(value, scope))
        case "let":
            parts: Bindings = []
            for pattern, init in binding_pairs(a, f"{name} :let", value) or ():
                bind(a, pattern, a.lower(init, scope), scope, parts)
            return n.Bind(tuple(parts))
        case _:
            a.bad_form(
                f"{name} does not know :{key.name}",
                key,
                hint=f"modifiers of {name} are :when, :while and :let",
            )
            return None


@special(
    "for", "[name coll … :when test :while test :let [name value]] body…",
    takes="a vector of bindings and a body", least=2, area="loops",
    doc="A vector of the body's values for each item; several bindings nest, the last varies fastest.",
    examples=[
        ("(for [x (range 4) :when (odd? x)] (* x x))", "[1 9]"),
        ("(for [x [1 2] y [:a :b]] [x y])", "[[1 :a] [1 :b] [2 :a] [2 :b]]"),
    ],
)  # fmt: skip
def _for(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _comprehension(a, form, args, scope, collect=True)


@special(
    "doseq", "[name coll … :when test :while test :let [name value]] body…",
    takes="a vector of bindings and a body", least=2, area="loops",
    doc="Runs the body for each item, for its effects, and gives nil.",
    examples=[("(doseq [x [1 2]] x)", "nil")],
)  # fmt: skip
def _doseq(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _comprehension(a, form, args, scope, collect=False)


@special(
    "dotimes", "[name n] body…",
    takes="a binding and a body", least=1, area="loops",
    doc="Runs the body with the name bound to 0, 1, … n-1, for its effects, and gives nil.",
    examples=[("(dotimes [i 3] i)", "nil")],
)  # fmt: skip
def _dotimes(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    pairs = binding_pairs(a, "dotimes", args[0]) or []
    pattern = pairs[0][0] if len(pairs) == 1 else None
    if not isinstance(pattern, SymbolForm):
        message = f"dotimes takes one name and a number, got {form_text(args[0])}"
        return a.bad_form(message, args[0], hint="write (dotimes [i 10] …)")
    count_form = pairs[0][1]
    place = (form.start, form.end)
    limit = a.temp("n")
    a.used.add(limit)
    count = a.lower(count_form, scope.operand)
    if not (isinstance(count, n.Const) and count.value.__class__ is int):
        count = a.builtin_call(count_form, "long", count)  # any value but a number would be above all of them
    inner = scope.closed()
    name = bind_name(a, pattern, inner) or a.temp("i")
    body = a.body(args[1:], inner, form)
    local = n.Local(pattern.start, pattern.end, name)
    turn = n.Recur(*place, (a.builtin_call(pattern, "inc", local),))
    go_on = a.builtin_call(count_form, "<", local, n.Local(count_form.start, count_form.end, limit))
    chosen = n.If(*place, go_on, n.Do(*place, (body, turn)), n.Const(*place, None))
    loop = n.Loop(*place, (n.Binding(name, n.Const(pattern.start, pattern.end, 0)),), chosen)
    return n.Let(*place, (n.Binding(limit, count),), loop)
