"""`SubAgent(output=...)`: the Python type of the answer, its signature, and the way from an answer to a value of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ptc_lisp.signature import (
    ANY,
    ConversionError,
    SignatureError,
    Type,
    converter,
    field_notes,
    field_values,
    from_json_schema,
    from_python,
    parse,
    parse_type,
    render,
)

_MOST_PROBLEMS = 20


class OutputType:
    """The type of answers. `returns` is what signatures can say of it, `notes` what they cannot, by field, `values`
    what fields may be, where the type lists that."""

    def __init__(self, annotation: Any) -> None:
        """Takes a type, or a JSON Schema as a dict. Raises TypeError or ValueError for what is neither."""
        self.notes: dict[str, str] = {}
        self.values: dict[str, tuple[Any, ...]] = {}
        self._convert: Callable[[Any], Any] | None = None
        if isinstance(annotation, Mapping):
            schema = cast("Mapping[str, Any]", annotation)
            self.returns: Type = from_json_schema(schema)
            return
        if annotation is Any:
            self.returns = ANY
            return
        self.returns = from_python(annotation)
        self.notes, self.values = field_notes(annotation), field_values(annotation)
        self._convert = converter(annotation)

    @property
    def converts(self) -> bool:
        """Whether an answer becomes a value of a Python type, and not just plain data."""
        return self._convert is not None

    def value(self, plain: Any) -> Any:
        """The value of the type. Raises ConversionError."""
        return plain if self._convert is None else self._convert(plain)

    def problems(self, plain: Any) -> tuple[str, ...]:
        """What keeps a plain value from being one of the type; nothing when it can be."""
        try:
            self.value(plain)
        except ConversionError as error:
            return error.problems[:_MOST_PROBLEMS]
        return ()


def output_of(annotation: Any) -> OutputType:
    """The output type of a definition.

    Raises:
        TypeError, ValueError: it is none; the message says why.
    """
    if isinstance(annotation, str):
        raise TypeError(
            f"SubAgent.output must be a Python type or a JSON Schema, got the text {annotation!r}: "
            "write that as signature=..."
        )
    try:
        return OutputType(annotation)
    except SignatureError as error:
        raise ValueError(f"SubAgent.output: {error}") from error
    except TypeError as error:
        raise TypeError(f"SubAgent.output: {error}") from error


def joined_signature(signature: str | None, output: OutputType) -> str:
    """The signature with the return type of `output`.

    Raises:
        ValueError: the signature has another return type.
    """
    returns = render(output.returns)
    if signature is None:
        return returns
    given = parse(signature)
    if given.returns not in (ANY, output.returns, parse_type(returns)):
        raise ValueError(
            f"SubAgent has output and the signature {signature}, whose return types differ; "
            "leave the signature's return type :any, or leave output out"
        )
    inputs = signature.rpartition("->")[0].strip() if not given.open_params else ""
    return f"{inputs} -> {returns}" if inputs else returns
