"""The builtins, one file per area. Importing this package registers them all."""

from __future__ import annotations

from importlib import import_module

AREAS: tuple[str, ...] = (
    "access",
    "aggregates",
    "arithmetic",
    "bits",
    "building",
    "collection_predicates",
    "comparison",
    "dates",
    "describe",
    "discovery",
    "dsl_groups",
    "dsl_rows",
    "dsl_values",
    "folding",
    "formatting",
    "functions",
    "grouping",
    "interop",
    "json_fns",
    "line_search",
    "maps",
    "math_fns",
    "math_java",
    "nested",
    "number_predicates",
    "output",
    "parsing",
    "predicates",
    "regexes",
    "relations",
    "seq_slice",
    "seq_transform",
    "sequences",
    "sets",
    "sorted_colls",
    "sorting",
    "streams",
    "string_search",
    "strings",
    "walk",
)
"""The modules that register builtins; a test compares this with the files."""

for _area in AREAS:
    import_module(f"{__name__}.{_area}")
