"""transduce: folding behind a transducer that is written in place (see `targets`)."""

from __future__ import annotations

from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.form_tools import form_text, make_list, symbol_text
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.specials import special
from ptc_lisp.analyzer.targets import core_symbol, steps
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import Form, ListForm, SymbolForm


@special(
    "transduce", "xform f coll", "xform f init coll",
    takes="a transducer, a function, an optional start and a collection", least=3, most=4, area="sequences",
    doc="Folds the items that the transducer makes of a collection. It must be written in place: (map f), (filter p), "
    "(comp (map f) (filter p)) …; all steps are eager.",
    examples=[
        ("(transduce (map inc) + [1 2 3])", "9"),
        ("(transduce (comp (filter odd?) (map inc)) conj [] [1 2 3])", "[2 4]"),
    ], clojure="DIV-12",
)  # fmt: skip
def _transduce(a: Analysis, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    made = steps(args[0], args[-1])
    if made is None:
        return a.fault(
            FaultKind.ARITY_ERROR,
            f"transduce takes a transducer written in place, got {form_text(args[0])}",
            args[0],
            hint="write (->> coll (map f) (filter p) (reduce g init))",
        )
    fold = _folding(args[1])
    start = args[2:-1]
    if not start and isinstance(fold, SymbolForm):
        start = (make_list(fold, fold),)
    return a.lower(make_list(form, core_symbol(form, "reduce"), fold, *start, made), scope)


def _folding(form: Form) -> Form:
    """The function itself in `(completing f)`."""
    if isinstance(form, ListForm) and len(form.items) == 2 and symbol_text(form.items[0]) == "completing":
        return form.items[1]
    return form
