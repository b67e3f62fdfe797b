"""Every name that the language promises exists, in every spelling, and the wider ones are shown by a case."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from inline_machine import Inline

from ptc_lisp.analyzer.specials import TABLE

_HERE = Path(__file__).parent


def _groups() -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in (_HERE / "names.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, _, names = line.partition(": ")
            found.append((kind, names.split()))
    return found


GROUPS = _groups()
_SPELLINGS = [
    *[name for kind, names in GROUPS if kind in {"bare", "beyond"} for name in names],
    *[
        f"{space}/{name}"
        for kind, names in GROUPS
        if kind.startswith("ns ")
        for space in kind.split()[1:]
        for name in names
    ],
]
"""Names that are values, so that `(map name …)` works."""


@pytest.mark.parametrize("name", _SPELLINGS)
def test_a_promised_name_is_a_value(name: str) -> None:
    outcome = Inline().run(f"(count [{name}])")
    assert [fault.message for fault in outcome.faults] == []
    assert outcome.shown == "1"


@pytest.mark.parametrize("name", [name for kind, names in GROUPS if kind == "form" for name in names])
def test_a_promised_form_is_known(name: str) -> None:
    assert name in TABLE


def test_the_list_has_the_size_of_the_reference() -> None:
    names = {name for kind, names in GROUPS if kind in {"bare", "form"} for name in names}
    assert len(names) >= 334


_BEYOND = [name for kind, names in GROUPS if kind == "beyond" for name in names]


@pytest.mark.parametrize("name", _BEYOND)
def test_what_goes_beyond_the_reference_has_a_case(name: str) -> None:
    cases = "\n".join(path.read_text(encoding="utf-8") for path in _HERE.glob("*.ptc"))
    short = name.removeprefix("clojure.")
    assert re.search(rf"(?<![\w?!*<>=+-]){re.escape(short)}(?![\w?!*<>=+-])", cases) is not None
