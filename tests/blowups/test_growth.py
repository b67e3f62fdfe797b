"""Building a collection step by step is near linear: eight times the steps cost about eight times as much."""

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

MORE = 8
MOST = 22.0
"""Linear work costs some 8 times as much for 8 times the steps, quadratic work some 64 times: the bound has room for
a factor of nearly three to either side, which a busy machine does not take."""
STEPS = 2_500
ROUNDS = 3
ATTEMPTS = 3


def _ratio(inline: Inline, steps: int = STEPS) -> float:
    """CPU time of `MORE` times the steps over that of once, each the best of several rounds that take turns."""
    least = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, count in enumerate((steps, MORE * steps)):
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
        if ratios[-1] < MOST:
            return
    pytest.fail(f"{MORE} times the steps cost {min(ratios):.1f} times as much")


def test_the_measure_sees_quadratic_building() -> None:
    inline = Inline()
    copying = "(fn [n] (count (reduce (fn [c i] (mapv identity (conj c i))) [] (range n))))"
    inline.value(f"(def build {copying})")
    assert max(_ratio(inline, 400) for _ in range(ATTEMPTS)) > MOST
