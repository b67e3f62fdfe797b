"""Better hints, from a second look at the text around a fault.

A builtin knows its argument, not the call around it; the analyzer knows names, not habits of other languages. `advise`
sees the forms, and so can say which two arguments are swapped, that `->` should be `->>`, or that an operator stands
in the middle. It changes hints only: kinds, messages and places stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ptc_lisp.analyzer import advice_glue, advice_order
from ptc_lisp.analyzer.advice_glue import inside
from ptc_lisp.analyzer.foreign import FOREIGN
from ptc_lisp.analyzer.specials import TABLE
from ptc_lisp.analyzer.suggest import did_you_mean, nearest
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.builtins.seq_support import usage
from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    ShortFnForm,
    SymbolForm,
)
from ptc_lisp.values.functions import Builtin

_BUILT_IN = ("+", "-", "*", "/", "<", ">", "<=", ">=", "=", "not=", "and", "or", "mod", "==")
_OPERATORS = {
    **dict(zip(_BUILT_IN, _BUILT_IN, strict=True)),
    "===": "=", "!=": "not=", "!==": "not=", "&&": "and", "||": "or", "%": "mod", "in": "contains?",
}  # fmt: skip
_MISUSED_CALL = frozenset(
    {FaultKind.NOT_CALLABLE, FaultKind.ARITY_ERROR, FaultKind.UNBOUND_VAR, FaultKind.INVALID_PLACEHOLDER}
)
_FROM_NIL = frozenset(
    {FaultKind.TYPE_ERROR, FaultKind.NOT_CALLABLE, FaultKind.DESTRUCTURE_ERROR, FaultKind.ARITHMETIC_ERROR}
)
ADVISED = _MISUSED_CALL | _FROM_NIL
"""The kinds of faults that `advise` may know more about."""
_MAX_SHOWN = 100

Path = tuple[Form, ...]
"""A form with the forms around it, outermost first."""


def advise(trap: Trap, forms: Sequence[Form], text: str, data: frozenset[str]) -> str | None:
    """A better hint for a fault of the program `text`, None when there is none.

    Args:
        trap: the fault, with its place. forms: the program as read. data: names in the context.
    """
    if trap.start is None or trap.end is None:
        return _missing_data(trap, forms, data)
    path = _path_to(forms, trap.start, trap.end)
    call = _call_of(path)
    return (
        _missing_data(trap, forms, data)
        or advice_glue.advise(trap, path, forms, text)
        or (_quoted(path, data) or _dotted(path, data) if trap.kind is FaultKind.UNBOUND_VAR else None)
        or (_infix(call, text) if trap.kind in _MISUSED_CALL else None)
        or (_hidden(trap, call) if trap.kind is FaultKind.NOT_CALLABLE else None)
        or advice_order.advise(trap, path, text)
        or (_usage(trap) if trap.hint is None else None)
    )


def _usage(trap: Trap) -> str | None:
    who = trap.details.get("function")
    if not isinstance(who, str):
        return None
    return f"usage: {TABLE[who].usage}" if who in TABLE else usage(who)


# -- names -----------------------------------------------------------------------------------------------------------


def _missing_data(trap: Trap, forms: Sequence[Form], data: frozenset[str]) -> str | None:
    """What the program looks up under a name that the context does not have is nil, and nil goes a long way."""
    if trap.phase is not Phase.RUN or trap.kind not in _FROM_NIL:
        return None
    for form in _walk(forms):
        if isinstance(form, SymbolForm) and form.ns == "data" and not _known(form.name, data):
            head, dot, field = form.name.partition(".")
            if dot and head in data:
                return f"{form.text} is nil: read a field with its keyword, (:{field} data/{head})"
            guess = did_you_mean([f"data/{name}" for name in nearest(form.name, data)])
            listed = ", ".join(f"data/{name}" for name in sorted(data)[:12]) or "nothing"
            return f"{form.text} does not exist, so it is nil; {guess or f'the context has {listed}'}"
    return None


def _known(name: str, data: frozenset[str]) -> bool:
    return name in data or name.replace("-", "_") in data


def _quoted(path: Path, data: frozenset[str]) -> str | None:
    """`(slurp "data/orders")`: what the context holds, as if it were a file."""
    for form in _walk(path[-2:-1]):
        if isinstance(form, LiteralForm) and isinstance(form.value, str):
            name = form.value.removeprefix("data/").partition(".")[0]
            if form.value.startswith("data/") and _known(name, data):
                return f"data/{name} is the value already, nothing is read from files: write data/{name} without quotes"
    return None


def _dotted(path: Path, data: frozenset[str]) -> str | None:
    """`data.orders`, `tool.find`, `row.price`."""
    if not path or not isinstance(path[-1], SymbolForm):
        return None
    head, dot, field = path[-1].name.partition(".")
    if not (head and dot and field) or path[-1].name in FOREIGN:
        return None
    if head in {"data", "tool", "tools"}:
        return f"write {head.removesuffix('s')}/{field}: the slash stands between the two"
    if REGISTRY.resolve(field, head) is not None:
        return None
    owner = f"data/{head}" if head in data else head
    return f"there are no dots: read a field with its keyword, (:{field} {owner})"


def _hidden(trap: Trap, call: ListForm | None) -> str | None:
    """A builtin's name that the program gave to a value."""
    if call is None or not call.items or "function" in trap.details:
        return None
    head = call.items[0]
    if isinstance(head, SymbolForm) and isinstance(REGISTRY.resolve(head.name, head.ns), Builtin):
        return f"`{head.text}` is bound to a value here, which hides the function `{head.text}`: rename the value"
    return None


# -- operators in the middle -----------------------------------------------------------------------------------------


def _infix(call: Form | None, text: str) -> str | None:
    """`(x > 5)`, also as an argument of the call at fault."""
    if not isinstance(call, ListForm | ShortFnForm):
        return None
    found = _turned(call, text)
    for item in call.items if found is None else ():
        if isinstance(item, ShortFnForm) and found is None:
            found = _turned(item, text)
    return None if found is None else f"the operator comes first: {found}"


def _turned(call: ListForm | ShortFnForm, text: str) -> str | None:
    items = call.items
    if len(items) < 3 or not isinstance(items[1], SymbolForm):
        return None
    if isinstance(items[0], KeywordForm) and items[1].text == "%":  # #(:price % > 5)
        field = ListForm(items[0].start, items[1].end, items[:2])
        return _field_first(field, items[2:], text)
    operator = _OPERATORS.get(items[1].text)
    head = items[0]
    if operator is None or (
        isinstance(head, SymbolForm) and REGISTRY.resolve(head.name, head.ns) is not None
    ):
        return None
    first = text[items[0].start : items[0].end]
    short = isinstance(call, ShortFnForm)
    if short and isinstance(items[0], KeywordForm):
        first = f"({first} %)"
    rest = text[items[2].start : items[-1].end]
    turned = f"{'#' if short else ''}({operator} {first} {rest})"
    return turned if len(turned) <= _MAX_SHOWN else f"({operator} a b)"


def _field_first(field: ListForm, rest: tuple[Form, ...], text: str) -> str | None:
    operator = _OPERATORS.get(rest[0].text) if isinstance(rest[0], SymbolForm) else None
    if operator is None or len(rest) < 2:
        return None
    turned = f"#({operator} ({text[field.start : field.end]}) {text[rest[1].start : rest[-1].end]})"
    return turned if len(turned) <= _MAX_SHOWN else f"#({operator} (:field %) b)"


# -- forms at places -------------------------------------------------------------------------------------------------


def _call_of(path: Path) -> ListForm | None:
    """The call that a fault is about: the form itself, or the list that it heads."""
    if not path:
        return None
    if isinstance(path[-1], ListForm):
        return path[-1]
    if isinstance(path[-1], ShortFnForm):
        return ListForm(path[-1].start, path[-1].end, path[-1].items)
    for parent in path[-2:-1]:
        if isinstance(parent, ListForm | ShortFnForm) and parent.items[0] is path[-1]:
            return ListForm(parent.start, parent.end, parent.items)
    return None


def _path_to(forms: Sequence[Form], start: int, end: int) -> Path:
    """The form at a place and those around it; empty when no form has exactly this place."""
    for form in forms:
        if form.start <= start and end <= form.end:
            # The body of #(...) is a call whose place begins behind the #.
            if form.end == end and (
                form.start == start or (isinstance(form, ShortFnForm) and form.start + 1 == start)
            ):
                return (form,)
            below = _path_to(inside(form), start, end)
            return (form, *below) if below else ()
    return ()


def _walk(forms: Sequence[Form]) -> Iterator[Form]:
    pending = list(reversed(forms))
    while pending:
        form = pending.pop()
        yield form
        pending.extend(reversed(inside(form)))
