"""return, fail, task, task-reset, step-done: what a program says to the agent around it."""

from __future__ import annotations

from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.specials import special
from ptc_lisp.core import nodes as n
from ptc_lisp.reader.forms import Form, ListForm


@special(
    "return", "value",
    takes="one value", least=1, most=1, area="agent flow", reserved=True, clojure="extension",
    doc="Ends the whole program successfully with the value, from any depth.",
    examples=[("(do (return {:a 1}) 6)", "{:a 1}")],
)  # fmt: skip
def _return(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return n.Stop(form.start, form.end, a.lower(args[0], scope.operand), failed=False)


@special(
    "fail", "reason",
    takes="one value", least=1, most=1, area="agent flow", reserved=True, clojure="extension",
    doc="Ends the whole program as a deliberate failure with the reason (any value), from any depth.",
    examples=[("(if (pos? 1) :fine (fail {:reason :negative}))", ":fine")],
)  # fmt: skip
def _fail(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return n.Stop(form.start, form.end, a.lower(args[0], scope.operand), failed=True)


@special(
    "task", "id body…",
    takes="an id and a body", least=1, area="agent flow", reserved=True, clojure="extension",
    doc="Gives the journalled value of the id; without one runs the body and journals its value.",
    examples=[('(task "sum" (+ 1 1))', "2")],
)  # fmt: skip
def _task(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    ident = a.lower(args[0], scope.operand)
    return n.Task(form.start, form.end, ident, a.body(args[1:], scope.closed(), form))


@special(
    "step-done", "id summary",
    takes="an id and a summary", least=2, most=2, area="agent flow", reserved=True, clojure="extension",
    doc="Records that a step of the plan is done, with a summary, and gives the summary.",
    examples=[('(step-done "load" "3 files read")', '"3 files read"')],
)  # fmt: skip
def _step_done(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return n.Intrinsic(form.start, form.end, "step-done", a.lower_all(args, scope))


@special(
    "task-reset", "id",
    takes="an id", least=1, most=1, area="agent flow", reserved=True, clojure="extension",
    doc="Removes the id from the journal, so that its task runs again. Gives nil.",
    examples=[('(task-reset "sum")', "nil")],
)  # fmt: skip
def _task_reset(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    return n.Intrinsic(form.start, form.end, "task-reset", a.lower_all(args, scope))
