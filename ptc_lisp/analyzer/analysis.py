"""From forms to core nodes: the dispatch over kinds of forms. Special forms are in the files of their families.

Each `lower` goes a few Python frames deeper per level of nesting; the reader bounds nesting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ptc_lisp.analyzer import calls
from ptc_lisp.analyzer.foreign import OPAQUE
from ptc_lisp.analyzer.form_tools import Spliced, form_key, form_text, symbols_in, what
from ptc_lisp.analyzer.resolve import check_tool, resolve
from ptc_lisp.analyzer.scope import Scope, Target
from ptc_lisp.analyzer.specials import TABLE, Entry
from ptc_lisp.analyzer.state import Place, State
from ptc_lisp.analyzer.targets import SETTLED, settled
from ptc_lisp.analyzer.tool_args import check_tool_args
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    QuoteForm,
    RegexForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VarForm,
    VectorForm,
)
from ptc_lisp.values.regexes import compile_regex

_MOST_PLACEHOLDERS = 20
_DIGITS = 9
"""Of the number of a placeholder are looked at: Python does not read a number of thousands of digits."""
_IN_PLACE = (
    "there are no transducer values: write (into to (map f coll)), or (map f) in place of the second argument"
)
_BY_NAME = frozenset({"apropos", "dir", "doc", "meta", "source", "ns-publics", "ns-name"})
"""Builtins about names: a bare symbol as first argument is the name, not its value."""


class Analysis(State):
    """One analysis of one program."""

    def lower(self, form: Form, scope: Scope) -> n.Node:
        """The core node of a form; faults are collected and replaced by nil."""
        return _LOWER[form.__class__](self, form, scope)

    def lower_all(self, forms: tuple[Form, ...], scope: Scope) -> tuple[n.Node, ...]:
        """The nodes of operands, in order."""
        inner = scope.operand
        return tuple([_LOWER[form.__class__](self, form, inner) for form in forms])

    def body(self, forms: tuple[Form, ...], scope: Scope, place: Place) -> n.Node:
        """Forms in order, the value of the last; nil when there are none."""
        if not forms:
            return n.Const(place.start, place.end, None)
        inner = scope.operand
        items = [self.lower(form, inner) for form in forms[:-1]]
        items.append(self.lower(forms[-1], scope))
        return items[0] if len(items) == 1 else n.Do(forms[0].start, forms[-1].end, tuple(items))

    def call(self, place: Place, fn: n.Node, args: tuple[n.Node, ...]) -> n.Node:
        """A call of an analysed function, checked as far as it can be."""
        return calls.call(self, place, fn, args)

    def builtin_call(self, place: Place, ref: str, *args: n.Node) -> n.Call:
        """A call of a builtin that a macro makes, whatever the program has named like it."""
        return n.Call(place.start, place.end, n.BuiltinRef(place.start, place.end, ref), args)

    def arity(self, form: ListForm, entry: Entry, count: int) -> n.Node:
        """Collects the fault of a special form with a wrong number of forms."""
        return self.fault(
            FaultKind.ARITY_ERROR,
            f"{entry.name} takes {entry.takes}; got {count} form{'' if count == 1 else 's'}",
            form,
            hint=f"usage: {entry.usage}",
        )


# -- lists -----------------------------------------------------------------------------------------------------------


def _list(a: Analysis, form: ListForm, scope: Scope) -> n.Node:
    if not form.items:
        return n.VectorNode(form.start, form.end, ())
    head, args = form.items[0], form.items[1:]
    if isinstance(head, SymbolForm):
        if head.ns is not None:
            return _qualified_call(a, form, head, args, scope)
        entry = TABLE.get(head.name)
        if entry is not None and (entry.reserved or scope.lookup(head.name) is None):
            return _special(a, entry, form, args, scope)
        if head.name == ".":
            return _dot(a, form, args)
    return _call(a, form, head, args, scope)


def _special(a: Analysis, entry: Entry, form: ListForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    count = len(args)
    if count < entry.least or (entry.most is not None and count > entry.most):
        return a.arity(form, entry, count)
    return cast("n.Node", entry.handler(a, form, args, scope))


def _call(a: Analysis, form: ListForm, head: Form, args: tuple[Form, ...], scope: Scope) -> n.Node:
    inner = scope.operand
    before = a.broken
    fn = resolve(a, head, inner, head=True) if isinstance(head, SymbolForm) else a.lower(head, inner)
    if a.broken > before:
        if not _opaque(head):
            a.lower_all(args, scope)
        return n.Const(form.start, form.end, None)
    if not isinstance(fn, n.BuiltinRef):
        return calls.call(a, form, fn, a.lower_all(args, scope))
    if fn.ref in SETTLED:
        args = settled(fn.ref, args)
        if fn.ref == "into" and len(args) == 3:
            return a.fault(FaultKind.ARITY_ERROR, "into takes 0 to 2 arguments, got 3", form, hint=_IN_PLACE)
    elif fn.ref in _BY_NAME and args and isinstance(args[0], SymbolForm):
        named = n.SymbolConst(args[0].start, args[0].end, args[0].text)
        return calls.builtin(a, form, fn, (named, *a.lower_all(args[1:], scope)))
    return calls.builtin(a, form, fn, a.lower_all(args, scope))


def _opaque(head: Form) -> bool:
    """Whether the arguments of an unknown head are no expressions, so that nothing in them can be judged."""
    return isinstance(head, SymbolForm) and (
        head.text in OPAQUE or (head.ns is not None and head.name in TABLE)
    )


def _qualified_call(
    a: Analysis, form: ListForm, head: SymbolForm, args: tuple[Form, ...], scope: Scope
) -> n.Node:
    if head.ns in {"tool", "tools"}:
        return _tool_call(a, form, head, args, scope)
    if head.ns == "data":
        return a.bad_form(
            f"{head.text} is data, not a function",
            form,
            hint=f"write {head.text} without parentheses, or (get {head.text} key) to look inside",
        )
    return _call(a, form, head, args, scope)


def _tool_call(a: Analysis, form: ListForm, head: SymbolForm, args: tuple[Form, ...], scope: Scope) -> n.Node:
    if head.name == "servers" and (a.env.tools is None or "servers" not in a.env.tools):
        if args:
            return a.fault(
                FaultKind.ARITY_ERROR,
                f"tool/servers takes no arguments, got {len(args)}",
                form,
                hint="write (tool/servers)",
            )
        if REGISTRY.by_ref.get("tool/servers") is not None:
            return a.builtin_call(form, "tool/servers")
        return n.VectorNode(form.start, form.end, ())
    known = check_tool(a, head)
    a.tools[head.name] = None
    if head.name == "call" and args and isinstance(args[0], SymbolForm | QuoteForm) and len(args) <= 2:
        shorthand = _upstream_args(a, args, scope)
        if shorthand is not None:
            return n.ToolCall(form.start, form.end, "call", (shorthand,))
    if known:
        check_tool_args(a, head.name, args, form)
    return n.ToolCall(form.start, form.end, head.name, a.lower_all(args, scope))


def _upstream_args(a: Analysis, args: tuple[Form, ...], scope: Scope) -> n.Node | None:
    """`'server/tool {…}` as the map `{:server … :tool … :args …}`; None when the first argument is an ordinary value."""
    ref = args[0].form if isinstance(args[0], QuoteForm) else None
    if not isinstance(ref, SymbolForm):
        return None
    place = args[0]
    if ref.ns is None:
        return a.fault(
            FaultKind.INVALID_TOOL_ARGS,
            f"tool/call got '{ref.name}, which names no server",
            place,
            hint="write (tool/call 'server/tool {:key value})",
        )
    rest: n.Node = a.lower(args[1], scope.operand) if len(args) > 1 else n.MapNode(place.end, place.end, ())
    pairs: list[n.Node] = []
    for key, value in (("server", ref.ns), ("tool", ref.name)):
        pairs += [n.KeywordConst(place.start, place.end, key), n.Const(place.start, place.end, value)]
    pairs += [n.KeywordConst(place.start, place.end, "args"), rest]
    return n.MapNode(place.start, place.end, tuple(pairs))


def _dot(a: Analysis, form: ListForm, args: tuple[Form, ...]) -> n.Node:
    shown = "(.method object)"
    if len(args) >= 2 and isinstance(args[1], SymbolForm):
        rest = "".join(f" {form_text(arg)}" for arg in args[2:])
        shown = f"(.{args[1].name.removeprefix('-')} {form_text(args[0])}{rest})"
    return a.bad_form("(. object method) is not supported", form, hint=f"write {shown}")


# -- literals --------------------------------------------------------------------------------------------------------


def _symbol(a: Analysis, form: SymbolForm, scope: Scope) -> n.Node:
    return resolve(a, form, scope)


def _literal(_a: Analysis, form: LiteralForm, _scope: Scope) -> n.Node:
    return n.Const(form.start, form.end, form.value)


def _keyword(_a: Analysis, form: KeywordForm, _scope: Scope) -> n.Node:
    return n.KeywordConst(form.start, form.end, form.name)


def _regex(a: Analysis, form: RegexForm, _scope: Scope) -> n.Node:
    try:
        compile_regex(form.pattern)
    except Trap as trap:
        return a.bad_form(trap.message, form, hint=trap.hint)
    return n.RegexConst(form.start, form.end, form.pattern)


def _vector(a: Analysis, form: VectorForm, scope: Scope) -> n.Node:
    return n.VectorNode(form.start, form.end, a.lower_all(form.items, scope))


def _map(a: Analysis, form: MapForm, scope: Scope) -> n.Node:
    _no_duplicates(a, form.items[::2], "map", "key")
    return n.MapNode(form.start, form.end, a.lower_all(form.items, scope))


def _set(a: Analysis, form: SetForm, scope: Scope) -> n.Node:
    _no_duplicates(a, form.items, "set", "element")
    return n.SetNode(form.start, form.end, a.lower_all(form.items, scope))


def _no_duplicates(a: Analysis, keys: tuple[Form, ...], kind: str, part: str) -> None:
    seen: set[Any] = set()
    for form in keys:
        made = form_key(form)
        if made in seen:
            a.fault(
                FaultKind.DUPLICATE_KEY,
                f"the {kind} has the {part} {form_text(form)} twice",
                form,
                hint="leave one of them out",
            )
        seen.add(made)


def _var(a: Analysis, form: VarForm, scope: Scope) -> n.Node:
    return resolve(a, form.symbol, scope)


def _spliced(_a: Analysis, form: Any, _scope: Scope) -> n.Node:
    return cast("Spliced", form).node


def _quote(a: Analysis, form: QuoteForm, _scope: Scope) -> n.Node:
    return quoted(a, form.form)


def quoted(a: Analysis, form: Form) -> n.Node:
    """Quoted data: symbols stand for themselves, lists are vectors, nothing is called."""
    match form:
        case SymbolForm():
            return n.SymbolConst(form.start, form.end, form.text)
        case ListForm() | VectorForm():
            return n.VectorNode(form.start, form.end, tuple([quoted(a, item) for item in form.items]))
        case MapForm():
            _no_duplicates(a, form.items[::2], "map", "key")
            return n.MapNode(form.start, form.end, tuple([quoted(a, item) for item in form.items]))
        case SetForm():
            _no_duplicates(a, form.items, "set", "element")
            return n.SetNode(form.start, form.end, tuple([quoted(a, item) for item in form.items]))
        case QuoteForm():
            return quoted(a, form.form)
        case LiteralForm() | KeywordForm() | RegexForm():
            return a.lower(form, Scope())
        case _:
            return a.bad_form(
                f"{what(form)} cannot be quoted", form, hint="quote names and data: 'name, '(1 2), '[a b]"
            )


# -- #( ) ------------------------------------------------------------------------------------------------------------


def _short_fn(a: Analysis, form: ShortFnForm, scope: Scope) -> n.Node:
    nested = _nested_short_fn(form)
    if nested is not None:
        return a.bad_form("#( ) inside #( )", nested, hint="write the inner one as (fn [x] …)")
    highest, rest = 0, False
    for symbol in symbols_in(form.items):
        if symbol.ns is not None or not symbol.name.startswith("%"):
            continue
        tail = symbol.name[1:]
        if tail == "&":
            rest = True
        elif tail == "" or tail.isdecimal():
            highest = max(highest, int(tail[:_DIGITS] or "1"))
    if highest > _MOST_PLACEHOLDERS:
        return a.bad_form(
            f"%{highest}: #( ) takes at most %{_MOST_PLACEHOLDERS}",
            form,
            hint="write (fn [a b …] …) or take a vector",
        )
    inner = scope.fn(Target(highest + rest, "this #( )"))
    params = [a.unique(f"p{index}") for index in range(1, highest + 1)]
    inner.names.update({f"%{index}": name for index, name in enumerate(params, 1)})
    if params:
        inner.names["%"] = params[0]
    rest_name = a.unique("rest") if rest else None
    if rest_name is not None:
        inner.names["%&"] = rest_name
    shown = [f"p{index}" for index in range(1, highest + 1)] + (["&", "rest"] if rest else [])
    body = _short_body(a, form, inner)
    return n.Fn(form.start, form.end, (n.FnArity(tuple(params), rest_name, body, tuple(shown)),))


def _short_body(a: Analysis, form: ShortFnForm, scope: Scope) -> n.Node:
    items = form.items
    if len(items) == 1 and not isinstance(items[0], SymbolForm):
        return a.lower(items[0], scope)
    return (
        a.lower(ListForm(form.start + 1, form.end, items), scope)
        if items
        else n.Const(form.start, form.end, None)
    )


def _nested_short_fn(form: ShortFnForm) -> Form | None:
    stack: list[Form] = list(form.items)
    while stack:
        item = stack.pop()
        match item:
            case ShortFnForm():
                return item
            case ListForm() | VectorForm() | MapForm() | SetForm():
                stack.extend(item.items)
            case _:
                pass
    return None


_LOWER: dict[type, Callable[[Analysis, Any, Scope], n.Node]] = {
    SymbolForm: _symbol,
    KeywordForm: _keyword,
    LiteralForm: _literal,
    RegexForm: _regex,
    ListForm: _list,
    VectorForm: _vector,
    MapForm: _map,
    SetForm: _set,
    ShortFnForm: _short_fn,
    QuoteForm: _quote,
    VarForm: _var,
    Spliced: _spliced,
}
