"""Every example in the registry and in the table of special forms gives exactly what it says."""

from __future__ import annotations

import pytest
from inline_machine import Inline

import ptc_lisp.builtins
from ptc_lisp.analyzer import analyze
from ptc_lisp.builtins.registry import REGISTRY, SPECIALS
from ptc_lisp.values.functions import Builtin

assert ptc_lisp.builtins
assert analyze

_ENTRIES = {entry.ref: entry for entry in REGISTRY.by_ref.values() if isinstance(entry, Builtin)}
_CASES = [
    pytest.param(source, printed, id=f"{owner}-{number}")
    for owner, entry in sorted({**_ENTRIES, **SPECIALS}.items())
    for number, (source, printed) in enumerate(entry.examples)
]


@pytest.mark.parametrize("source, printed", _CASES)
def test_an_example_gives_what_it_says(source: str, printed: str) -> None:
    assert Inline().text(source) == printed


def test_every_pure_builtin_has_an_example_and_words() -> None:
    assert [ref for ref, entry in _ENTRIES.items() if entry.pure and not entry.examples] == []
    assert [
        ref for ref, entry in _ENTRIES.items() if not entry.doc or not (entry.params or entry.most == 0)
    ] == []


def test_every_special_form_has_words_and_a_usage() -> None:
    assert [name for name, special in SPECIALS.items() if not special.doc or not special.params] == []
