"""The contract language of programs and tools: `(city :string, days :int?) -> {total :float, rows [{id :int}]}`.

Read, check, coerce and render contracts, and convert them from and to JSON Schema and Python annotations.
"""

from ptc_lisp.signature.advice import advice
from ptc_lisp.signature.checking import Problem, check
from ptc_lisp.signature.coercion import Validation, coerce, coerce_args, fit_args
from ptc_lisp.signature.docstring import Description, describe, parse_docstring
from ptc_lisp.signature.json_schema import (
    from_json_schema,
    parameters_schema,
    signature_from_schemas,
    to_json_schema,
)
from ptc_lisp.signature.parsing import parse, parse_type
from ptc_lisp.signature.python_types import from_function, from_python
from ptc_lisp.signature.rendering import render, sample
from ptc_lisp.signature.typed_values import ConversionError, converter, field_notes, field_values
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
    "signature_from_schemas",
    "to_json_schema",
]
