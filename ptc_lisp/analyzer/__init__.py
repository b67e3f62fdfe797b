"""From forms to a checked program: special forms, names, arities. Nothing is run here.

`analyze` finds everything that is wrong with a program at once and raises `AnalysisFailed`; `Env` says what exists
around the program. The builtins must be registered before (`import ptc_lisp.builtins`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from ptc_lisp.analyzer import bindings, control, definitions, flow, functions, loops, threading, xforms
from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.calls import check_forward, check_user_calls
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.state import AnalysisFailed, Env, ToolShape
from ptc_lisp.core import nodes as n
from ptc_lisp.reader.forms import Form

__all__ = ["AnalysisFailed", "Env", "ToolShape", "analyze"]

FAMILIES = (bindings, control, definitions, flow, functions, loops, threading, xforms)
"""The modules that fill the table of special forms."""

_FRAMES = 20_000
"""Python frames that the deepest nesting the reader lets through may need; they live on the heap."""


def analyze(forms: Sequence[Form], env: Env | None = None) -> n.Program:
    """The program of these top-level forms.

    Raises:
        AnalysisFailed: with all faults found, in the order of the text.
    """
    state = Analysis(Env() if env is None else env)
    state.find_later = partial(definitions.names_defined, forms)
    scope = Scope()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        nodes = tuple([state.lower(form, scope) for form in forms])
    finally:
        sys.setrecursionlimit(limit)
    check_forward(state)
    check_user_calls(state)
    if state.traps:
        raise AnalysisFailed(sorted(state.traps, key=lambda trap: (trap.start or 0, trap.end or 0)))
    return n.Program(_body(nodes), nodes, _defined(state), tuple(state.data), tuple(state.tools))


def _defined(state: Analysis) -> tuple[str, ...]:
    """User names that may be defined, in the order of the text."""
    found = state.definitions
    return tuple(sorted(found, key=lambda name: found[name][0].start)) if found else ()


def _body(nodes: tuple[n.Node, ...]) -> n.Node:
    if not nodes:
        return n.Const(0, 0, None)
    return nodes[0] if len(nodes) == 1 else n.Do(nodes[0].start, nodes[-1].end, nodes)
