"""How much memory an encoded value would take as Python objects, estimated before it is decoded.

A byte of msgpack can become an object of 64 bytes (an empty vector) or more, so a limit on bytes alone does not protect the
host's memory. Strings cost little, but their bytes can look like collections, so they must be recognised, without a Python
step for each token.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from ptc_lisp.values import codec

MAX_COLLECTIONS: Final = 1_000_000
"""Vectors, maps and sets in one value that leaves a worker: about a quarter of a gigabyte in the host."""

_COLLECTION_BYTES = 64  # an empty one takes one byte of an encoding, and so many of memory
_SMALL_HEADS, _LARGE_HEADS = bytes(range(0x80, 0xA0)), bytes(range(0xDC, 0xE0))

# Head byte → how many bytes of length follow (texts and bytes, then extensions).
_TEXTS = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC4: 1, 0xC5: 2, 0xC6: 4}
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_LARGE_COLLECTIONS = {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
_NESTED = {bytes([code]) for code in (codec.SET, codec.BOXED, codec.CLOSURE, codec.COMPOSED)}


@cache
def _run_of(heads: bytes) -> re.Pattern[bytes]:
    """Matches as many tokens as follow that hold no others: numbers, short texts, short extensions, and `heads`."""
    leaf = b"[^" + re.escape(b"".join(sorted(_NESTED))) + b"]"
    texts = [b"%c.{%d}" % (0xA0 + size, size) for size in range(32)]
    fixed = [b"%c%s.{%d}" % (head, leaf, size) for head, size in _FIXED_EXTENSIONS.items()]
    short = [b"\xc7%c%s.{%d}" % (size, leaf, size) for size in (3, 5, 6, 7, *range(9, 32))]
    tokens = [
        rb"[\x00-\x7f\xc0\xc2\xc3\xe0-\xff" + heads + rb"]",
        rb"[\xca\xce\xd2].{4}", rb"[\xcb\xcf\xd3].{8}", rb"[\xcc\xd0].", rb"[\xcd\xd1]..",
        *texts, *fixed, *short,
    ]  # fmt: skip
    return re.compile(b"(?:" + b"|".join(tokens) + b")++", re.DOTALL)


_NO_HEADS, _ALL_SMALL_HEADS = b"", rb"\x80-\x9f"
_COLLECTIONS = re.compile(rb"[\x80-\x9f]++")

_HARMLESS = 1 << 30
_SHORT = 1 << 15  # its square is harmless


def is_too_much(data: bytes, limit: int = MAX_COLLECTIONS) -> bool:
    """Whether an encoded value holds more than `limit` collections, or announces more items than it has bytes."""
    if len(data) < _SHORT and len(data) <= limit:
        return False
    small = len(data) - len(data.translate(None, _SMALL_HEADS))
    large = len(data) - len(data.translate(None, _LARGE_HEADS))
    # A decoder makes room for the items that a collection announces: many of those, one in the other, cost time.
    if small + large <= limit and large * len(data) < _HARMLESS:
        return False
    found = _count(data, limit, _NO_HEADS if small + large > limit else _ALL_SMALL_HEADS)
    return found.collections > limit or found.announced > len(data)


def loose_bytes(data: bytes, limit: int) -> int:
    """How many bytes are neither in long texts nor in byte strings; it stops counting above `limit`."""
    return len(data) if len(data) <= limit else _count(data, limit, _ALL_SMALL_HEADS).loose


def estimated_bytes(data: bytes) -> int:
    """About the memory that a value takes when it is decoded. Texts that look like collections count as such."""
    return len(data) + _COLLECTION_BYTES * (len(data) - len(data.translate(None, _SMALL_HEADS)))


class _Count(NamedTuple):
    collections: int
    announced: int
    loose: int


def _count(data: bytes, limit: int, passed: bytes) -> _Count:
    """Goes through the tokens; does not count small collections whose heads are `passed`.

    Stops where collections and loose bytes are above `limit`, and where a decoder would give up.
    """
    collections = announced = skipped = at = 0
    small, size = _run_of(passed), len(data)
    while at < size >= announced and (collections <= limit or at - skipped <= limit):
        head = data[at]
        if (run := small.match(data, at)) is not None:
            at = run.end()
        elif (run := _COLLECTIONS.match(data, at)) is not None:
            collections += run.end() - at
            at = run.end()
        elif head in _LARGE_COLLECTIONS:
            width = _LARGE_COLLECTIONS[head]
            collections += 1
            announced += int.from_bytes(data[at + 1 : at + 1 + width], "big")
            at += 1 + width
        elif head in _TEXTS:
            width = _TEXTS[head]
            length = int.from_bytes(data[at + 1 : at + 1 + width], "big")
            skipped += length
            at += 1 + width + length
        elif head in _FIXED_EXTENSIONS or head in _EXTENSIONS:
            at = _past_extension(data, at, head)
        else:
            break
    return _Count(collections, announced, at - skipped)


def _past_extension(data: bytes, at: int, head: int) -> int:
    """Where to go on: inside where the payload is an encoding again (of a set or function), else behind it."""
    width = _EXTENSIONS.get(head, 0)
    length = _FIXED_EXTENSIONS.get(head) or int.from_bytes(data[at + 1 : at + 1 + width], "big")
    payload = at + 2 + width
    return payload if data[at + 1 + width : payload] in _NESTED else payload + length
