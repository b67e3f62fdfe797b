"""What isolation costs beside pydantic-monty: a process per run, sessions, and data handed in.

    python benchmarks/throughput.py [--rounds N] [--peer PYTHON] [--json FILE]

`--peer` is the Python of an environment with pydantic-monty (`python -m venv peer; peer/bin/pip install
pydantic-monty==1.4.0`); without it only our own figures are taken. Each contender is one process that lives through all
rounds; within a round they answer in turn, so that a busy machine is busy for both. Figures are medians over all rounds,
the ratio is the median of the ratios of each round. pydantic-monty uses its workers again in all rows of "checkout".
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent / "contenders"
PAUSE_S = 0.2
ROWS = {
    "fresh": ("fresh process per run, back to back", "ms"),
    "fresh, paced": ("fresh process per run, 20 ms apart", "ms"),
    "fresh/s": ("fresh processes, 4 threads", "runs/s"),
    "checkout": ("checkout + run, own process", "ms"),
    "reuse": ("checkout + run, workers used again", "ms"),
    "reuse, session": ("the same as a session of one program", "ms"),
    "warm": ("run in a warm session", "ms"),
    "data": ("100,000 dicts in, filter + sum", "ms"),
    "data, session": ("the same, kept for more programs", "ms"),
}


class Contender:
    """A process that answers one line with one list of figures."""

    def __init__(self, python: str, script: str) -> None:
        self._process = subprocess.Popen(
            (python, str(HERE / script)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, row: str) -> float:
        """The median of one round, which begins when the other contender has nothing left to do in the background."""
        time.sleep(PAUSE_S)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(row, file=self._process.stdin, flush=True)
        return statistics.median(json.loads(self._process.stdout.readline()))

    def end(self) -> None:
        """Lets it go."""
        self._process.communicate()


def main() -> None:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--peer", help="a Python that has pydantic-monty")
    options.add_argument("--json", type=Path, help="where to write the figures")
    given = options.parse_args()
    contenders = {"ptc-lisp": Contender(sys.executable, "ptc.py")}
    if given.peer:
        contenders["monty"] = Contender(given.peer, "monty.py")
    for contender in contenders.values():  # the first round pays for starting
        for row in ROWS:
            contender.ask(row)
    found: dict[str, dict[str, list[float]]] = {row: {name: [] for name in contenders} for row in ROWS}
    for _ in range(given.rounds):
        for row in ROWS:
            for name, contender in contenders.items():
                found[row][name].append(contender.ask(row))
    for contender in contenders.values():
        contender.end()
    report(found)
    if given.json:
        machine = {"python": platform.python_version(), "machine": platform.platform()}
        given.json.write_text(json.dumps({**machine, "rounds": given.rounds, "figures": found}, indent=1))


def report(found: dict[str, dict[str, list[float]]]) -> None:
    """One line per row: medians, and how many times better than the peer."""
    for row, (words, unit) in ROWS.items():
        times = found[row]
        line = f"{words:<40}" + "".join(f"{statistics.median(t):>10.2f} {unit}" for t in times.values())
        if "monty" in times:
            pairs = zip(times["ptc-lisp"], times["monty"], strict=True)
            ratio = statistics.median(
                ours / other if unit == "runs/s" else other / ours for ours, other in pairs
            )
            line += f"{ratio:>8.2f} x"
        print(line)


if __name__ == "__main__":
    main()
