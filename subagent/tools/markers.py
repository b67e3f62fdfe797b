"""Placeholders for tools in a definition, before the tools can be made."""

from __future__ import annotations

from typing import Final

import msgspec


class Self(msgspec.Struct, frozen=True):
    """The type of `SELF`."""


SELF: Final = Self()
"""In `tools=`: the agent itself, so that it can give parts of its work to runs of its own."""
