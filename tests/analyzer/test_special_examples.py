"""Every example in the table of special forms gives what it says."""

from __future__ import annotations

from typing import Any

import pytest

import ptc_lisp.analyzer
import ptc_lisp.builtins
from ptc_lisp.builtins.registry import SPECIALS
from ptc_lisp.limits import Limits
from ptc_lisp.runtime.machine import Machine

assert ptc_lisp.analyzer.FAMILIES  # importing them fills the table
EXAMPLES = [(source, shown) for record in SPECIALS.values() for source, shown in record.examples]


class _Host:
    def tool(self, name: str, args: dict[str, Any]) -> Any:
        raise AssertionError(f"no example calls tool/{name} {args}")

    def printed(self, text: str) -> None:
        assert text

    def journalled(self, ident: str, blob: bytes | None) -> None:
        raise AssertionError(f"no example has a journal: {ident}")

    def now_ms(self) -> int:
        return 0


@pytest.mark.parametrize("source, shown", EXAMPLES)
def test_example(source: str, shown: str) -> None:
    outcome = Machine(Limits(), _Host()).evaluate(source)
    assert outcome.faults == ()
    assert outcome.shown == shown
