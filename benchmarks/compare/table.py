"""The figures as a Markdown table."""

from __future__ import annotations

from typing import Any

TITLES = {
    "loop": "loop to 1,000,000",
    "fib": "fib(22)",
    "filter": "filter + sum, 100,000 rows already there",
    "group": "group + sort, 50,000 rows already there",
    "handed": "100,000 rows passed in, filter + sum",
    "warm": "1 + 2 in an open session",
    "checkout": "open a session, 1 + 2, close",
    "fresh": "1 + 2 in a fresh process",
    "rate": "the same from 4 threads, per run",
}
ELIXIR = {"loop": 127, "fib": 209, "handed": 87.7}
"""What ptc_runner took, the Elixir implementation of the language: times of CPython in another run, on a machine of this kind."""


def markdown(found: dict[str, Any]) -> str:
    """Medians with their ranges, and ratios: to CPython for the work itself, to ptc-lisp for the sandboxes."""
    names = list(found["contenders"])
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines = [
        f"Measured on {found['machine']}. {found['rounds']} rounds in turn; medians. {versions}.",
        "",
        "Milliseconds: median (shortest–longest).",
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
            f"Multiples of the time of {unit} in the same round: median.",
            "",
            f"| | {' | '.join(names)} |{_extra(unit)}",
            _rule(unit, names),
        ]
        for work in found["work"]:
            ratios = [found["ratios"][name].get(unit, {}).get(work) for name in names]
            if any(ratio is not None for ratio in ratios):
                cells = ["–" if ratio is None else _number(ratio) for ratio in ratios]
                lines.append(f"| {TITLES[work]} | {' | '.join(cells)} |{_elixir(unit, work)}")
    for name, problems in found["failed"].items():
        told = "; ".join(f"{TITLES[work]}: {problem}" for work, problem in problems.items())
        lines += ["", f"{name} did not finish: {told}."]
    return "\n".join(lines) + "\n"


def _extra(unit: str) -> str:
    return " Elixir, another run |" if unit == "CPython" else ""


def _rule(unit: str, names: list[str]) -> str:
    return f"|---|{'---|' * (len(names) + (unit == 'CPython'))}"


def _elixir(unit: str, work: str) -> str:
    return f" {ELIXIR.get(work, '–')} |" if unit == "CPython" else ""


def _cell(figures: dict[str, float] | None) -> str:
    if figures is None:
        return "–"
    return f"{_number(figures['median'])} ({_number(figures['min'])}–{_number(figures['max'])})"


def _number(value: float) -> str:
    """Three digits that count, without an exponent."""
    return f"{value:.3g}" if value < 1_000 else f"{float(f'{value:.3g}'):,.0f}"


def replace_between(page: str, mark: str, text: str) -> str:
    """The page with `text` between the marks of that name; at its end when it has none."""
    start, end = f"<!-- {mark}: measured -->", f"<!-- {mark}: end -->"
    block = f"{start}\n{text}{end}"
    if start not in page:
        return f"{page.rstrip()}\n\n{block}\n".lstrip()
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    return before + block + after
