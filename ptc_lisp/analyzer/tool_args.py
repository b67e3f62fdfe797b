"""Arguments of tool calls, as far as their forms say what is wrong with them."""

from __future__ import annotations

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


def check_tool_args(state: State, name: str, args: tuple[Form, ...], place: Place) -> None:
    """Collects invalid_tool_args when the arguments can be no map and no keyword-value pairs, or, for a tool whose
    parameters are known, when literal keys name unknown arguments or leave required ones out."""
    shape = state.env.shapes.get(name)
    hint = f"usage: {_usage(name, shape)}"
    if len(args) == 1 and (
        isinstance(args[0], _NO_ARGUMENTS) or args[0] == ListForm(args[0].start, args[0].end, ())
    ):
        if not (isinstance(args[0], LiteralForm) and args[0].value is None):
            message = f"tool/{name} takes named arguments, got {what(args[0])}"
            state.fault(FaultKind.INVALID_TOOL_ARGS, message, place, hint=hint)
    elif len(args) > 1 and len(args) % 2:
        message = f"tool/{name} got {len(args)} arguments, which are no pairs of name and value"
        state.fault(FaultKind.INVALID_TOOL_ARGS, message, place, hint=hint)
    elif shape is not None:
        keys = _literal_keys(args)
        if keys is not None:
            _check_names(state, name, shape, keys, place)


def _literal_keys(args: tuple[Form, ...]) -> dict[str, Form] | None:
    """The argument names by their forms; None when a name, or the whole map, is computed."""
    if len(args) == 1 and isinstance(args[0], MapForm):
        args = args[0].items
    elif len(args) == 1:
        return None
    found: dict[str, Form] = {}
    for form in args[::2]:
        if isinstance(form, KeywordForm):
            found[form.name] = form
        elif isinstance(form, LiteralForm) and isinstance(form.value, str):
            found[form.value] = form
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


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _usage(name: str, shape: ToolShape | None) -> str:
    """How the tool is called; optional arguments have a question mark."""
    if shape is None:
        return f"(tool/{name} {{:key value}}) or (tool/{name} :key value)"
    params = [f":{param} …" for param in shape.required] + [f":{param}? …" for param in shape.optional]
    return f"(tool/{name} {{{' '.join(params)}}})" if params else f"(tool/{name})"
