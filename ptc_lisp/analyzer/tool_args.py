"""Arguments of tool calls, as far as their forms say what is wrong with them."""

from __future__ import annotations

import re

from ptc_lisp.analyzer.form_tools import what
from ptc_lisp.analyzer.state import Place, State, ToolShape
from ptc_lisp.analyzer.suggest import did_you_mean, nearest
from ptc_lisp.faults import FaultKind
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    RegexForm,
    SetForm,
    ShortFnForm,
    VectorForm,
)

_NO_ARGUMENTS = LiteralForm | KeywordForm | RegexForm | VectorForm | SetForm | ShortFnForm
"""Forms that can be no map of arguments."""
_NAMES = {
    "int": "an integer",
    "float": "a number",
    "string": "a string",
    "bool": "true or false",
    "list": "a vector",
    "map": "a map",
}
_SAMPLES = {"int": "1", "float": "1.5", "string": '"…"', "bool": "true", "list": "[…]", "map": "{…}"}
_BOOLEANS = ("true", "false")
_TEXTS = {
    "int": re.compile(r"[+-]?\d+(\.0*)?$"),
    "float": re.compile(r"[+-]?(\d|\.\d|inf|nan)", re.IGNORECASE),
    "bool": re.compile(r"(true|false|0|1)$", re.IGNORECASE),
}
"""Texts that are read as a value of another kind."""


def check_tool_args(state: State, name: str, args: tuple[Form, ...], place: Place) -> None:
    """Collects invalid_tool_args when the arguments can be no map, no keyword-value pairs and not the value of the only
    parameter, or, for a tool whose parameters are known, when literal keys name unknown arguments or leave required ones out."""
    shape = state.env.shapes.get(name)
    hint = f"usage: {_usage(name, shape)}"
    if len(args) == 1 and (
        isinstance(args[0], _NO_ARGUMENTS) or args[0] == ListForm(args[0].start, args[0].end, ())
    ):
        if shape is not None and shape.sole is not None:
            _check_kinds(state, name, shape, {shape.sole: args[0]})
        elif not (isinstance(args[0], LiteralForm) and args[0].value is None):
            message = f"tool/{name} takes named arguments, got {what(args[0])}"
            state.fault(FaultKind.INVALID_TOOL_ARGS, message, place, hint=hint)
    elif len(args) > 1 and len(args) % 2:
        message = f"tool/{name} got {len(args)} arguments, which are no pairs of name and value"
        state.fault(FaultKind.INVALID_TOOL_ARGS, message, place, hint=hint)
    elif len(args) > 1 and any(map(_no_name, args[::2])):
        message = f"tool/{name} takes named arguments, got {what(next(filter(_no_name, args[::2])))} in the place of a name"
        state.fault(FaultKind.INVALID_TOOL_ARGS, message, place, hint=hint)
    elif shape is not None:
        pairs = _literal_pairs(args)
        if pairs is not None:
            _check_names(state, name, shape, {key: form for key, (form, _) in pairs.items()}, place)
            _check_kinds(state, name, shape, {key: value for key, (_, value) in pairs.items()})


def _no_name(form: Form) -> bool:
    """Whether a form can be no name of an argument: only keywords are names, or what is computed."""
    return isinstance(form, _NO_ARGUMENTS | MapForm) and not isinstance(form, KeywordForm)


def _literal_pairs(args: tuple[Form, ...]) -> dict[str, tuple[Form, Form]] | None:
    """The forms of key and value by argument name; None when a name, or the whole map, is computed."""
    if len(args) == 1 and isinstance(args[0], MapForm):
        args = args[0].items
    elif len(args) == 1:
        return None
    found: dict[str, tuple[Form, Form]] = {}
    for form, value in zip(args[::2], args[1::2], strict=True):
        if isinstance(form, KeywordForm):
            found[form.name] = (form, value)
        elif isinstance(form, LiteralForm) and isinstance(form.value, str):
            found[form.value] = (form, value)
        else:
            return None
    return found


def _check_names(state: State, name: str, shape: ToolShape, keys: dict[str, Form], place: Place) -> None:
    known = {_plain(param) for param in (*shape.required, *shape.optional)}
    hint = f"usage: {_usage(name, shape)}"
    for key, form in keys.items():
        if _plain(key) not in known and not shape.more:
            guess = did_you_mean([f":{other}" for other in nearest(key, (*shape.required, *shape.optional))])
            message = f"tool/{name} has no argument :{key}"
            state.fault(
                FaultKind.INVALID_TOOL_ARGS, message, form, hint=f"{guess}; {hint}" if guess else hint
            )
    given = {_plain(key) for key in keys}
    missing = [f":{param}" for param in shape.required if _plain(param) not in given]
    if missing:
        state.fault(FaultKind.INVALID_TOOL_ARGS, f"tool/{name} needs {', '.join(missing)}", place, hint=hint)


def _check_kinds(state: State, name: str, shape: ToolShape, values: dict[str, Form]) -> None:
    """Values that are written out and that no conversion makes fit."""
    kinds = {_plain(param): kind for param, kind in shape.kinds.items()}
    for key, form in values.items():
        kind = kinds.get(_plain(key))
        if kind is not None and not _may_be(kind, form):
            message = f"tool/{name}: :{key} must be {_NAMES[kind]}, got {what(form)}"
            state.fault(FaultKind.INVALID_TOOL_ARGS, message, form, hint=f"usage: {_usage(name, shape)}")


def _may_be(kind: str, form: Form) -> bool:
    """Whether the value of a form may become a value of that kind; text becomes numbers, keywords become text."""
    if isinstance(form, VectorForm | SetForm):
        return kind == "list"
    if isinstance(form, MapForm):
        return kind == "map"
    if isinstance(form, ShortFnForm | RegexForm):
        return False
    if isinstance(form, KeywordForm):
        return kind == "string" or (kind == "bool" and form.name in _BOOLEANS)
    return not isinstance(form, LiteralForm) or form.value is None or _literal_fits(kind, form.value)


def _literal_fits(kind: str, value: object) -> bool:
    if isinstance(value, str):
        pattern = _TEXTS.get(kind)
        return kind == "string" or (pattern is not None and pattern.match(value.strip()) is not None)
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, int):
        return kind in {"int", "float"} or (kind == "bool" and value in {0, 1})
    return kind == "float" or (kind == "int" and isinstance(value, float) and value.is_integer())


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _usage(name: str, shape: ToolShape | None) -> str:
    """How the tool is called with what it needs, and what else it takes."""
    if shape is None:
        return f"(tool/{name} {{:key value}}) or (tool/{name} :key value)"
    shown = " ".join(f":{param} {_SAMPLES.get(shape.kinds.get(param, ''), '…')}" for param in shape.required)
    call = f"(tool/{name} {{{shown}}})" if shown else f"(tool/{name})"
    return (
        f"{call}; optional: {', '.join(f':{param}' for param in shape.optional)}" if shape.optional else call
    )
