"""What sessions cost: large contexts turn by turn, and many sessions open at once.

    python benchmarks/sessions.py [--sessions N] [--megabytes N] [--json FILE]

Turns: a session holds a context of so many megabytes; a turn that reads none of it is compared with the same turn in a
session that holds nothing, in alternation, and a turn that reads it once more with the same work on data of its own size.
Many: N sessions are opened, each evaluates a program and stays; memory is what is private to their processes.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from pathlib import Path

import ptc_lisp

LIMITS = ptc_lisp.Limits(timeout_ms=60_000, memory_bytes=1 << 30)
TURNS = 30
_ROW = {"id": 1, "name": "a row of some hundred bytes", "note": "x" * 40, "amount": 12.5}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--sessions", type=int, default=1_000)
    options.add_argument("--megabytes", type=int, default=50)
    options.add_argument("--json", type=Path, help="where to write the figures")
    given = options.parse_args()
    found = {"turns": turns(given.megabytes), "many": many(given.sessions)}
    for part, figures in found.items():
        for name, value in figures.items():
            print(f"{part:<8}{name:<52}{value:>12.2f}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


def turns(megabytes: int) -> dict[str, float]:
    """Milliseconds of turns with and without a large context."""
    rows = [{**_ROW, "id": i} for i in range(megabytes * 10_000)]
    began = time.perf_counter()
    with (
        ptc_lisp.Session(context={"rows": rows}, limits=LIMITS) as full,
        ptc_lisp.Session(limits=LIMITS) as bare,
    ):
        figures = {"encode once, ms": (time.perf_counter() - began) * 1000}
        figures["first turn: data goes in, unread, ms"] = _turn(full, "(def x 0)")
        _turn(bare, "(def x 0)")
        pairs = [(_turn(full, f"(def x {i})"), _turn(bare, f"(def x {i})")) for i in range(TURNS)]
        figures["turn beside the context, ms"] = statistics.median(mine for mine, _ in pairs)
        figures["the same without it, ms"] = statistics.median(other for _, other in pairs)
        figures["difference, ms"] = statistics.median(mine - other for mine, other in pairs)
        figures["first turn that reads it: decoding, ms"] = _turn(full, "(count data/rows)")
        pairs = [(_turn(full, "(count data/rows)"), _turn(bare, "(count [1 2 3])")) for _ in range(TURNS)]
        figures["later turn that reads it, difference, ms"] = statistics.median(a - b for a, b in pairs)
    return figures


def many(count: int) -> dict[str, float]:
    """Memory and time of sessions that are open at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count + 200)), hard))
    before = _available_mb()
    began = time.perf_counter()
    sessions = [ptc_lisp.Session(limits=LIMITS) for _ in range(count)]
    try:
        for number, session in enumerate(sessions):
            assert session.eval(f"(def x {number}) (reduce + (map inc (range 10)))").value == 55
        opened = time.perf_counter() - began
        time.sleep(0.5)
        pids = [session._worker.pid for session in sessions]
        private = [_private_kb(pid) for pid in pids]
        used = before - _available_mb()
        began = time.perf_counter()
        for number, session in enumerate(sessions):
            assert session.eval("x").value == number
        again = time.perf_counter() - began
    finally:
        for session in sessions:
            session.close()
    return {
        "sessions": count,
        "open and evaluate, ms each": opened / count * 1000,
        "evaluate again, ms each": again / count * 1000,
        "private memory of a session, median KB": statistics.median(private),
        "memory of the machine, MB": used,
    }


def _turn(session: ptc_lisp.Session, program: str) -> float:
    began = time.perf_counter()
    assert session.eval(program).ok
    return (time.perf_counter() - began) * 1000


def _private_kb(pid: int | None) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def _available_mb() -> float:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) / 1024


if __name__ == "__main__":
    main()
