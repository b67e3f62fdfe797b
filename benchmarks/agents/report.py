"""Results as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from benchmarks.agents.scoring import Result
from subagent.trace.statistics import wilson


def report(results: Sequence[Result], *, model: str) -> str:
    """Markdown: a row per profile, a row per nature of task, and what went wrong."""
    profiles = list(dict.fromkeys(r.profile for r in results))
    lines = [f"model: {model}; tasks: {len({r.task for r in results})}", "", _HEAD, _RULE]
    lines += [_row(f"**{name}**", [r for r in results if r.profile == name]) for name in profiles]
    for profile in profiles:
        of = [r for r in results if r.profile == profile]
        lines += ["", f"{profile}, by nature of the task", "", _HEAD, _RULE]
        lines += [_row(n, [r for r in of if r.nature == n]) for n in dict.fromkeys(r.nature for r in of)]
        lines += ["", f"{profile}: what the first program did: {_counts(r.first for r in of)}"]
        lines += [f"{profile}: faults of all turns: {_counts(kind for r in of for kind in r.faults)}"]
        lines += [f"{profile}: how failed tasks ended: {_counts(r.outcome for r in of if not r.passed)}"]
    return "\n".join(lines)


_HEAD = "| | pass | rate | 95 % interval (Wilson) | first program ran | turns | tokens in | tokens out |"
_RULE = "|---|---|---|---|---|---|---|---|"


def _row(name: str, results: Sequence[Result]) -> str:
    passed, n = sum(r.passed for r in results), len(results)
    low, high = wilson(passed, n)
    ran = sum(r.first == "ran" for r in results) / n
    cells = (
        name,
        f"{passed}/{n}",
        f"{passed / n:.0%}",
        f"{low:.0%}-{high:.0%}",
        f"{ran:.0%}",
        f"{fmean(r.turns for r in results):.2f}",
        f"{fmean(r.input_tokens for r in results):,.0f}",
        f"{fmean(r.output_tokens for r in results):,.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _counts(kinds: Iterable[str]) -> str:
    counted = Counter(kinds).most_common()
    return ", ".join(f"{kind} {n}" for kind, n in counted) or "none"
