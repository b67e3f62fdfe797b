"""The tables of the demo; see data/SOURCE.md for what they are and whose."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from subagent.cli.loading import load_file

FOLDER = Path(__file__).parent / "data"
CHARACTERS_PER_TOKEN = 4


@cache
def load_table(name: str) -> list[dict[str, Any]]:
    """All rows of one table."""
    return load_file(FOLDER / f"{name}.csv")


def prompt_tokens(names: tuple[str, ...]) -> int:
    """About how many tokens the tables would be in a prompt as JSON: one per four characters, no tokenizer asked."""
    characters = sum(len(msgspec.json.encode(load_table(name)).decode()) for name in names)
    return characters // CHARACTERS_PER_TOKEN
