"""Counting tokens without a network."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec

_CHARS_A_TOKEN = 4
_MOST_COUNTED = 200_000


class Tokenizer(msgspec.Struct, frozen=True):
    """`name` is what to print beside a count; `encode` gives the number of tokens of a text."""

    name: str
    encode: Callable[[str], int]

    def count(self, text: str) -> int:
        """The tokens of a text. Of one longer than 200,000 characters the beginning is counted and the rest estimated from
        it."""
        if len(text) <= _MOST_COUNTED:
            return self.encode(text)
        return round(self.encode(text[:_MOST_COUNTED]) * len(text) / _MOST_COUNTED)


@cache
def tokenizer() -> Tokenizer:
    """OpenAI's cl100k_base where its table is at hand (litellm carries it), else four characters a token."""
    folder = _tables()
    if folder is None:
        return _by_length()
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    try:
        import tiktoken  # noqa: PLC0415 - needed only to count, and slow to load

        encoding = tiktoken.get_encoding("cl100k_base")
    except Exception:  # noqa: BLE001 - whatever hinders the table: a count by length is still a count
        return _by_length()
    finally:
        if before is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]
        else:
            os.environ["TIKTOKEN_CACHE_DIR"] = before
    return Tokenizer("cl100k_base", lambda text: len(encoding.encode(text, disallowed_special=())))


def _by_length() -> Tokenizer:
    return Tokenizer(
        f"{_CHARS_A_TOKEN} characters a token",
        lambda text: (len(text) + _CHARS_A_TOKEN - 1) // _CHARS_A_TOKEN,
    )


def _tables() -> Path | None:
    """Litellm's folder of tokenizer tables, found without importing it (which takes seconds)."""
    spec = importlib.util.find_spec("litellm")
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        for folder in ("litellm_core_utils/tokenizers", "llms/tokenizers"):
            found = Path(place) / folder
            if (found / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4").is_file():
                return found
    return None
