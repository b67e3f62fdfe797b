"""ptc-lisp beside its peers: the same work, each contender in its own process and environment, in turn.

    python benchmarks/compare/run.py [--install] [--rounds 7] [--only fib,loop] [--out docs]

`--install` makes an environment for each peer under build/peers (pip, some minutes); a peer without one is left out.
Writes `<out>/benchmarks.md` (between its marks), `<out>/benchmarks.json` and `<out>/img/benchmarks.svg`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import select
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from chart import bars
from table import markdown, replace_between

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PEERS = ROOT / "build" / "peers"
PACKAGES = {
    "monty": "pydantic-monty",
    "smolagents": "smolagents",
    "restricted": "RestrictedPython",
    "starlark": "starlark-pyo3",
    "basilisp": "basilisp",
}
OURS = {"cpython": None, "ptc_lisp": "ptc-lisp"}
SLOW_MS = 2_000
"""What took longer is measured once only: it is far from the others anyway."""

MOST_S = 60
"""Whoever takes longer for one piece of work is ended, and begins anew with the next."""

WORK = ("loop", "fib", "filter", "group", "handed", "warm", "checkout", "fresh", "rate")


class Contender:
    """A child process that measures itself."""

    def __init__(self, name: str, python: Path) -> None:
        self._file = HERE / "contenders" / f"{name}.py"
        self._python = python
        self.times: dict[str, list[float]] = {}
        self.errors: dict[str, str] = {}
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [str(self._python), str(self._file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(HERE), str(ROOT)))},
        )
        found = self._read(5 * MOST_S)
        self.name: str = found["name"]
        self.can: list[str] = found["can"]

    def measure(self, work: str) -> None:
        """One more figure of this work, if it can be had in reasonable time."""
        known = self.times.get(work)
        if work not in self.can or work in self.errors or (known and min(known) > SLOW_MS):
            return
        assert self.process.stdin is not None
        self.process.stdin.write(f"{work}\n".encode())
        self.process.stdin.flush()
        try:
            found = self._read(MOST_S)
        except TimeoutError:
            found = {"error": f"more than {MOST_S} s"}
            self.close()
            self._start()
        if "ms" in found:
            self.times.setdefault(work, []).append(found["ms"])
        else:
            self.errors[work] = found["error"]
            print(f"{self.name}: {work}: {found['error']}", file=sys.stderr)

    def close(self) -> None:
        """Ends the child."""
        self.process.kill()
        self.process.wait(30)

    def _read(self, seconds: float) -> dict[str, Any]:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise TimeoutError
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._file.name} ended")
        return json.loads(line)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--install", action="store_true", help="make the environments of the peers first")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", help="some work, separated by commas")
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    given = parser.parse_args()
    if given.install:
        install()
    works = given.only.split(",") if given.only else list(WORK)
    if unknown := [work for work in works if work not in WORK]:
        parser.error(f"--only: no work is called {', '.join(unknown)}; take from {', '.join(WORK)}")
    found = report(given.rounds, works)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "img").mkdir(exist_ok=True)
    (given.out / "benchmarks.json").write_text(json.dumps(found, indent=1) + "\n")
    text = markdown(found)
    page = given.out / "benchmarks.md"
    page.write_text(replace_between(page.read_text() if page.exists() else "", "compare", text))
    (given.out / "img" / "benchmarks.svg").write_text(bars(found))
    print(text)


def install() -> None:
    """An environment for each peer, with its newest release."""
    for name, package in PACKAGES.items():
        home = PEERS / name
        if not home.exists():
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        done = subprocess.run([str(home / "bin" / "pip"), "install", "-q", package], check=False)
        if done.returncode:
            print(f"{package} could not be installed; it will be left out", file=sys.stderr)


def contenders() -> list[Contender]:
    """Everybody who is there."""
    found = [Contender(name, Path(sys.executable)) for name in OURS]
    for name in PACKAGES:
        python = PEERS / name / "bin" / "python"
        if not python.exists():
            print(f"{name} is not installed (--install): left out", file=sys.stderr)
            continue
        try:
            found.append(Contender(name, python))
        except (RuntimeError, TimeoutError) as problem:
            print(f"{problem}: left out", file=sys.stderr)
    return found


def report(rounds: int, works: list[str]) -> dict[str, Any]:
    """All figures: everybody does the same piece of work, one after the other, before the next round begins."""
    taking_part = contenders()
    try:
        for work in works:
            for _ in range(rounds):
                for contender in taking_part:
                    contender.measure(work)
                    time.sleep(0.02)
    finally:
        for contender in taking_part:
            contender.close()
    return {
        "machine": machine(),
        "rounds": rounds,
        "versions": {"CPython": platform.python_version(), **versions()},
        "work": works,
        "contenders": {
            c.name: {
                work: {"median": statistics.median(times), "min": min(times), "max": max(times)}
                for work, times in c.times.items()
            }
            for c in taking_part
        },
        "failed": {c.name: c.errors for c in taking_part if c.errors},
        "ratios": {c.name: ratios(c, taking_part) for c in taking_part},
    }


def ratios(contender: Contender, all_of_them: list[Contender]) -> dict[str, dict[str, float]]:
    """How many times longer a contender took than CPython and than ptc-lisp: the median over the rounds."""
    found: dict[str, dict[str, float]] = {}
    for unit in all_of_them[: len(OURS)]:
        found[unit.name] = {
            work: statistics.median(a / b for a, b in zip(times, unit.times[work], strict=False))
            for work, times in contender.times.items()
            if work in unit.times
        }
    return found


def versions() -> dict[str, str]:
    """The releases of the peers that are installed."""
    found = {}
    for name, package in PACKAGES.items():
        pip = PEERS / name / "bin" / "pip"
        if pip.exists():
            shown = subprocess.run(
                [str(pip), "show", package], capture_output=True, text=True, check=False
            ).stdout
            lines = dict(line.split(": ", 1) for line in shown.splitlines() if ": " in line)
            found[package] = lines.get("Version", "?")
    return found


def machine() -> str:
    """One line about where this was measured."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} x {model}, Linux {platform.release().split('-')[0]}, load {load:.1f} at the start"
    )


if __name__ == "__main__":
    main()
