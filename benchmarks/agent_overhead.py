"""What the agent itself costs per turn: all that is neither model, nor tool, nor program.

    python benchmarks/agent_overhead.py [--turns 20] [--rounds 15] [--json]

An agent of 20 turns with an instant model and a tool; a JSONL trace is written. Per turn, the time between the end of
one effect and the start of the next is counted: extraction, decision, feedback, events, trace. The cost of starting a
program (worker, frames) is shown beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from subagent import JsonlTrace, LLMRequest, LLMResponse, SubAgent


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--turns", type=int, default=20)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--json", action="store_true", help="one JSON object instead of text")
    given = options.parse_args()
    figures = measure(given.turns, given.rounds)
    if given.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:>30}  {value:.3f}" for name, value in figures.items()))


def measure(turns: int, rounds: int) -> dict[str, float]:
    """Medians over all turns of all rounds, in milliseconds."""
    own: list[float] = []
    cpu: list[float] = []
    programs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            with JsonlTrace(Path(folder) / f"{number}.jsonl") as trace:
                took, used, ran = one_run(turns, trace)
            own += took
            cpu.append(used)
            programs += ran
    return {
        "own ms per turn, median": statistics.median(own),
        "own ms per turn, 90 %": statistics.quantiles(own, n=10)[-1],
        "host cpu ms per turn, median": statistics.median(cpu),
        "program ms per turn, median": statistics.median(programs),
    }


def one_run(turns: int, trace: object) -> tuple[list[float], float, list[float]]:
    """Own time per turn, host CPU per turn and program time per turn of one run."""
    spans: list[tuple[float, float]] = []

    def model(request: LLMRequest) -> LLMResponse:
        if request.turn == turns:
            return LLMResponse("```clojure\n(return (count xs))\n```")
        call = f"(def xs (conj (or xs []) (tool/look {{:n {request.turn}}})))"
        return LLMResponse(f"I look again.\n```clojure\n(def xs [])\n{call}\n(count xs)\n```")

    async def complete(request: LLMRequest) -> LLMResponse:
        started = time.perf_counter()
        reply = model(request)
        spans.append((started, time.perf_counter()))
        return reply

    def look(n: int) -> dict[str, int]:
        """Look something up."""
        return {"n": n}

    agent = SubAgent(tools=[look], llm=complete, max_turns=turns)
    cpu = time.process_time()
    step = agent.run("Look often.", on_event=trace)
    cpu = time.process_time() - cpu
    assert step.ok, step.error
    ran = [turn.usage.program_ms for turn in step.turns]
    between = [
        (later[0] - earlier[1]) * 1000 - program
        for earlier, later, program in zip(spans, spans[1:], ran, strict=False)
    ]
    return between, cpu * 1000 / turns, ran


if __name__ == "__main__":
    main()
