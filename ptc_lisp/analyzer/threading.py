"""-> ->> as-> cond-> cond->> some-> some->> doto: rewritten to calls, then analysed, so a step may be any macro."""

from __future__ import annotations

from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.form_tools import form_text, splice, what
from ptc_lisp.analyzer.functions import bad_step, call_of
from ptc_lisp.analyzer.patterns import Bindings, bind, pruned
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.specials import TABLE, special
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import Form, ListForm, LiteralForm, SymbolForm

_STRETCH = 16
"""After so many steps the value so far gets a name: a pipeline of hundreds of steps must not nest as deep."""


def _step(a: Analysis, step: Form, value: Form, *, last: bool) -> Form:
    """The form of one step."""
    if bad_step(step):
        shown = form_text(step)
        a.bad_form(
            "a function as a step would get the value spliced into it",
            step,
            hint=f"wrap it in another list: ({shown}), or write #(…)",
        )
        return value
    if isinstance(step, LiteralForm):
        a.fault(
            FaultKind.NOT_CALLABLE,
            f"the step {what(step)} is not a function",
            step,
            hint="a step is a function name, a keyword or a call such as (f x)",
        )
        return value
    a.threaded[step.start, step.end] = "last" if last else "first"
    return call_of(step, value, last=last)


def _thread(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope, *, last: bool) -> n.Node:
    bindings: Bindings = []
    value = args[0]
    since = 0
    for step in args[1:]:
        if since >= _STRETCH and not _is_macro(step):
            name = a.temp("step")
            a.used.add(name)
            bindings.append(n.Binding(name, a.lower(value, scope.operand)))
            value = splice(n.Local(step.start, step.end, name))
            since = 0
        value = _step(a, step, value, last=last)
        since += 1
    body = a.lower(value, scope)
    return n.Let(form.start, form.end, tuple(bindings), body) if bindings else body


def _is_macro(step: Form) -> bool:
    head = step.items[0] if isinstance(step, ListForm) and step.items else step
    return isinstance(head, SymbolForm) and head.ns is None and head.name in TABLE


@special(
    "->", "x step…",
    takes="a value and steps", least=1, area="threading",
    doc="Puts the value as first argument into each step in turn.",
    examples=[("(-> 3 (+ 1) (* 2) str)", '"8"'), ("(-> {:a {:b 1}} :a :b)", "1")],
)  # fmt: skip
def _first(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _thread(a, form, args, scope, last=False)


@special(
    "->>", "x step…",
    takes="a value and steps", least=1, area="threading",
    doc="Puts the value as last argument into each step in turn: the way to write collection pipelines.",
    examples=[("(->> [3 1 2] (filter odd?) (map inc) sort)", "[2 4]")],
)  # fmt: skip
def _last(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _thread(a, form, args, scope, last=True)


@special(
    "as->", "x name step…",
    takes="a value, a name and steps", least=2, area="threading",
    doc="Binds the value to the name and rebinds it to the value of each step in turn.",
    examples=[("(as-> 5 x (+ x 1) (* x 2))", "12")],
)  # fmt: skip
def _as(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    value, name, steps = args[0], args[1], args[2:]
    bindings: Bindings = []
    node = a.lower(value, scope.operand)
    if not steps:
        return node
    for step in steps:
        scope = scope.inner()
        bind(a, name, node, scope, bindings)
        node = a.lower(step, scope if step is steps[-1] else scope.operand)
    kept = pruned(a, bindings)
    return n.Let(form.start, form.end, kept, node) if kept else node


# -- steps that may be left out --------------------------------------------------------------------------------------


class _Row:
    """The value so far as a row of bindings: each step reads the name of the one before."""

    def __init__(self, a: Analysis, value: n.Node) -> None:
        self.a = a
        self.bindings: Bindings = []
        self.put(value)

    def put(self, value: n.Node) -> None:
        name = self.a.temp("step")
        self.a.used.add(name)
        self.bindings.append(n.Binding(name, value))

    def local(self, place: Form) -> n.Local:
        return n.Local(place.start, place.end, self.bindings[-1].name)

    def node(self, form: ListForm) -> n.Node:
        """All of it; the last value needs no name."""
        *before, last = self.bindings
        return n.Let(form.start, form.end, tuple(before), last.value) if before else last.value


def _conditional(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope, *, last: bool) -> n.Node:
    name = "cond->>" if last else "cond->"
    clauses = args[1:]
    if len(clauses) % 2:
        return a.bad_form(
            f"{name}: the last test, {form_text(clauses[-1])}, has no step",
            form,
            hint=f"clauses come in pairs: ({name} x test step test step)",
        )
    inner = scope.operand
    row = _Row(a, a.lower(args[0], inner))
    for test, step in zip(clauses[::2], clauses[1::2], strict=True):
        local = row.local(step)
        made = _step(a, step, splice(local), last=last)
        row.put(n.If(test.start, step.end, a.lower(test, inner), a.lower(made, inner), local))
    return row.node(form)


@special(
    "cond->", "x test step …",
    takes="a value and pairs of test and step", least=1, area="threading",
    doc="Threads the value as first argument through those steps whose tests are truthy.",
    examples=[("(cond-> {:a 1} true (assoc :b 2) false (assoc :c 3))", "{:a 1 :b 2}")],
)  # fmt: skip
def _cond_first(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _conditional(a, form, args, scope, last=False)


@special(
    "cond->>", "x test step …",
    takes="a value and pairs of test and step", least=1, area="threading",
    doc="Threads the value as last argument through those steps whose tests are truthy.",
    examples=[("(cond->> [1 2 3] true (map inc) false (filter even?))", "[2 3 4]")],
)  # fmt: skip
def _cond_last(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _conditional(a, form, args, scope, last=True)


def _some(a: Analysis, args: tuple[Form, ...], form: ListForm, scope: Scope, *, last: bool) -> n.Node:
    inner = scope.operand
    row = _Row(a, a.lower(args[0], inner))
    for step in args[1:]:
        local = row.local(step)
        made = a.lower(_step(a, step, splice(local), last=last), inner)
        missing = n.Intrinsic(step.start, step.end, "nil?", (local,))
        row.put(n.If(step.start, step.end, missing, n.Const(step.start, step.end, None), made))
    return row.node(form)


@special(
    "some->", "x step…",
    takes="a value and steps", least=1, area="threading",
    doc="Like ->, but stops with nil at the first nil.",
    examples=[('(some-> "42" parse-long inc)', "43"), ('(some-> "x" parse-long inc)', "nil")],
)  # fmt: skip
def _some_first(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _some(a, args, form, scope, last=False)


@special(
    "some->>", "x step…",
    takes="a value and steps", least=1, area="threading",
    doc="Like ->>, but stops with nil at the first nil.",
    examples=[("(some->> [1 2] (map inc))", "[2 3]"), ("(some->> nil (map inc))", "nil")],
)  # fmt: skip
def _some_last(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return _some(a, args, form, scope, last=True)


@special(
    "doto", "x step…",
    takes="a value and steps", least=1, area="threading",
    doc="Calls each step with the value as first argument, for its effect, and gives the value.",
    examples=[("(doto 5 println)", "5")],
)  # fmt: skip
def _doto(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    inner = scope.operand
    name = a.temp("step")
    a.used.add(name)
    value = a.lower(args[0], inner)
    local = n.Local(args[0].start, args[0].end, name)
    if len(args) == 1:
        return value
    steps = [a.lower(_step(a, step, splice(local), last=False), inner) for step in args[1:]]
    body = n.Do(form.start, form.end, (*steps, local))
    return n.Let(form.start, form.end, (n.Binding(name, value),), body)
