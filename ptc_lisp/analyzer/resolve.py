"""What a name means: local, then user name, then builtin; and what to say about a name that means nothing."""

from __future__ import annotations

import re

from ptc_lisp.analyzer.exports import export_ref, exports_called, exports_near, private_tool
from ptc_lisp.analyzer.foreign import FOREIGN
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.specials import TABLE
from ptc_lisp.analyzer.state import ForwardRef, State
from ptc_lisp.analyzer.suggest import did_you_mean, nearest, shown
from ptc_lisp.builtins.registry import NAMESPACES, REGISTRY
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import SymbolForm

PLACEHOLDER = re.compile(r"%(\d*|&)")
HISTORY = {"*1": 1, "*2": 2, "*3": 3}
_SHORT = {
    "str": "clojure.string",
    "set": "clojure.set",
    "walk": "clojure.walk",
    **{
        ns: ns
        for ns in ("json", "Math", "System", "Long", "Double", "LocalDate", "Instant", "Duration", "ptc")
    },
}
"""The usual spelling of each namespace whose members may not exist as bare names."""
_CONSTRUCTORS = (
    "the only constructor is (java.util.Date.); for dates use (LocalDate/parse s) and (Instant/parse s)"
)
_MANY = 20
_NAME = 200
"""How much of an unknown name goes into the details of its fault."""
_HOST_SPACES = ("data", "tool", "budget")
_ALWAYS = ("fail",)
"""Data that comes and goes: `data/fail` is there after a failure only."""


def resolve(
    state: State, form: SymbolForm, scope: Scope, *, optional: bool = False, head: bool = False
) -> n.Node:
    """The node of a symbol. `optional`: an unknown name is nil at run time. `head`: it is being called."""
    if form.ns is not None:
        return _qualified(state, form, scope)
    name = form.name
    inside: Scope | None = scope
    while inside is not None:  # as `scope.lookup` does, but this is what most of an analysis is
        local = inside.names.get(name)
        if local is not None:
            state.used.add(local)
            return n.Local(form.start, form.end, local)
        inside = inside.parent
    if name[0] == "%" and name != "%%" and PLACEHOLDER.fullmatch(name):
        return _placeholder(state, form)
    if name in HISTORY:
        return n.HistoryRef(form.start, form.end, HISTORY[name])
    if name in state.known or name in state.env.defined or scope.depth > state.pending.get(name, scope.depth):
        return _global(state, form, optional=optional)
    entry = REGISTRY.resolve(name)
    if entry is not None:
        return n.BuiltinRef(form.start, form.end, entry.ref)
    if name in state.later and scope.depth and state.current is not None:
        state.forward.append(ForwardRef(name, state.current, form.start, form.end))
        return _global(state, form)
    if optional:
        return n.Global(form.start, form.end, name, optional=True)
    return _unknown(state, form, scope, head=head)


def _global(state: State, form: SymbolForm, *, optional: bool = False) -> n.Global:
    if state.current is not None:
        state.mentions.setdefault(state.current, set()).add(form.name)
    return n.Global(form.start, form.end, form.name, optional)


def _placeholder(state: State, form: SymbolForm) -> n.Node:
    if form.name == "%0":
        message, hint = "%0 is no placeholder: they count from 1", "write %1 (or %) for the first argument"
    else:
        message = f"the placeholder {form.name} stands outside of #( )"
        hint = "write #(…) around the function, or (fn [x] …); for the remainder write (mod a b)"
    return state.fault(FaultKind.INVALID_PLACEHOLDER, message, form, hint=hint)


# -- names with a namespace ------------------------------------------------------------------------------------------


def _qualified(state: State, form: SymbolForm, scope: Scope) -> n.Node:
    match form.ns:
        case "data":
            return _data_ref(state, form)
        case "tool" | "tools":
            return tool_ref(state, form)
        case "budget":
            if form.name == "remaining":
                return n.Intrinsic(form.start, form.end, "budget", ())
            return state.bad_form(
                f"{form.text} does not exist", form, hint="the only one is budget/remaining"
            )
        case "mcp":
            return state.bad_form(
                f"{form.text}: servers are reached through tools",
                form,
                hint="(tool/servers) lists what can be called",
            )
        case _:
            return _member(state, form, scope)


def _data_ref(state: State, form: SymbolForm) -> n.Node:
    names = state.env.data
    known = names is None or form.name in names or form.name.replace("-", "_") in names
    if known or not state.env.strict_data or form.name in _ALWAYS:
        state.data[form.name] = None
        return n.DataRef(form.start, form.end, form.name)
    guess = did_you_mean([f"data/{name}" for name in nearest(form.name, names or ())])
    if guess is None:
        tools = state.env.tools or frozenset()
        has = (
            f"the context has {shown(f'data/{name}' for name in names)}" if names else "the context is empty"
        )
        guess = f"{has}; tools are {shown(f'tool/{name}' for name in tools)}" if tools else has
    return state.fault(
        FaultKind.UNBOUND_VAR, f"{form.text} does not exist", form, hint=guess, name=form.text[:_NAME]
    )


def _member(state: State, form: SymbolForm, scope: Scope) -> n.Node:
    ns, name = form.ns or "", form.name
    if ns in state.env.libraries:
        return export_ref(state, form)
    entry = REGISTRY.resolve(name, ns)
    if entry is not None:
        return n.BuiltinRef(form.start, form.end, entry.ref)
    if form.text in FOREIGN:
        return state.bad_form(f"{form.text} does not exist", form, hint=FOREIGN[form.text])
    canonical = NAMESPACES.get(ns)
    if canonical is None:
        return _unknown_namespace(state, form, scope)
    if name in TABLE:
        return state.bad_form(
            f"{form.text}: {name} is a special form", form, hint=f"write {name} without {ns}/"
        )
    members = REGISTRY.members(canonical)
    guesses = [f"{ns}/{other}" for other in nearest(name, members, limit=2)]
    starts = [f"{ns}/{other}" for other in members if other.startswith(f"{name}-")]
    guesses = list(dict.fromkeys([*starts, *guesses]))[:3]
    if REGISTRY.resolve(name) is not None:
        guesses = [name, *guesses]
    hint = did_you_mean(guesses) or FOREIGN.get(name) or f"{ns}/ has {shown(members, limit=60)}"
    return state.bad_form(f"{ns} has no {name}", form, hint=hint)


def _unknown_namespace(state: State, form: SymbolForm, scope: Scope) -> n.Node:
    ns, name = form.ns or "", form.name
    spaces = [*state.env.libraries, *NAMESPACES, *_HOST_SPACES]
    near = [
        other
        for other in nearest(ns, spaces, limit=2)
        if other not in NAMESPACES or REGISTRY.resolve(name, other)
    ]
    guesses = [f"{other}/{name}" for other in near] or exports_called(state, name)
    if REGISTRY.resolve(name) is not None:
        guesses.append(name)
    if state.env.tools is not None and name in state.env.tools:
        guesses.insert(0, f"tool/{name}")
    hint = (
        FOREIGN.get(form.text)
        or did_you_mean(list(dict.fromkeys(guesses))[:3])
        or FOREIGN.get(name)
        or f"namespaces are {', '.join([*state.env.libraries, *_SHORT, *_HOST_SPACES])}"
    )
    if scope.lookup(ns) is not None:
        hint = f"to divide write (/ {ns} {name}), to look into a map (get {ns} :{name})"
    return state.bad_form(f"{form.text}: there is no namespace {ns}", form, hint=hint)


def tool_ref(state: State, form: SymbolForm) -> n.Node:
    """`tool/name` as a value, checked against the tools that exist."""
    if check_tool(state, form):
        state.tools[form.name] = None
        return n.ToolNode(form.start, form.end, form.name)
    return n.Const(form.start, form.end, None)


def check_tool(state: State, form: SymbolForm) -> bool:
    """Whether the tool exists; collects unknown_tool when it does not."""
    tools = state.env.tools
    if tools is None or form.name in tools:
        return True
    if form.name in state.env.private_tools:
        return private_tool(state, form)
    guess = did_you_mean([f"tool/{name}" for name in nearest(form.name, tools)])
    listed = shown([f"tool/{name}" for name in tools])
    state.fault(
        FaultKind.UNKNOWN_TOOL,
        f"{form.text} does not exist",
        form,
        hint=f"{guess + ' ' if guess else ''}available: {listed}",
        name=form.name,
        available=sorted(tools),
    )
    return False


# -- names that mean nothing -----------------------------------------------------------------------------------------


def _unknown(state: State, form: SymbolForm, scope: Scope, *, head: bool) -> n.Node:
    name = form.name
    if name.startswith(".") and len(name) > 1:
        return _method(state, form)
    if name in TABLE:
        return _report(state, form, _special_hint(name), what=f"{name} is a special form, not a value")
    if name in state.pending:
        hint = f"choose another name for one of them; for a value of an earlier program write (or {name} default)"
        return _report(state, form, hint, what=f"{name} is used in its own definition")
    if name in state.later:
        return _report(
            state,
            form,
            f"move the definition of {name} before this place, or put (declare {name}) first and call it from a function",
            what=f"{name} is used before it is defined",
        )
    if name.endswith("."):
        return _report(state, form, FOREIGN.get(name, _CONSTRUCTORS))
    hints = [hint for hint in (_guess(state, name, scope), FOREIGN.get(name)) if hint]
    if any(name in names for names in state.ended):
        hints = [
            f"the let that binds {name} is closed before this: move its last ) behind the place where {name} is used"
        ]
    if not hints:
        hints = [_last_resort(name, head=head)]
    return _report(state, form, "; ".join(hints))


def _report(state: State, form: SymbolForm, hint: str, *, what: str | None = None) -> n.Node:
    name = form.text
    if name in state.reported:
        state.broken += 1
        return n.Const(form.start, form.end, None)
    state.reported.add(name)
    return state.fault(
        FaultKind.UNBOUND_VAR, what or f"{name} is not defined", form, hint=hint, name=name[:_NAME]
    )


def _guess(state: State, name: str, scope: Scope) -> str | None:
    """A suggestion out of what exists; after many unknown names the text is no program, and spelling is no help."""
    if len(state.reported) > _MANY:
        return None
    if state.env.data is not None and name in state.env.data:
        return did_you_mean([f"data/{name}"])
    if state.env.tools is not None and name in state.env.tools:
        return did_you_mean([f"tool/{name}"])
    qualified = [*exports_called(state, name), *_spellings(name)]
    if qualified:
        return did_you_mean(qualified[:2])
    near = [*scope.visible(), *state.known, *state.later, *state.env.defined]
    if name not in FOREIGN:
        near += [*REGISTRY.bare, *TABLE]
    return did_you_mean(nearest(name, near)) or did_you_mean(exports_near(state, name))


def _spellings(name: str) -> list[str]:
    """`Math.max` and `str.join` as Math/max and str/join; a name that exists only in a namespace."""
    found: list[str] = []
    head, dot, tail = name.rpartition(".")
    if dot and head and tail and REGISTRY.resolve(tail, head) is not None:
        found.append(f"{head}/{tail}")
    found.extend(f"{short}/{name}" for short, ns in _SHORT.items() if (ns, name) in REGISTRY.qualified)
    return found


def _method(state: State, form: SymbolForm) -> n.Node:
    if form.name in {"..", "."}:
        return state.bad_form(
            f"{form.name} is not supported",
            form,
            hint='write the method first: (.toUpperCase "a"), or thread with ->',
        )
    methods = [name for name in REGISTRY.bare if name.startswith(".")]
    guess = FOREIGN.get(form.name) or did_you_mean(nearest(form.name, methods))
    return state.bad_form(
        f"the method {form.name} is not supported",
        form,
        hint=guess or f"to read a field write (:{form.name.lstrip('.-')} m); methods are {shown(methods)}",
    )


def _special_hint(name: str) -> str:
    if name == "and":
        return "as a function write (fn [a b] (and a b)), or (every? identity coll)"
    if name == "or":
        return "as a function write (fn [a b] (or a b)), or (some identity coll)"
    usage = TABLE[name].usage
    return f"call it: {usage}"


def _last_resort(name: str, *, head: bool) -> str:
    if head:
        return f'define it first with (defn {name} [x] …), or search with (apropos "{name}")'
    return f"bind it with (let [{name} …] …) or (def {name} …); context is data/{name}, text needs quotes"
