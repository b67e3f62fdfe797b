"""What a host changes in the system text."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from subagent.prompting.preview import cut

_log = logging.getLogger("subagent")


class SystemPrompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Additions to the system text. prefix: before it. suffix: after it, where it has most weight. output_format: replaces
    what the text says about the form of replies."""

    prefix: str = ""
    suffix: str = ""
    output_format: str | None = None


Customisation = str | SystemPrompt | Callable[[str], str]
"""Another text, pieces around ours, or a function from our text to another one."""


def customised(system: str, change: Customisation | None, limit_chars: int | None) -> str:
    """The system text as the host wants it, cut to `limit_chars` with a warning in the log.

    Raises:
        TypeError: the host's function did not give text.
    """
    if isinstance(change, SystemPrompt):
        system = "\n\n".join(part for part in (change.prefix, system, change.suffix) if part)
    elif isinstance(change, str):
        system = change
    elif change is not None:
        made: object = change(system)
        if not isinstance(made, str):
            raise TypeError(
                f"SubAgent.system_prompt must give text, but its function gave {type(made).__name__}"
            )
        system = made
    if limit_chars is not None and len(system) > limit_chars:
        _log.warning("the system text has %d characters and is cut to %d", len(system), limit_chars)
        system = cut(system, limit_chars)
    return system
