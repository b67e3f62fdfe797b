"""PTC-JSON: programs as JSON, for models and hosts that would rather write data than Lisp.

    step = json_dsl.run({"program": {"op": "add", "left": 1, "right": 2}})
    step.value                      # 3

The operations are one table; validation, compilation to the core of PTC-Lisp, prompt text and JSON Schemas come from it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptc_lisp.json_dsl.catalog import operations
    from ptc_lisp.json_dsl.prompt import to_prompt
    from ptc_lisp.json_dsl.providers import schema_problems
    from ptc_lisp.json_dsl.running import arun, check, format_error, run, run_or_raise, to_lisp
    from ptc_lisp.json_dsl.schema import to_json_schema
    from ptc_lisp.json_dsl.strict import to_llm_schema
    from ptc_lisp.json_dsl.strict_writing import from_strict, to_strict
    from ptc_lisp.json_dsl.table import Example, Field, Op

__all__ = [
    "Example",
    "Field",
    "Op",
    "arun",
    "check",
    "format_error",
    "from_strict",
    "operations",
    "run",
    "run_or_raise",
    "schema_problems",
    "to_json_schema",
    "to_lisp",
    "to_llm_schema",
    "to_prompt",
    "to_strict",
]

# Names are loaded on first use: workers import the lowering without the host's side.
_HOME = {
    "Example": "table",
    "Field": "table",
    "Op": "table",
    "arun": "running",
    "check": "running",
    "format_error": "running",
    "from_strict": "strict_writing",
    "operations": "catalog",
    "run": "running",
    "run_or_raise": "running",
    "schema_problems": "providers",
    "to_json_schema": "schema",
    "to_lisp": "running",
    "to_llm_schema": "strict",
    "to_prompt": "prompt",
    "to_strict": "strict_writing",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return __all__
