"""Names of attached preludes: what they mean, how they are called, and what to say about those that do not exist."""

from __future__ import annotations

from ptc_lisp.analyzer.state import Place, State
from ptc_lisp.analyzer.suggest import did_you_mean, nearest, shown
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.prelude.parts import Export
from ptc_lisp.reader.forms import SymbolForm

_MOST = 3


def export_ref(state: State, form: SymbolForm) -> n.Node:
    """The node of a name in the namespace of a prelude; private and missing names are faults."""
    ns, name = form.ns or "", form.name
    library = state.env.libraries[ns]
    export = library.exports.get(name)
    if export is not None:
        return n.ExportRef(form.start, form.end, export.ref, export.kind == "function")
    near = did_you_mean([f"{ns}/{other}" for other in nearest(name, library.exports)])
    hint = near or f"{ns}/ has {shown(library.exports, limit=60)}"
    what = f"{form.text} is private to {ns}" if name in library.private else f"{ns} has no {name}"
    return state.bad_form(what, form, hint=hint)


def call_export(state: State, place: Place, fn: n.ExportRef, args: tuple[n.Node, ...]) -> n.Node:
    """A call of an export, whose argument count is checked. `(crm/limit)` is the constant itself."""
    export = _find(state, fn.ref)
    if not fn.function:
        if not args:
            return fn
        return state.fault(
            FaultKind.ARITY_ERROR,
            f"{fn.ref} is a constant and takes no arguments",
            place,
            hint=f"write {fn.ref}; to look into it (get {fn.ref} key)",
        )
    if export is not None and not export.takes(len(args)):
        count = len(args)
        state.fault(
            FaultKind.ARITY_ERROR,
            f"{fn.ref} takes {counts(export)}, got {count}",
            place,
            hint=f"usage: {' or '.join(usages(export))}",
        )
    return n.Call(place.start, place.end, fn, args)


def counts(export: Export) -> str:
    """How many arguments it takes, in words."""
    parts = [str(count) for count in sorted(export.arities)]
    if export.variadic is not None:
        parts.append(f"{export.variadic} or more")
    said = " or ".join(parts)
    return f"{said} argument{'' if said == '1' else 's'}"


def usages(export: Export) -> list[str]:
    """Its calls, one for each arity."""
    return [f"({export.ref}{' ' if usage else ''}{usage})" for usage in export.usages]


def exports_called(state: State, name: str) -> list[str]:
    """Exports of exactly this name."""
    return [library.exports[name].ref for library in state.env.libraries.values() if name in library.exports]


def exports_near(state: State, name: str) -> list[str]:
    """Exports with a name like this."""
    refs = {
        symbol: export.ref
        for library in state.env.libraries.values()
        for symbol, export in library.exports.items()
    }
    return [refs[found] for found in nearest(name, refs, limit=_MOST)] if refs else []


def private_tool(state: State, form: SymbolForm) -> bool:
    """Collects private_tool_unauthorized. Gives False."""
    need = f"tool:{form.name}"
    users = [
        export.ref
        for library in state.env.libraries.values()
        for export in library.exports.values()
        if need in export.requires
    ]
    hint = f"it is called by {', '.join(users[:_MOST])}" if users else "go on without it"
    state.fault(
        FaultKind.PRIVATE_TOOL_UNAUTHORIZED,
        f"{form.text} is private: programs cannot call it",
        form,
        hint=hint,
        name=form.name,
    )
    return False


def _find(state: State, ref: str) -> Export | None:
    ns, _, name = ref.partition("/")
    library = state.env.libraries.get(ns)
    return None if library is None else library.exports.get(name)
