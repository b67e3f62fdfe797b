"""Binding patterns: names, `[a b & rest :as all]`, `{:keys [a] :or {a 1} :as m}`, nested as deep as one likes.

A pattern becomes a row of plain bindings; the intrinsics in their values check what the value is.
"""

from __future__ import annotations

import re

import msgspec

from ptc_lisp.analyzer.analysis import Analysis
from ptc_lisp.analyzer.form_tools import form_text, symbol_text, what
from ptc_lisp.analyzer.resolve import HISTORY, PLACEHOLDER
from ptc_lisp.analyzer.scope import Scope
from ptc_lisp.analyzer.state import Place
from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import Form, KeywordForm, ListForm, MapForm, SymbolForm, VectorForm

Bindings = list[n.Binding]
_KEY_LISTS = ("keys", "strs", "syms")
_IGNORED = re.compile(r"_[^~]*(~\d+)?")
_HINT = "bind names, [a b & more :as all] or {:keys [a b] :or {a 0} :as m}"


def bind(a: Analysis, pattern: Form, value: n.Node, scope: Scope, out: Bindings) -> None:
    """Binds a pattern to a value: appends to `out` and makes the names visible in `scope`."""
    if isinstance(pattern, SymbolForm):
        name = bind_name(a, pattern, scope)
        if name is not None:
            value = named(value, pattern.name)
            out.append(n.Binding(name, value))
            if isinstance(value, n.Fn):
                a.local_fns[name] = value
        return
    if isinstance(value, n.Local):
        bind_parts(a, pattern, value, scope, out)
        return
    temp = a.temp("p")
    out.append(n.Binding(temp, value))
    bind_parts(a, pattern, n.Local(pattern.start, pattern.end, temp), scope, out)


def bind_parts(a: Analysis, pattern: Form, source: n.Local, scope: Scope, out: Bindings) -> None:
    """Binds the names of a vector or map pattern to the parts of a local."""
    a.used.add(source.name)
    parts = _Parts(a, source, scope, out)
    match pattern:
        case VectorForm():
            parts.vector(pattern)
        case MapForm():
            parts.map(pattern)
        case _:
            _unsupported(a, pattern)
            if isinstance(
                pattern, ListForm
            ):  # parentheses for brackets: the names inside are known all the same
                for item in pattern.items:
                    if isinstance(item, SymbolForm):
                        bind_name(a, item, scope)


def bind_name(a: Analysis, form: SymbolForm, scope: Scope) -> str | None:
    """Makes a plain name visible; its unique name. None (and a fault) when it cannot be a name."""
    if form.ns is not None:
        _unsupported(a, form, f"{form.text} cannot be bound: a local has no namespace", f"write {form.name}")
        return None
    if form.name[0] == "%" and PLACEHOLDER.fullmatch(form.name) and form.name != "%%":
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


def named(value: n.Node, name: str) -> n.Node:
    """A function without a name takes the one that it is bound to, for faults and frames."""
    if isinstance(value, n.Fn) and value.name is None:
        return msgspec.structs.replace(value, name=name)
    return value


def is_pattern(form: Form) -> bool:
    """Whether the form takes a value apart (is not just a name)."""
    return isinstance(form, VectorForm | MapForm)


def pruned(a: Analysis, bindings: Bindings) -> tuple[n.Binding, ...]:
    """The bindings without parts that are called `_…`, never read, and not needed to check what the value is."""
    if not any([binding.name[0] == "_" for binding in bindings]):  # noqa: C419 - quicker as a list
        return tuple(bindings)
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


class _Parts(msgspec.Struct):
    """The parts of one local, bound one after the other."""

    a: Analysis
    source: n.Local
    scope: Scope
    out: Bindings
    defaults: dict[str, Form] = {}
    names: set[str] = set()

    def bind(self, pattern: Form, op: str, *args: n.Node) -> None:
        """Binds a pattern to what an intrinsic takes out of the local."""
        value = n.Intrinsic(self.source.start, self.source.end, op, (self.source, *args))
        bind(self.a, pattern, value, self.scope, self.out)

    def whole(self, name: Form, op: str) -> None:
        """`:as name`."""
        if isinstance(name, SymbolForm):
            self.bind(name, op)
        else:
            self.a.bad_form(f":as must be followed by a name, got {what(name)}", name, hint="write :as all")

    def check(self, place: Place, op: str) -> None:
        """Checks what the local is although the pattern takes nothing out of it."""
        checked = n.Intrinsic(place.start, place.end, op, (self.source,))
        self.out.append(n.Binding(self.a.temp("check"), checked))

    def vector(self, pattern: VectorForm) -> None:
        """`[a b & rest :as all]`."""
        items = list(pattern.items)
        if not items:
            self.check(pattern, "as-seq")
        index = 0
        while items:
            item = items.pop(0)
            if symbol_text(item) == "&":
                if not self.rest(pattern, items, index):
                    return
            elif isinstance(item, KeywordForm):
                if item.name != "as" or not items:
                    message = f"{form_text(item)} does not belong into a vector pattern"
                    _unsupported(self.a, item, message, "write [a b :as all]")
                    return
                self.whole(items.pop(0), "as-seq")
            else:
                self.bind(item, "nth", n.Const(item.start, item.end, index))
                index += 1

    def rest(self, pattern: VectorForm, items: list[Form], index: int) -> bool:
        """`& rest`; takes the pattern off `items`. False (and a fault) when something else than `:as` follows."""
        if not items or _is_as(items[0]):
            self.a.bad_form("& must be followed by one pattern", pattern, hint="write [a & more]")
            return False
        target = items.pop(0)
        rest = n.Intrinsic(
            target.start, target.end, "rest", (self.source, n.Const(target.start, target.end, index))
        )
        if isinstance(target, MapForm):
            rest = n.Intrinsic(target.start, target.end, "kwargs", (rest,))
        bind(self.a, target, rest, self.scope, self.out)
        if items and not _is_as(items[0]):
            message = f"only one pattern may follow &, got also {form_text(items[0])}"
            self.a.bad_form(message, pattern, hint="write [a & more]")
            return False
        return True

    def map(self, pattern: MapForm) -> None:
        """`{:keys [a] :strs [b] x :key :or {a 1} :as m}`."""
        pairs = list(zip(pattern.items[::2], pattern.items[1::2], strict=True))
        self.defaults = _defaults(self.a, pairs)
        before = len(self.out)
        for key, value in pairs:
            if not isinstance(key, KeywordForm):
                self.entry(key, value)
            elif key.name in _KEY_LISTS:
                self.key_list(key.name, value)
            elif key.name == "as":
                self.whole(value, "as-map")
            elif key.name != "or":
                self.backwards(key, value)
        for name, default in self.defaults.items():
            if name not in self.names:
                message = f":or names {name}, which this pattern does not bind"
                self.a.bad_form(message, default, hint=f"add it: {{:keys [{name}]}}")
        if len(self.out) == before:
            self.check(pattern, "as-map")

    def backwards(self, key: KeywordForm, value: Form) -> None:
        """`:key name` is a fault; its name is bound all the same, so that it is not reported as unknown."""
        hint = f"write {{{form_text(value)} :{key.name}}}: the name comes first, or {{:keys [{key.name}]}}"
        _unsupported(self.a, key, f":{key.name} stands where a name is bound", hint)
        if isinstance(value, SymbolForm):
            bind_name(self.a, value, self.scope)

    def entry(self, pattern: Form, key: Form) -> None:
        """`pattern key`: a name as key means the keyword of that name."""
        if isinstance(key, SymbolForm):
            node: n.Node = n.KeywordConst(key.start, key.end, key.name)
        else:
            node = self.a.lower(key, self.scope.operand)
        self.lookup(pattern, node)

    def key_list(self, kind: str, listed: Form) -> None:
        """`:keys [a b]`, `:strs [a b]`, `:syms [a b]`."""
        hint = f"write {{:{kind} [a b]}}"
        if not isinstance(listed, VectorForm):
            self.a.bad_form(f":{kind} takes a vector of names, got {what(listed)}", listed, hint=hint)
            return
        for item in listed.items:
            if not isinstance(item, SymbolForm | KeywordForm):
                self.a.bad_form(f":{kind} takes names, got {what(item)}", item, hint=hint)
                continue
            key: n.Node = n.KeywordConst(item.start, item.end, item.name)
            if kind == "strs":
                key = n.Const(item.start, item.end, item.name)
            elif kind == "syms":
                key = n.SymbolConst(item.start, item.end, item.name)
            self.lookup(SymbolForm(item.start, item.end, item.name), key)

    def lookup(self, pattern: Form, key: n.Node) -> None:
        """Binds a pattern to the value of a key, or to its default when the key is absent."""
        name = symbol_text(pattern)
        default = None if name is None else self.defaults.get(name)
        self.names.add(name or "")
        if default is None:
            self.bind(pattern, "get", key)
        else:
            self.bind(pattern, "get-or", key, self.a.lower(default, self.scope.operand))


def _is_as(form: Form) -> bool:
    return isinstance(form, KeywordForm) and form.name == "as"


def _defaults(a: Analysis, pairs: list[tuple[Form, Form]]) -> dict[str, Form]:
    """The names of `:or` with their default forms."""
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
                hint = f"write :or {{{bare} {form_text(default)}}}"
                a.bad_form(f":or takes names, got {what(name)}", name, hint=hint)
            else:
                found[text] = default
    return found


def _unsupported(a: Analysis, form: Form, message: str | None = None, hint: str | None = None) -> None:
    shown = f"{what(form)} cannot be bound" if message is None else message
    a.fault(FaultKind.UNSUPPORTED_PATTERN, shown, form, hint=hint or _HINT)
