"""Runs random programs and counts how they end.

    python tests/properties/fuzz_programs.py --minutes 10            through real workers
    python tests/properties/fuzz_programs.py --inline --count 500    in this process

Prints one line of JSON: how many ended how, and the programs that showed a mistake of ours (an internal error, a crash of
the worker, an exception that reached the host). Exits with 1 when there were any.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from inline_machine import Inline
from program_fuzz import damaged, program

from ptc_lisp import Limits, run

OURS = {"internal_error", "worker_crashed"}
ROWS = [{"id": i, "unit_price": i / 4, "name": f"n{i}", "tags": ["x", None]} for i in range(5)]
CONTEXT = {"rows": ROWS, "big": list(range(300))}
_INLINE_BYTES = 2 << 30
_SHOWN = 20


def _echo(**args: object) -> object:
    return args


def run_inline(source: str) -> str:
    """How a program ends in this process: "ok" or the kind of its first fault."""
    machine = Inline({"echo": _echo}, Limits(step_limit=200_000, loop_limit=2_000, recursion_limit=400))
    outcome = machine.run(source, dict(CONTEXT))
    return "ok" if not outcome.faults else outcome.faults[0].kind.value


def run_in_worker(source: str) -> str:
    """How a program ends in a worker."""
    step = run(
        source, context=CONTEXT, tools={"echo": _echo}, limits=Limits(timeout_ms=1_000, memory_bytes=64 << 20)
    )
    return "ok" if step.error is None else step.error.kind.value


def sources(first: int) -> Iterator[tuple[int, str]]:
    """Programs by seed; every fourth is damaged."""
    seed = first
    while True:
        yield seed, damaged(seed) if seed % 4 == 3 else program(seed)
        seed += 1


def fuzz(
    end: Callable[[str], str], first: int, count: int | None, seconds: float
) -> tuple[Counter[str], list[str]]:
    """Runs programs until the count or the time is reached. Returns how they ended and what is our mistake."""
    ends: Counter[str] = Counter()
    ours: list[str] = []
    started = time.monotonic()
    for number, (seed, source) in enumerate(sources(first)):
        if (count is not None and number >= count) or time.monotonic() - started > seconds:
            break
        try:
            kind = end(source)
        except Exception:  # noqa: BLE001 - that nothing reaches the host is what is being tested
            kind = "raised"
            ours.append(f"seed {seed}:\n{source}\n{traceback.format_exc(limit=-4)}")
        else:
            if kind in OURS:
                ours.append(f"seed {seed}: {kind}\n{source}")
        ends[kind] += 1
    return ends, ours


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--inline", action="store_true")
    options = parser.parse_args()
    if options.inline:
        resource.setrlimit(resource.RLIMIT_AS, (_INLINE_BYTES, _INLINE_BYTES))
    end = run_inline if options.inline else run_in_worker
    ends, ours = fuzz(end, options.seed, options.count, options.minutes * 60)
    print(json.dumps({"programs": ends.total(), "ends": dict(ends.most_common()), "ours": ours[:_SHOWN]}))
    return 1 if ours else 0


if __name__ == "__main__":
    sys.exit(main())
