"""Pictures of the figures, as SVG: bars on a logarithmic scale, and lines that show how cost grows."""

from __future__ import annotations

import math
from typing import Any
from xml.sax.saxutils import escape

from table import TITLES

COLOURS = {
    "ptc-lisp": "#0f766e", "CPython": "#64748b", "pydantic-monty": "#b45309", "smolagents": "#7c3aed",
    "RestrictedPython": "#94a3b8", "starlark-pyo3": "#be123c", "basilisp": "#1d4ed8",
}  # fmt: skip
STYLE = (
    "<style>text{font:12px system-ui,sans-serif;fill:#334155}.t{font-weight:600}.g{stroke:#e2e8f0}"
    "@media(prefers-color-scheme:dark){text{fill:#cbd5e1}.g{stroke:#334155}}</style>"
)
BAR, GAP, LEFT, WIDTH = 13, 26, 150, 760


def bars(found: dict[str, Any]) -> str:
    """For each work a group of bars: milliseconds of each contender, logarithmic."""
    rows: list[tuple[str, list[tuple[str, float]]]] = []
    for work in found["work"]:
        times = [
            (name, figures[work]["median"])
            for name, figures in found["contenders"].items()
            if work in figures
        ]
        if times:
            rows.append((TITLES[work], times))
    values = [value for _, times in rows for _, value in times]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    span = WIDTH - LEFT - 70

    def x(value: float) -> float:
        return LEFT + span * (math.log10(value) - low) / (high - low)

    parts: list[str] = []
    y = 20.0
    for title, times in rows:
        parts.append(f'<text class="t" x="10" y="{y}">{escape(title)}</text>')
        y += 8
        for name, value in times:
            wide = max(2.0, x(value) - LEFT)
            colour = COLOURS.get(name, "#475569")
            parts.append(f'<text x="{LEFT - 8}" y="{y + 10}" text-anchor="end">{escape(name)}</text>')
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{wide:.1f}" height="{BAR - 3}" fill="{colour}" rx="2"/>'
            )
            parts.append(f'<text x="{LEFT + wide + 5:.1f}" y="{y + 10}">{shown(value)}</text>')
            y += BAR
        y += GAP
    lines = [
        f'<line class="g" x1="{x(10**p):.1f}" x2="{x(10**p):.1f}" y1="26" y2="{y - GAP}"/>'
        for p in range(low, high + 1)
    ]
    return svg(WIDTH, y, [*lines, *parts])


def lines(title: str, unit: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """Milliseconds over a size, both logarithmic: one line for each series."""
    points = [point for line in series.values() for point in line]
    x_low, x_high = _decades([x for x, _ in points])
    y_low, y_high = _decades([y for _, y in points])
    left, top, wide, high = 60, 40, 560, 260

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            left + wide * (math.log10(x) - x_low) / (x_high - x_low),
            top + high * (1 - (math.log10(y) - y_low) / (y_high - y_low)),
        )

    parts = [f'<text class="t" x="10" y="20">{escape(title)}</text>']
    for p in range(x_low, x_high + 1):
        px, _ = at(10**p, 10**y_low)
        parts.append(f'<line class="g" x1="{px:.1f}" x2="{px:.1f}" y1="{top}" y2="{top + high}"/>')
        parts.append(f'<text x="{px:.1f}" y="{top + high + 16}" text-anchor="middle">{10**p:,}</text>')
    for p in range(y_low, y_high + 1):
        _, py = at(10**x_low, 10**p)
        parts.append(f'<line class="g" x1="{left}" x2="{left + wide}" y1="{py:.1f}" y2="{py:.1f}"/>')
        parts.append(f'<text x="{left - 6}" y="{py + 4:.1f}" text-anchor="end">{shown(10**p)}</text>')
    parts.append(
        f'<text x="{left + wide / 2}" y="{top + high + 34}" text-anchor="middle">{escape(unit)}</text>'
    )
    for colour, (name, line) in zip([*COLOURS.values()], series.items(), strict=False):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        end_x, end_y = at(*line[-1])
        parts.append(f'<text x="{end_x + 6:.1f}" y="{end_y + 4:.1f}">{escape(name)}</text>')
    return svg(WIDTH + 60, top + high + 50, parts)


def _decades(values: list[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def shown(ms: float) -> str:
    """A duration for people."""
    if ms >= 1_000:
        return f"{ms / 1_000:.3g} s"
    return f"{ms:.3g} ms" if ms >= 0.1 else f"{ms * 1_000:.3g} µs"


def svg(width: float, height: float, parts: list[str]) -> str:
    """The picture around its parts."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">'
    )
    return "\n".join([head, STYLE, *parts, "</svg>"]) + "\n"
