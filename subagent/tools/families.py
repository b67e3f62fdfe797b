"""Built-in tools by family, for `SubAgent(builtin_tools=("grep",))`.

What a model searches for is a regular expression of its own making, so it is matched where its programs run: in a worker
process with a time limit, never in the host.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ptc_lisp import Limits, Tool, arun

_LIMITS = Limits(timeout_ms=2_000)


class SearchFailed(Exception):  # noqa: N818 - its name is what the calling program reads
    """A search was not possible: an unusable pattern, or one that takes for ever."""


async def _in_worker(program: str, **data: Any) -> Any:
    step = await arun(program, context=data, limits=_LIMITS)
    if step.error is not None:
        raise SearchFailed(step.error.message)
    return step.value


async def _grep(pattern: str, text: str) -> Any:
    return await _in_worker("(grep data/pattern data/text)", pattern=pattern, text=text)


async def _grep_n(pattern: str, text: str, context: int = 0) -> Any:
    return await _in_worker(
        "(grep-n data/pattern data/text data/lines)", pattern=pattern, text=text, lines=context
    )


_GREP = (
    Tool(
        _grep,
        "grep",
        "Lines of a text that match a regular expression; case does not count.",
        "(pattern :string, text :string) -> [:string]",
        "read",
    ),
    Tool(
        _grep_n,
        "grep-n",
        "Like grep, with line numbers and that many lines of context around each match; 100 rows at most.",
        "(pattern :string, text :string, context :int?) -> [{line :int, text :string, match :bool}]",
        "read",
    ),
)

FAMILIES: dict[str, tuple[Tool, ...]] = {"grep": _GREP}
"""The families by name."""


def builtin_tools(families: Iterable[str]) -> dict[str, Tool]:
    """The tools of several families by name. Raises ValueError for an unknown family."""
    found: dict[str, Tool] = {}
    for family in families:
        if family not in FAMILIES:
            raise ValueError(
                f"there is no family {family!r} of built-in tools; there is {', '.join(FAMILIES)}"
            )
        found |= {tool.name: tool for tool in FAMILIES[family]}
    return found
