"""Sequencing and choice: do, if, when, cond, case, condp, and, or.

Chains are folded from the last clause to the first, so that their length costs no Python stack.
"""

from __future__ import annotations

from ptc_lisp.analyzer.analysis import Analysis, quoted
from ptc_lisp.analyzer.form_tools import form_text, what
from ptc_lisp.analyzer.resolve import resolve
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.specials import special
from ptc_lisp.core import nodes as n
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    QuoteForm,
    SetForm,
    SymbolForm,
    VectorForm,
)


def nil(place: Form) -> n.Const:
    """Nil at the place of a form."""
    return n.Const(place.start, place.end, None)


@special(
    "do", "body…",
    takes="any number of forms", area="control", reserved=True,
    doc="Runs the forms in order and gives the value of the last.",
    examples=[("(do 1 2)", "2"), ("(do)", "nil")],
)  # fmt: skip
def _do(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return a.body(args, scope, form)


@special(
    "comment", "form…",
    takes="any number of forms", area="control",
    doc="Ignores what is inside and gives nil.",
    examples=[("(comment (anything here))", "nil")],
)  # fmt: skip
def _comment(_a: Analysis, form: ListForm, _args: tuple[Form, ...], _scope: Scope) -> n.Node:
    return nil(form)


@special(
    "if", "test then", "test then else",
    takes="a test, a then and an optional else", least=2, most=3, area="control", reserved=True,
    doc="Gives `then` when the test is truthy (anything but nil and false), else `else` (nil without one).",
    examples=[("(if (> 2 1) :yes :no)", ":yes"), ("(if nil 1)", "nil")],
)  # fmt: skip
def _if(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    tested = a.lower(args[0], scope.operand)
    yes = a.body(args[1:2], scope, form)
    return n.If(form.start, form.end, tested, yes, a.body(args[2:], scope, form))


@special(
    "if-not", "test then", "test then else",
    takes="a test, a then and an optional else", least=2, most=3, area="control",
    doc="Like if with the test negated.",
    examples=[("(if-not (empty? [1]) :some :none)", ":some")],
)  # fmt: skip
def _if_not(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    tested = a.lower(args[0], scope.operand)
    yes = a.body(args[1:2], scope, form)
    return n.If(form.start, form.end, tested, a.body(args[2:], scope, form), yes)


@special(
    "when", "test body…",
    takes="a test and a body", least=1, area="control",
    doc="Runs the body when the test is truthy; otherwise nil.",
    examples=[("(when (pos? 1) :a :b)", ":b"), ("(when false 1)", "nil")],
)  # fmt: skip
def _when(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    tested = a.lower(args[0], scope.operand)
    return n.If(form.start, form.end, tested, a.body(args[1:], scope, form), nil(form))


@special(
    "when-not", "test body…",
    takes="a test and a body", least=1, area="control",
    doc="Runs the body when the test is falsy; otherwise nil.",
    examples=[("(when-not false 1)", "1")],
)  # fmt: skip
def _when_not(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    tested = a.lower(args[0], scope.operand)
    return n.If(form.start, form.end, tested, nil(form), a.body(args[1:], scope, form))


def _fold(form: ListForm, clauses: list[tuple[n.Node, n.Node]], default: n.Node) -> n.Node:
    """Clauses of (test, value) as nested ifs; what follows a constant true test is never reached."""
    node = default
    for test, value in reversed(clauses):
        if isinstance(test, n.KeywordConst) or (isinstance(test, n.Const) and test.value is True):
            node = value
            continue
        node = n.If(test.start, max(value.end, test.end), test, value, node)
    return (
        n.If(form.start, form.end, node.test, node.then, node.otherwise) if isinstance(node, n.If) else node
    )


@special(
    "cond", "test value … :else value",
    takes="pairs of test and value", area="control",
    doc="The value of the first truthy test; nil when there is none. :else is the usual last test.",
    examples=[('(cond (> 1 2) "a" :else "b")', '"b"'), ("(cond false 1)", "nil")],
)  # fmt: skip
def _cond(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    if len(args) % 2:
        last = form_text(args[-1])
        hint = f"tests and values come in pairs; a default needs :else before it: (cond … :else {last})"
        return a.bad_form(f"cond: the last form, {last}, has no partner", form, hint=hint)
    inner = scope.operand
    clauses = [(a.lower(t, inner), a.lower(v, scope)) for t, v in zip(args[::2], args[1::2], strict=True)]
    return _fold(form, clauses, nil(form))


# -- and, or ---------------------------------------------------------------------------------------------------------


@special(
    "and", "x…",
    takes="any number of forms", area="control",
    doc="The first falsy value, or the last value; true without forms. What follows a falsy value is not evaluated.",
    examples=[("(and 1 2)", "2"), ("(and nil (/ 1 0))", "nil"), ("(and)", "true")],
)  # fmt: skip
def _and(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    if not args:
        return n.Const(form.start, form.end, True)
    inner = scope.operand
    first = [a.lower(arg, inner) for arg in args[:-1]]
    before = a.recurs
    last = a.lower(args[-1], scope)
    if not first:
        return last
    if a.recurs == before:
        return n.And(form.start, form.end, (*first, last))
    return _tail(a, form, first, last, keep_truthy=False)


@special(
    "or", "x…",
    takes="any number of forms", area="control",
    doc="The first truthy value, or the last value; nil without forms. A bare name that is not defined counts as nil.",
    examples=[("(or nil 2)", "2"), ("(or nil false)", "false"), ("(or not-yet-defined 0)", "0")],
)  # fmt: skip
def _or(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    if not args:
        return nil(form)
    inner = scope.operand
    first = [_alternative(a, arg, inner) for arg in args[:-1]]
    before = a.recurs
    last = _alternative(a, args[-1], scope)
    if not first:
        return last
    if a.recurs == before:
        return n.Or(form.start, form.end, (*first, last))
    return _tail(a, form, first, last, keep_truthy=True)


def _alternative(a: Analysis, form: Form, scope: Scope) -> n.Node:
    if isinstance(form, SymbolForm):
        return resolve(a, form, scope, optional=True)
    return a.lower(form, scope)


def _tail(a: Analysis, form: ListForm, first: list[n.Node], last: n.Node, *, keep_truthy: bool) -> n.Node:
    """`and`/`or` whose last form goes back to a loop: as an if, because only its branches are tail positions."""
    name = a.temp("test")
    a.used.add(name)
    value = first[0]
    if len(first) > 1:
        kind = n.Or if keep_truthy else n.And
        value = kind(form.start, form.end, tuple(first))
    local = n.Local(form.start, form.end, name)
    yes, no = (local, last) if keep_truthy else (last, local)
    return n.Let(form.start, form.end, (n.Binding(name, value),), n.If(form.start, form.end, local, yes, no))


# -- case, condp -----------------------------------------------------------------------------------------------------


def _subject(a: Analysis, form: Form, scope: Scope, bindings: list[n.Binding], name: str) -> n.Node:
    """A value that is used several times: itself when that costs nothing, else a local."""
    node = a.lower(form, scope.operand)
    if isinstance(node, n.Local | n.Const | n.KeywordConst | n.BuiltinRef):
        return node
    local = a.temp(name)
    a.used.add(local)
    bindings.append(n.Binding(local, node))
    return n.Local(form.start, form.end, local)


def _bound(form: ListForm, bindings: list[n.Binding], body: n.Node) -> n.Node:
    return n.Let(form.start, form.end, tuple(bindings), body) if bindings else body


@special(
    "case", "x constant value … default",
    takes="a value and pairs of constant and value, then an optional default", least=1, area="control", clojure="DIV-54",
    doc="The value beside the constant that equals x, else the default (nil without one). (a b) means any of them.",
    examples=[("(case 2 1 :one 2 :two :other)", ":two"), ("(case 3 (1 2 3) :small :big)", ":small"), ("(case 9 1 :one)", "nil")],
)  # fmt: skip
def _case(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    bindings: list[n.Binding] = []
    subject = _subject(a, args[0], scope, bindings, "case")
    rest = args[1:]
    clauses: list[tuple[n.Node, n.Node]] = []
    for constant, value in zip(rest[: len(rest) // 2 * 2 : 2], rest[1::2], strict=True):
        clauses.append((_matches(a, subject, constant), a.lower(value, scope)))
    default = a.lower(rest[-1], scope) if len(rest) % 2 else nil(form)
    return _bound(form, bindings, _fold(form, clauses, default))


def _matches(a: Analysis, subject: n.Node, constant: Form) -> n.Node:
    options = constant.items if isinstance(constant, ListForm) else (constant,)
    if not options:
        a.bad_form("case has an empty group of constants", constant, hint="(1 2) means 1 or 2")
    tests: list[n.Node] = []
    for option in options:
        if isinstance(option, SymbolForm):
            hint = f'write :{option.name} or "{option.name}"; to compare with the value of a name use cond or condp ='
            a.bad_form(f"case compares with constants, and {option.name} is a name", option, hint=hint)
        elif isinstance(option, LiteralForm | KeywordForm | VectorForm | MapForm | SetForm | QuoteForm):
            tests.append(n.Intrinsic(option.start, option.end, "case-eq", (subject, quoted(a, option))))
        else:
            hint = "constants are numbers, strings, keywords, vectors; for computed tests use cond or condp"
            a.bad_form(f"case cannot compare with {what(option)}", option, hint=hint)
    if len(tests) == 1:
        return tests[0]
    return (
        n.Or(constant.start, constant.end, tuple(tests))
        if tests
        else n.Const(constant.start, constant.end, False)
    )


@special(
    "condp", "pred x test value … default",
    takes="a predicate, a value, pairs of test and value, then an optional default", least=3, area="control", clojure="DIV-54",
    doc="The value of the first clause for which (pred test x) is truthy; `test :>> f` gives (f result).",
    examples=[("(condp = 3 1 :one 3 :three :none)", ":three"), ("(condp some [1 2] #{9} :>> inc #{2} :>> inc)", "3")],
)  # fmt: skip
def _condp(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    bindings: list[n.Binding] = []
    pred = _subject(a, args[0], scope, bindings, "pred")
    subject = _subject(a, args[1], scope, bindings, "value")
    clauses, default = _condp_clauses(args[2:])
    made: list[tuple[Form, n.Node, n.Node, bool]] = []
    for test, value, applied in clauses:
        found = a.call(test, pred, (a.lower(test, scope.operand), subject))
        made.append((test, found, a.lower(value, scope.operand if applied else scope), applied))
    node = a.lower(default, scope) if default is not None else nil(form)
    for test, found, value, applied in reversed(made):
        if applied:
            name = a.temp("found")
            local = n.Local(test.start, test.end, name)
            result = a.call(test, value, (local,))
            node = n.Let(
                test.start,
                test.end,
                (n.Binding(name, found),),
                n.If(test.start, test.end, local, result, node),
            )
        else:
            node = n.If(test.start, max(test.end, value.end), found, value, node)
    return _bound(form, bindings, node)


def _condp_clauses(forms: tuple[Form, ...]) -> tuple[list[tuple[Form, Form, bool]], Form | None]:
    """The (test, value, whether the value is a function of the result) clauses, and the default."""
    clauses: list[tuple[Form, Form, bool]] = []
    rest = list(forms)
    while len(rest) > 1:
        applied = len(rest) > 2 and isinstance(rest[1], KeywordForm) and rest[1].name == ">>"
        test, value = rest[0], rest[2 if applied else 1]
        clauses.append((test, value, applied))
        del rest[: 3 if applied else 2]
    return clauses, rest[0] if rest else None
