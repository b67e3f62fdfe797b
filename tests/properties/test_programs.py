"""No program is our mistake: random programs in a child process with hard limits, and some through a worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inline_machine import Inline
from program_fuzz import damaged, program

_SCRIPT = Path(__file__).parent / "fuzz_programs.py"


def _fuzz(*options: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(_SCRIPT), *options],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    assert ran.stdout, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_the_same_seed_writes_the_same_program() -> None:
    assert [program(seed) for seed in range(40)] == [program(seed) for seed in range(40)]
    assert len({damaged(seed) for seed in range(200)}) > 190


@pytest.mark.slow
def test_random_programs_in_process_end_as_results_or_faults() -> None:
    found = _fuzz("--inline", "--count", "600", "--seed", "0")
    assert found["ours"] == []
    assert found["programs"] == 600
    assert found["ends"]["ok"] > 60


@pytest.mark.slow
def test_random_programs_in_workers_end_as_results_or_faults() -> None:
    found = _fuzz("--count", "60", "--seed", "7000")
    assert found["ours"] == []
    assert found["programs"] == 60


REGRESSIONS = {
    "a doseq called as a function": "((doseq [x [1]] x) 1)",
    "the result of a loop called with a wrong count": "((loop [i 0 f 1] (if (< i 2) (recur (inc i) (fn [a b c] a)) f)) 'x)",
    "a range of more items than a counter holds": "(count (range 100000000000000000000000000))",
}


@pytest.mark.parametrize("source", REGRESSIONS.values(), ids=REGRESSIONS)
def test_what_was_found_once(source: str) -> None:
    outcome = Inline().run(source)
    assert [fault.kind for fault in outcome.faults if fault.kind == "internal_error"] == []
    assert outcome.faults
    assert outcome.steps < 1 << 63
