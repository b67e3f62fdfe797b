"""Where the grammar is. Workers without the parser do not need it."""

from __future__ import annotations

from pathlib import Path

GRAMMAR = Path(__file__).with_name("grammar.lark")
