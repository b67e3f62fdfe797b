"""Every acceptance row has a test that carries its number in its name, `test_row_58_...`: none gets lost in a move."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
ROWS = {*range(1, 94), 103, *range(108, 111), 112, *range(120, 126)}
_NAME = re.compile(r"^\s*(?:async )?def test_row_(\d+)_", re.MULTILINE)


def test_every_row_has_a_test():
    found = {int(number) for file in TESTS.rglob("test_*.py") for number in _NAME.findall(file.read_text())}
    assert sorted(ROWS - found) == []
