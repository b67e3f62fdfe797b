"""The messages between host and zygote (see `zygote`): op, token, and in replies a number."""

from __future__ import annotations

import struct

REQUEST = struct.Struct("!cQ")
REPLY = struct.Struct("!cQq")
MAX_MESSAGE = 8_192
