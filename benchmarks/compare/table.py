"""The figures as a Markdown table."""

from __future__ import annotations

from typing import Any

TITLES = {
    "loop": "loop to 1,000,000",
    "fib": "fib(22)",
    "filter": "filter + sum, 100,000 rows there",
    "group": "group + sort, 50,000 rows there",
    "handed": "100,000 rows handed in, filter + sum",
    "warm": "1 + 2, session open",
    "checkout": "open a session, 1 + 2, close",
    "fresh": "1 + 2 in a fresh process",
    "rate": "the same, 4 threads, per run",
}
ELIXIR = {"loop": 127, "fib": 209, "handed": 87.7}
"""What the Elixir implementation of the language took, in times of CPython in the same run, on a machine of this kind."""


def markdown(found: dict[str, Any]) -> str:
    """Medians with their ranges, and ratios: to CPython for the work itself, to ptc-lisp for the sandboxes."""
    names = list(found["contenders"])
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines = [
        f"Measured on {found['machine']}. {found['rounds']} rounds in turn; medians. {versions}.",
        "",
        "Milliseconds, with the shortest and the longest:",
        "",
        f"| | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
    ]
    for work in found["work"]:
        cells = [_cell(found["contenders"][name].get(work)) for name in names]
        lines.append(f"| {TITLES[work]} | {' | '.join(cells)} |")
    for unit in ("CPython", "ptc-lisp"):
        lines += [
            "",
            f"Times of {unit} in the same round:",
            "",
            f"| | {' | '.join(names)} |{_extra(unit)}",
            _rule(unit, names),
        ]
        for work in found["work"]:
            ratios = [found["ratios"][name].get(unit, {}).get(work) for name in names]
            if any(ratio is not None for ratio in ratios):
                cells = ["–" if ratio is None else f"{ratio:.3g}" for ratio in ratios]
                lines.append(f"| {TITLES[work]} | {' | '.join(cells)} |{_elixir(unit, work)}")
    for name, problems in found["failed"].items():
        told = "; ".join(f"{TITLES[work]}: {problem}" for work, problem in problems.items())
        lines += ["", f"{name} did not finish: {told}."]
    return "\n".join(lines) + "\n"


def _extra(unit: str) -> str:
    return " Elixir, published |" if unit == "CPython" else ""


def _rule(unit: str, names: list[str]) -> str:
    return f"|---|{'---|' * (len(names) + (unit == 'CPython'))}"


def _elixir(unit: str, work: str) -> str:
    return f" {ELIXIR.get(work, '–')} |" if unit == "CPython" else ""


def _cell(figures: dict[str, float] | None) -> str:
    if figures is None:
        return "–"
    return f"{figures['median']:.3g} ({figures['min']:.3g}–{figures['max']:.3g})"


def replace_between(page: str, mark: str, text: str) -> str:
    """The page with `text` between the marks of that name; at its end when it has none."""
    start, end = f"<!-- {mark}: measured -->", f"<!-- {mark}: end -->"
    block = f"{start}\n{text}{end}"
    if start not in page:
        return f"{page.rstrip()}\n\n{block}\n".lstrip()
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    return before + block + after
