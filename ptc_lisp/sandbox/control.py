"""The messages between host and zygote (see `zygote`): op and tokens; in replies op, token and a number."""

from __future__ import annotations

import struct

REPLY = struct.Struct("!cQq")
MAX_MESSAGE = 8_192


def request(op: bytes, *tokens: int) -> bytes:
    """A message to the zygote."""
    return op + struct.pack(f"!{len(tokens)}Q", *tokens)
