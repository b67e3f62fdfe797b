"""Many agents on one event loop: how long 1,000 runs of two turns take, and what they need.

    python benchmarks/agents_concurrency.py [--runs 1000] [--model-ms 1000] [--tool-ms 200] [--isolation reuse] [--json]

Each run asks a model that answers after one second, runs a program that calls a tool which takes 0.2 s, asks again and
returns. Alone, such a run takes 2.2 s; everything above that is the price of company. Memory is the proportional share
(PSS). On a machine that does other things too, the CPU seconds say more than the wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Literal

import anyio
from processes import descendants

from subagent import LLMRequest, SubAgent

_WEIGHED = 20
PROGRAMS = ("```clojure\n(def x (tool/look {:n 20}))\n```", "```clojure\n(return (inc x))\n```")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--runs", type=int, default=1_000)
    options.add_argument("--model-ms", type=int, default=1_000)
    options.add_argument("--tool-ms", type=int, default=200)
    options.add_argument("--isolation", default="session", choices=("session", "run", "reuse"))
    options.add_argument("--json", action="store_true", help="one JSON object instead of text")
    given = options.parse_args()
    figures = anyio.run(measure, given.runs, given.model_ms / 1000, given.tool_ms / 1000, given.isolation)
    if given.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:>22}  {value}" for name, value in figures.items()))


async def measure(
    runs: int, model_s: float, tool_s: float, isolation: Literal["session", "run", "reuse"]
) -> dict[str, float]:
    """The figures of `runs` agents at once."""

    async def model(request: LLMRequest) -> str:
        await anyio.sleep(model_s)
        return PROGRAMS[min(request.turn, len(PROGRAMS)) - 1]

    async def look(n: int) -> int:
        """Look something up."""
        await anyio.sleep(tool_s)
        return n * 2

    agent = SubAgent(tools=[look], llm=model, isolation=isolation)
    alone = time.perf_counter()
    assert (await agent.arun("Look.")).value == 41
    alone = time.perf_counter() - alone
    answers: list[object] = []

    async def one() -> None:
        step = await agent.arun("Look.")
        answers.append(step.value if step.ok else step.error)

    watch = _Watch()
    cpu, below = time.process_time(), cpu_below()
    started = time.perf_counter()
    with watch:
        async with anyio.create_task_group() as group:
            for _ in range(runs):
                group.start_soon(one)
    took = time.perf_counter() - started
    wrong = [answer for answer in answers if answer != 41]
    if wrong:
        print(f"{len(wrong)} of {runs} runs failed, the first with {wrong[0]}", file=sys.stderr)
    return {
        "runs": runs,
        "failed": len(wrong),
        "seconds": round(took, 2),
        "seconds alone": round(alone, 2),
        "host cpu seconds": round(time.process_time() - cpu, 2),
        "worker cpu seconds": round(cpu_below() - below, 2),
        "most workers": watch.workers,
        "MB per worker": round(watch.worker_bytes / 1e6, 2),
        "host memory MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
    }


class _Watch:
    """Counts the workers once a second, in a thread, and weighs a few of them when there are most: looking at the memory
    of all would itself cost seconds."""

    def __init__(self) -> None:
        self.workers = 0
        self.worker_bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(1.0):
            processes = descendants()
            if len(processes) > self.workers:
                self.workers = len(processes)
                some = processes[:: max(1, len(processes) // _WEIGHED)]
                self.worker_bytes = sum(map(_share, some)) // len(some)


def cpu_below() -> float:
    """CPU seconds of all processes below this one, those that ended included: their parents have counted them."""
    ticks = 0
    for process in descendants():
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _share(process: str) -> int:
    """Proportional memory of a process in bytes; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
