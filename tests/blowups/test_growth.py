"""Building a collection step by step is near linear: twice the steps cost about twice the time, not four times."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import pytest
from inline_machine import Inline

_FILE = Path(__file__).parents[2] / "benchmarks" / "growth.py"
_SPEC = importlib.util.spec_from_file_location("growth_benchmark", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
growth = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(growth)

STEPS = 5_000
ROUNDS = 3
ATTEMPTS = 4
"""A quadratic way of building fails every attempt; a busy machine disturbs one or two."""


def _ratio(inline: Inline, steps: int = STEPS) -> float:
    """CPU time of twice the steps over that of once, each the best of several rounds that take turns."""
    least = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, count in enumerate((steps, 2 * steps)):
            started = time.process_time()
            assert inline.value(f"(build {count})") >= 0
            least[place] = min(least[place], time.process_time() - started)
    return least[1] / least[0]


@pytest.mark.slow
@pytest.mark.parametrize("name, source", growth.programs().items(), ids=list(growth.programs()))
def test_building_is_near_linear(name: str, source: str) -> None:
    del name
    inline = Inline()
    inline.value(f"(def build {source})")
    ratios: list[float] = []
    while len(ratios) < ATTEMPTS:
        ratios.append(_ratio(inline))
        if ratios[-1] < growth.MOST:
            return
    pytest.fail(f"twice the steps cost {min(ratios):.2f} times as much")


def test_the_measure_sees_quadratic_building() -> None:
    inline = Inline()
    copying = "(fn [n] (count (reduce (fn [c i] (mapv identity (conj c i))) [] (range n))))"
    inline.value(f"(def build {copying})")
    assert _ratio(inline, 1_000) > growth.MOST
