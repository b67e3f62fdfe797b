"""From the argument map of a tool call to a call of the Python function behind the tool."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.signature.hints import hints_of, python_signature
from ptc_lisp.tool.kinds import kind_of_annotation, kind_of_declared, lisp_name, unannotated
from ptc_lisp.tool.reading import Reader, reader_of

if TYPE_CHECKING:
    from ptc_lisp.signature import Signature, Validation

Found = TypeVar("Found")
_EMPTY = inspect.Parameter.empty
_UNREAD: tuple[Any, ...] = (_EMPTY, Any, object)


class BoundCall:
    """A tool call whose arguments have been checked and bound. `run` takes no arguments and returns the result, or, if
    `is_async`, something to await for it.

    usable: takes a result before it is passed on, and raises what the program is told if it cannot be used; for hosts that
        report the outcome of a call themselves.
    args: the arguments by name, as the program gave them. warnings: how they were converted.
    again: binds other arguments and returns the new `run`; raises a Trap (invalid_tool_args) if they do not fit.
    """

    __slots__ = ("again", "args", "is_async", "run", "usable", "warnings")

    def __init__(
        self,
        run: Callable[[], Any],
        args: dict[str, Any],
        *,
        is_async: bool,
        warnings: tuple[str, ...],
        again: Callable[[dict[str, Any]], Callable[[], Any]],
        usable: Callable[[Any], None] | None = None,
    ) -> None:
        self.run = run
        self.args = args
        self.is_async = is_async
        self.warnings = warnings
        self.again = again
        self.usable = usable or _anything

    def replaced(self, run: Callable[[], Any], *, is_async: bool | None = None) -> BoundCall:
        """The same call, made in another way."""
        is_async = self.is_async if is_async is None else is_async
        return BoundCall(
            run,
            self.args,
            is_async=is_async,
            warnings=self.warnings,
            again=self.again,
            usable=self.usable,
        )


def _anything(value: Any) -> None:
    del value


class Binding:
    """How the arguments of one tool reach its function. Parameters are read once, at the first call."""

    def __init__(
        self,
        name: str,
        fn: Callable[..., Any],
        signature: Signature | None,
        validation: Validation = "enabled",
    ) -> None:
        self._name = name
        self._validation: Validation = validation
        self._fn = fn
        self._signature = signature
        self._takes_all = False
        self._positional: list[str] = []
        self._types: dict[str, Any] = {}
        self._readers: dict[str, Reader] = {}
        self._required: list[str] = []
        self._read_parameters()

    def bind(self, args: dict[str, Any]) -> tuple[Callable[[], Any], tuple[str, ...]]:
        """The call, without arguments left to give, and what was done to the arguments. Raises a Trap
        (invalid_tool_args)."""
        named = {self._parameter(key): value for key, value in args.items()}
        named = {key: value for key, value in named.items() if value is not None or not self._left_out(key)}
        self._check_names(named)
        warnings: list[str] = []
        if self._signature is not None:
            named = self._coerced(named, warnings)
        else:
            named = {key: self._converted(key, value, warnings) for key, value in named.items()}
        positional = [named.pop(key) for key in self._positional if key in named]
        return partial(self._fn, *positional, **named), tuple(warnings)

    def parameters(self) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        """Names of the required and the optional arguments as programs write them, and whether it takes any others."""
        signature = self._signature
        if signature is not None and not signature.open_params:
            required = tuple(lisp_name(field.name) for field in signature.params if not field.type.optional)
            return (
                required,
                tuple(lisp_name(f.name) for f in signature.params if f.type.optional),
                self._takes_all,
            )
        optional = tuple(lisp_name(name) for name in self._types if name not in self._required)
        return tuple(map(lisp_name, self._required)), optional, self._takes_all

    def kinds(self) -> dict[str, str]:
        """Kinds of arguments by name as programs write them, for those that take one kind of value only."""
        if self._validation in ("warn_only", "disabled"):
            return {}
        signature = self._signature
        if signature is not None and not signature.open_params:
            found = {field.name: kind_of_declared(field.type) for field in signature.params}
        else:
            found = {name: kind_of_annotation(kind) for name, kind in self._types.items()}
        return {lisp_name(name): kind for name, kind in found.items() if kind is not None}

    def notes(self) -> dict[str, str]:
        """What annotations say of arguments beyond their kind, by path."""
        from ptc_lisp.signature import field_notes  # noqa: PLC0415 - only prompts need it

        return self._by_path(field_notes)

    def values(self) -> dict[str, tuple[Any, ...]]:
        """The values that arguments may have, where annotations list all of them, by path."""
        from ptc_lisp.signature import field_values  # noqa: PLC0415 - as above

        return self._by_path(field_values)

    def _by_path(self, read: Callable[[Any], dict[str, Found]]) -> dict[str, Found]:
        return {
            f"{name}.{path}" if path else name: found
            for name, kind in self._types.items()
            for path, found in read(kind).items()
        }

    def _read_parameters(self) -> None:
        try:
            parameters = python_signature(self._fn).parameters.values()
        except (TypeError, ValueError):  # a C function without a signature: it judges its arguments itself
            self._takes_all = True
            return
        hints = hints_of(self._fn.__init__ if isinstance(self._fn, type) else self._fn)
        for parameter in parameters:
            if parameter.kind is parameter.VAR_KEYWORD:
                self._takes_all = True
            elif parameter.kind is not parameter.VAR_POSITIONAL:
                if type(parameter.default).__name__ == "FieldInfo" and not hasattr(self._fn, "__wrapped__"):
                    raise TypeError(
                        f"tool {self._name}: the default of {parameter.name} is a Field of pydantic, which a plain function "
                        "does not understand: write Annotated[type, Field(...)], and the default behind it"
                    )
                self._add_type(parameter.name, hints.get(parameter.name, _EMPTY))
                if parameter.default is _EMPTY:
                    self._required.append(parameter.name)
                if parameter.kind is parameter.POSITIONAL_ONLY:
                    self._positional.append(parameter.name)

    def _add_type(self, name: str, kind: Any) -> None:
        self._types[name] = kind
        if self._signature is not None or kind in _UNREAD:
            return
        try:
            self._readers[name] = reader_of(kind)
        except TypeError as error:
            raise TypeError(f"tool {self._name}: the type of {name} cannot be checked: {error}") from error

    def _parameter(self, key: str) -> str:
        if key not in self._types and f"{key}_" in self._types:  # `class_` for `:class`
            return f"{key}_"
        return key

    def _left_out(self, key: str) -> bool:
        """Whether nil under this key means that the argument was not given: it has a default, and nil is none of its
        values."""
        if self._signature is not None or key not in self._types or key in self._required:
            return False
        kind = unannotated(self._types[key])
        return kind not in _UNREAD and type(None) not in get_args(kind)

    def _check_names(self, named: dict[str, Any]) -> None:
        unknown = [] if self._takes_all else [key for key in named if key not in self._types]
        missing = [key for key in self._required if key not in named]
        if not unknown and not missing:
            return
        parts: list[str] = []
        for key in unknown:
            near = get_close_matches(key, self._types, n=1)
            parts.append(
                f"no argument :{lisp_name(key)}" + (f" (did you mean :{lisp_name(near[0])}?)" if near else "")
            )
        if missing:
            parts.append("missing " + ", ".join(f":{lisp_name(key)}" for key in missing))
        accepted = ", ".join(f":{lisp_name(key)}" for key in self._types) or "none"
        hint = f"call it like {self._example()}"
        if not missing and len(named) > len(unknown):
            some = " ".join(f":{lisp_name(key)}" for key in self._types if key in named)
            hint += f"; out of a larger map m: (tool/{self._name} (select-keys m [{some}]))"
        raise Trap(
            FaultKind.INVALID_TOOL_ARGS,
            f"tool/{self._name}: {'; '.join(parts)}; its arguments are {accepted}",
            hint=hint,
            details={
                "tool": self._name,
                "unknown": unknown,
                "missing": missing,
                "accepted": list(self._types),
            },
        )

    def _coerced(self, named: dict[str, Any], warnings: list[str]) -> dict[str, Any]:
        from ptc_lisp.signature import fit_args  # noqa: PLC0415 - loads a grammar, only needed for such tools

        assert self._signature is not None
        values, said, problems = fit_args(self._signature, named, self._validation)
        if problems:
            raise self._bad("; ".join(str(problem) for problem in problems))
        warnings += said
        return {self._parameter(key.replace("-", "_")): value for key, value in values.items()}

    def _converted(self, key: str, value: Any, warnings: list[str]) -> Any:
        read = self._readers.get(key)
        if read is None or self._validation == "disabled":
            return value
        try:
            return read(value, self._validation == "strict")
        except TypeError:
            return value  # a type that msgspec does not know: the function judges it
        except ValueError as problem:  # msgspec's and pydantic's are some
            from ptc_lisp.tool.telling import misfits  # noqa: PLC0415 - loads a grammar, only needed for mistakes

            what = misfits(key, problem, self._types[key])
            if self._validation == "warn_only":
                warnings.append(what)
                return value
            raise self._bad(what, key) from problem

    def _bad(self, what: str, key: str = "") -> Trap:
        return Trap(
            FaultKind.INVALID_TOOL_ARGS,
            f"tool/{self._name}: {what}",
            hint=f"call it like {self._example(key)}",
            details={"tool": self._name},
        )

    def _example(self, key: str = "") -> str:
        """A call with the arguments that must be there, and `key`."""
        from ptc_lisp.tool.telling import example_call  # noqa: PLC0415 - as above

        signature = self._signature
        if signature is not None and not signature.open_params:
            declared = [(each.name, each.type) for each in signature.params]
            needed = [pair for pair in declared if not pair[1].optional]
        else:
            declared = [(key, Any if kind is _EMPTY else kind) for key, kind in self._types.items()]
            needed = [pair for pair in declared if pair[0] in self._required or pair[0] == key]
        return example_call(self._name, needed or declared[:1])
