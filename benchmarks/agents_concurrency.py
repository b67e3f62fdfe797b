"""Many agents on one event loop: how long 1,000 runs of two turns take, and what they need.

    python benchmarks/agents_concurrency.py [--runs 1000] [--model-ms 1000] [--tool-ms 200] [--json]

Each run asks a model that answers after one second, runs a program that calls a tool which takes 0.2 s, asks again and
returns. Alone, such a run takes 2.2 s; everything above that is the price of company. Memory is the proportional share
(PSS) of this process and all its workers at its highest.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import threading
import time
from pathlib import Path

import anyio

from subagent import LLMRequest, SubAgent

PROGRAMS = ("```clojure\n(def x (tool/look {:n 20}))\n```", "```clojure\n(return (inc x))\n```")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--runs", type=int, default=1_000)
    options.add_argument("--model-ms", type=int, default=1_000)
    options.add_argument("--tool-ms", type=int, default=200)
    options.add_argument("--json", action="store_true", help="one JSON object instead of text")
    given = options.parse_args()
    figures = anyio.run(measure, given.runs, given.model_ms / 1000, given.tool_ms / 1000)
    if given.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:>22}  {value}" for name, value in figures.items()))


async def measure(runs: int, model_s: float, tool_s: float) -> dict[str, float]:
    """The figures of `runs` agents at once."""

    async def model(request: LLMRequest) -> str:
        await anyio.sleep(model_s)
        return PROGRAMS[min(request.turn, len(PROGRAMS)) - 1]

    async def look(n: int) -> int:
        """Look something up."""
        await anyio.sleep(tool_s)
        return n * 2

    agent = SubAgent(tools=[look], llm=model)
    alone = time.perf_counter()
    assert (await agent.arun("Look.")).value == 41
    alone = time.perf_counter() - alone
    answers: list[object] = []

    async def one() -> None:
        step = await agent.arun("Look.")
        answers.append(step.value if step.ok else step.error)

    watch = _Memory()
    cpu = time.process_time()
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
        "most workers": watch.workers,
        "most memory MB": round(watch.most / 1e6),
        "host memory MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
    }


class _Memory:
    """Looks at the memory of this process and its descendants a few times a second, in a thread."""

    def __init__(self) -> None:
        self.most = 0
        self.workers = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(1.0):
            processes = _descendants("self")
            self.workers = max(self.workers, len(processes))
            self.most = max(self.most, sum(map(_share, ["self", *processes])))


def _descendants(process: str) -> list[str]:
    found: list[str] = []
    for task in Path(f"/proc/{process}/task").glob("*"):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _share(process: str) -> int:
    """Proportional memory of a process in bytes; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
