"""`ptc grammar`: the grammar of programs on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Literal

from ptc_lisp import language
from subagent.cli.exits import Exit
from subagent.cli.tool_option import load_tools


def run_grammar(form: Literal["lark", "gbnf"], tools: Sequence[str], data: Sequence[str]) -> Exit:
    """Print the grammar. `tools` holds names, with commas or not, and `module:attr`; `data` holds names or NAME=FILE.

    No texts at all put no limit on names; an empty text grants none.
    """
    text = language.grammar(
        form,
        tools=_tool_names(tools) if tools else None,
        data=[name.partition("=")[0] for name in _split(data)] if data else None,
    )
    sys.stdout.write(text)
    return Exit.OK


def _tool_names(specs: Sequence[str]) -> list[str]:
    loaded = [spec for spec in specs if ":" in spec]
    return [*load_tools(loaded), *_split(spec for spec in specs if ":" not in spec)]


def _split(specs: Iterable[str]) -> list[str]:
    return [name for spec in specs for part in spec.split(",") if (name := part.strip())]
