"""Small-sample statistics for pass rates: is one agent better than another, and how many runs would tell?"""

from __future__ import annotations

from math import ceil, comb, sqrt
from statistics import NormalDist


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of a rate: lower and upper bound. (0, 1) when there were no trials.

    Raises:
        ValueError: the counts make no sense, or the confidence is not between 0 and 1.
    """
    _check(successes, trials)
    if trials == 0:
        return 0.0, 1.0
    z = _quantile(confidence)
    rate = successes / trials
    scale = 1 + z * z / trials
    middle = (rate + z * z / (2 * trials)) / scale
    half = z * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials)) / scale
    lower = 0.0 if successes == 0 else max(0.0, middle - half)
    return lower, 1.0 if successes == trials else min(1.0, middle + half)


def fisher_exact(successes_a: int, trials_a: int, successes_b: int, trials_b: int) -> float:
    """The two-sided p value of Fisher's exact test: how likely a difference of rates at least this large is if both sides are
    equally good. Raises ValueError if the counts make no sense."""
    _check(successes_a, trials_a)
    _check(successes_b, trials_b)
    successes, total = successes_a + successes_b, trials_a + trials_b
    ways = comb(total, successes)
    least, most = max(0, successes - trials_b), min(successes, trials_a)
    weights = [comb(trials_a, k) * comb(trials_b, successes - k) for k in range(least, most + 1)]
    observed = weights[successes_a - least]
    return sum(weight for weight in weights if weight <= observed) / ways


def sample_size(rate_a: float, rate_b: float, power: float = 0.8, confidence: float = 0.95) -> int:
    """Runs that each side needs so that a difference between these two rates is found with the given power (normal
    approximation, two-sided).

    Raises:
        ValueError: the rates are equal, or a number is not between 0 and 1.
    """
    if rate_a == rate_b:
        raise ValueError(f"both rates are {rate_a}: no number of runs tells equal rates apart")
    for rate in (rate_a, rate_b):
        if not 0 <= rate <= 1:
            raise ValueError(f"a rate is between 0 and 1, got {rate}")
    if not 0 < power < 1:
        raise ValueError(f"power is between 0 and 1, got {power}")
    mean = (rate_a + rate_b) / 2
    alone = _quantile(confidence) * sqrt(2 * mean * (1 - mean))
    both = NormalDist().inv_cdf(power) * sqrt(rate_a * (1 - rate_a) + rate_b * (1 - rate_b))
    return ceil(((alone + both) / (rate_a - rate_b)) ** 2)


def _quantile(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is between 0 and 1, got {confidence}")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def _check(successes: int, trials: int) -> None:
    if not 0 <= successes <= trials:
        raise ValueError(f"there can be 0 to {trials} successes in {trials} trials, got {successes}")
