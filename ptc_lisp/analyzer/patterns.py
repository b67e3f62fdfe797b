"""Binding patterns: names, `[a b & rest :as all]`, `{:keys [a] :or {a 1} :as m}`, nested as deep as one likes.

A pattern becomes a row of plain bindings; the intrinsics in their values check what the value is.
"""

from __future__ import annotations

import re

from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.form_tools import form_text, symbol_text, what
from ptc_lisp.analyzer.resolve import HISTORY, PLACEHOLDER
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.state import Place
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import Form, KeywordForm, LiteralForm, MapForm, SymbolForm, VectorForm

Bindings = list[n.Binding]
_KEY_LISTS = ("keys", "strs", "syms")
_IGNORED = re.compile(r"_[^~]*(~\d+)?")
_HINT = "bind names, [a b & more :as all] or {:keys [a b] :or {a 0} :as m}"


def bind(a: Analysis, pattern: Form, value: n.Node, scope: Scope, out: Bindings) -> None:
    """Binds a pattern to a value: appends to `out` and makes the names visible in `scope`."""
    if isinstance(pattern, SymbolForm):
        name = bind_name(a, pattern, scope)
        if name is not None:
            out.append(n.Binding(name, value))
        return
    source = value
    if not isinstance(value, n.Local):
        temp = a.temp("p")
        out.append(n.Binding(temp, value))
        source = n.Local(pattern.start, pattern.end, temp)
    bind_parts(a, pattern, source, scope, out)


def bind_parts(a: Analysis, pattern: Form, source: n.Local, scope: Scope, out: Bindings) -> None:
    """Binds the names of a vector or map pattern to the parts of a local."""
    a.used.add(source.name)
    match pattern:
        case VectorForm():
            _vector(a, pattern, source, scope, out)
        case MapForm():
            _map(a, pattern, source, scope, out)
        case _:
            _unsupported(a, pattern)


def bind_name(a: Analysis, form: SymbolForm, scope: Scope) -> str | None:
    """Makes a plain name visible; its unique name. None (and a fault) when it cannot be a name."""
    if form.ns is not None:
        _unsupported(a, form, f"{form.text} cannot be bound: a local has no namespace", f"write {form.name}")
        return None
    if PLACEHOLDER.fullmatch(form.name) and form.name != "%%":
        _unsupported(
            a, form, f"{form.name} cannot be bound: it is a placeholder of #( )", "choose another name"
        )
        return None
    if form.name in HISTORY:
        _unsupported(a, form, f"{form.name} cannot be bound: it is an earlier result", "choose another name")
        return None
    if form.name == "&":
        _unsupported(a, form, "& cannot be bound", "& stands before the last name inside a vector pattern")
        return None
    name = a.unique(form.name)
    scope.names[form.name] = name
    return name


def is_pattern(form: Form) -> bool:
    """Whether the form takes a value apart (is not just a name)."""
    return isinstance(form, VectorForm | MapForm)


def pruned(a: Analysis, bindings: Bindings) -> tuple[n.Binding, ...]:
    """The bindings without parts that are called `_…`, never read, and not needed to check what the value is."""
    checked: set[str] = set()
    for binding in bindings:
        if not _droppable(a, binding):
            checked.update(_source(binding))
    kept: Bindings = []
    for binding in bindings:
        source = _source(binding)
        if _droppable(a, binding) and source and source[0] in checked:
            continue
        checked.update(source)
        kept.append(binding)
    return tuple(kept)


def _droppable(a: Analysis, binding: n.Binding) -> bool:
    return (
        bool(_source(binding)) and binding.name not in a.used and _IGNORED.fullmatch(binding.name) is not None
    )


def _source(binding: n.Binding) -> tuple[str, ...]:
    """The local that a binding takes apart, if it does."""
    value = binding.value
    if (
        isinstance(value, n.Intrinsic)
        and value.op in {"nth", "get", "rest"}
        and isinstance(value.args[0], n.Local)
    ):
        return (value.args[0].name,)
    return ()


# -- vectors ---------------------------------------------------------------------------------------------------------


def _vector(a: Analysis, pattern: VectorForm, source: n.Local, scope: Scope, out: Bindings) -> None:
    items = list(pattern.items)
    checked = False
    index = 0
    while items:
        item = items.pop(0)
        text = symbol_text(item)
        if text == "&":
            if not items or _is_as(items[0]):
                a.bad_form("& must be followed by one pattern", pattern, hint="write [a & more]")
                return
            target = items.pop(0)
            _rest(a, target, source, index, scope, out)
            if items and not _is_as(items[0]):
                a.bad_form(
                    f"only one pattern may follow &, got also {form_text(items[0])}",
                    pattern,
                    hint="write [a & more]",
                )
                return
        elif isinstance(item, KeywordForm):
            if item.name != "as" or not items:
                _unsupported(
                    a, item, f"{form_text(item)} does not belong into a vector pattern", "write [a b :as all]"
                )
                return
            _as(a, items.pop(0), "as-seq", source, scope, out)
        else:
            value = n.Intrinsic(item.start, item.end, "nth", (source, n.Const(item.start, item.end, index)))
            bind(a, item, value, scope, out)
            index += 1
        checked = True
    if not checked:
        _check(a, pattern, "as-seq", source, out)


def _is_as(form: Form) -> bool:
    return isinstance(form, KeywordForm) and form.name == "as"


def _rest(a: Analysis, target: Form, source: n.Local, index: int, scope: Scope, out: Bindings) -> None:
    rest = n.Intrinsic(target.start, target.end, "rest", (source, n.Const(target.start, target.end, index)))
    if isinstance(target, MapForm):
        rest = n.Intrinsic(target.start, target.end, "kwargs", (rest,))
    bind(a, target, rest, scope, out)


def _as(a: Analysis, name: Form, check: str, source: n.Local, scope: Scope, out: Bindings) -> None:
    if not isinstance(name, SymbolForm):
        a.bad_form(f":as must be followed by a name, got {what(name)}", name, hint="write :as all")
        return
    bind(a, name, n.Intrinsic(name.start, name.end, check, (source,)), scope, out)


def _check(a: Analysis, place: Place, check: str, source: n.Local, out: Bindings) -> None:
    out.append(n.Binding(a.temp("check"), n.Intrinsic(place.start, place.end, check, (source,))))


# -- maps ------------------------------------------------------------------------------------------------------------


def _map(a: Analysis, pattern: MapForm, source: n.Local, scope: Scope, out: Bindings) -> None:
    pairs = list(zip(pattern.items[::2], pattern.items[1::2], strict=True))
    defaults = _defaults(a, pairs)
    names: set[str] = set()
    before = len(out)
    for key, value in pairs:
        if isinstance(key, KeywordForm):
            if key.name in _KEY_LISTS:
                _key_list(a, key.name, value, source, defaults, scope, out, names)
            elif key.name == "as":
                _as(a, value, "as-map", source, scope, out)
            elif key.name != "or":
                _backwards(a, key, value)
        else:
            name = symbol_text(key)
            names.add(name or "")
            default = defaults.get(name) if name is not None else None
            bind(a, key, _lookup(a, _key(a, value, scope), source, default, scope), scope, out)
    for name, default in defaults.items():
        if name not in names:
            a.bad_form(
                f":or names {name}, which this pattern does not bind",
                default,
                hint=f"add it: {{:keys [{name}]}}",
            )
    if len(out) == before:
        _check(a, pattern, "as-map", source, out)


def _backwards(a: Analysis, key: KeywordForm, value: Form) -> None:
    hint = f"write {{{form_text(value)} :{key.name}}}: the name comes first, or {{:keys [{key.name}]}}"
    _unsupported(a, key, f":{key.name} stands where a name is bound", hint)


def _defaults(a: Analysis, pairs: list[tuple[Form, Form]]) -> dict[str, Form]:
    found: dict[str, Form] = {}
    for key, value in pairs:
        if not (isinstance(key, KeywordForm) and key.name == "or"):
            continue
        if not isinstance(value, MapForm):
            a.bad_form(
                f":or takes a map of defaults, got {what(value)}", value, hint="write :or {name default}"
            )
            continue
        for name, default in zip(value.items[::2], value.items[1::2], strict=True):
            text = symbol_text(name)
            if text is None:
                bare = name.name if isinstance(name, KeywordForm) else "name"
                a.bad_form(
                    f":or takes names, got {what(name)}",
                    name,
                    hint=f"write :or {{{bare} {form_text(default)}}}",
                )
            else:
                found[text] = default
    return found


def _key_list(
    a: Analysis,
    kind: str,
    listed: Form,
    source: n.Local,
    defaults: dict[str, Form],
    scope: Scope,
    out: Bindings,
    names: set[str],
) -> None:
    if not isinstance(listed, VectorForm):
        a.bad_form(
            f":{kind} takes a vector of names, got {what(listed)}", listed, hint=f"write {{:{kind} [a b]}}"
        )
        return
    for item in listed.items:
        if not isinstance(item, SymbolForm | KeywordForm):
            a.bad_form(f":{kind} takes names, got {what(item)}", item, hint=f"write {{:{kind} [a b]}}")
            continue
        name = item.name
        names.add(name)
        key: n.Node = n.KeywordConst(item.start, item.end, name)
        if kind == "strs":
            key = n.Const(item.start, item.end, name)
        local = SymbolForm(item.start, item.end, name)
        bind(a, local, _lookup(a, key, source, defaults.get(name), scope), scope, out)


def _key(a: Analysis, form: Form, scope: Scope) -> n.Node:
    if isinstance(form, SymbolForm):
        return n.KeywordConst(form.start, form.end, form.name)
    return a.lower(form, scope.operand)


def _lookup(a: Analysis, key: n.Node, source: n.Local, default: Form | None, scope: Scope) -> n.Intrinsic:
    if default is None:
        return n.Intrinsic(key.start, key.end, "get", (source, key))
    return n.Intrinsic(key.start, key.end, "get-or", (source, key, a.lower(default, scope.operand)))


def _unsupported(a: Analysis, form: Form, message: str | None = None, hint: str | None = None) -> None:
    if message is None:
        message = f"{what(form)} cannot be bound"
        if isinstance(form, LiteralForm) or not isinstance(form, SymbolForm):
            hint = _HINT
    a.fault(FaultKind.UNSUPPORTED_PATTERN, message, form, hint=hint or _HINT)
