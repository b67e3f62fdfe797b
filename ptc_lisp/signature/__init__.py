"""Signatures, the types of programs and tools: `(city :string, days :int?) -> {total :float, rows [{id :int}]}`.

Parses, checks, converts and renders them, and translates from and to JSON Schema and Python annotations."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptc_lisp.signature.advising import advice
    from ptc_lisp.signature.checking import Problem, check
    from ptc_lisp.signature.coercion import Validation, coerce, coerce_args, fit_args
    from ptc_lisp.signature.docstring import Description, describe, parse_docstring
    from ptc_lisp.signature.host_values import as_value
    from ptc_lisp.signature.json_schema import (
        annotated,
        from_json_schema,
        parameters_schema,
        schema_notes,
        signature_from_schemas,
        to_json_schema,
    )
    from ptc_lisp.signature.notes import field_notes, field_values
    from ptc_lisp.signature.parsing import parse, parse_type
    from ptc_lisp.signature.python_types import from_function, from_python
    from ptc_lisp.signature.rendering import render, sample
    from ptc_lisp.signature.typed_values import ConversionError, converter
    from ptc_lisp.signature.types import (
        ANY,
        Field,
        ListOf,
        Primitive,
        Record,
        Signature,
        SignatureError,
        Type,
    )

__all__ = [
    "ANY",
    "ConversionError",
    "Description",
    "Field",
    "ListOf",
    "Primitive",
    "Problem",
    "Record",
    "Signature",
    "SignatureError",
    "Type",
    "Validation",
    "advice",
    "annotated",
    "as_value",
    "check",
    "coerce",
    "coerce_args",
    "converter",
    "describe",
    "field_notes",
    "field_values",
    "fit_args",
    "from_function",
    "from_json_schema",
    "from_python",
    "parameters_schema",
    "parse",
    "parse_docstring",
    "parse_type",
    "render",
    "sample",
    "schema_notes",
    "signature_from_schemas",
    "to_json_schema",
]

# Names are loaded on first use: workers check values without what reads and makes signatures.
_HOME = {
    "ANY": "types",
    "ConversionError": "typed_values",
    "Description": "docstring",
    "Field": "types",
    "ListOf": "types",
    "Primitive": "types",
    "Problem": "checking",
    "Record": "types",
    "Signature": "types",
    "SignatureError": "types",
    "Type": "types",
    "Validation": "coercion",
    "advice": "advising",
    "annotated": "json_schema",
    "as_value": "host_values",
    "check": "checking",
    "coerce": "coercion",
    "coerce_args": "coercion",
    "converter": "typed_values",
    "describe": "docstring",
    "field_notes": "notes",
    "field_values": "notes",
    "fit_args": "coercion",
    "from_function": "python_types",
    "from_json_schema": "json_schema",
    "from_python": "python_types",
    "parameters_schema": "json_schema",
    "parse": "parsing",
    "parse_docstring": "docstring",
    "parse_type": "parsing",
    "render": "rendering",
    "sample": "rendering",
    "schema_notes": "json_schema",
    "signature_from_schemas": "json_schema",
    "to_json_schema": "json_schema",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"ptc_lisp.signature.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
