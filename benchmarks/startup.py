"""How quickly things start: the command line, the first program, a program in a warm process.

    python benchmarks/startup.py [--json]

Times are medians in milliseconds and, because machines differ, multiples of starting a bare Python interpreter. The packages are
byte-compiled first, as an installer does, also where the environment forbids Python to do so (PYTHONDONTWRITEBYTECODE).
"""

from __future__ import annotations

import argparse
import compileall
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ptc_lisp
import subagent

PTC = str(Path(sys.executable).with_name("ptc"))
RUN_ONCE = "import ptc_lisp; assert ptc_lisp.run('(+ 1 2)').value == 3"
REPEATS = 7


def main() -> None:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    as_json = options.parse_args().json
    for package in (ptc_lisp, subagent):
        compileall.compile_dir(Path(package.__file__).parent, quiet=1)
    figures = {
        "bare interpreter": median(child(sys.executable, "-c", "pass")),
        "import ptc_lisp": median(child(sys.executable, "-c", "import ptc_lisp")),
        "import subagent": median(child(sys.executable, "-c", "import subagent")),
        "ptc --help": median(child(PTC, "--help")),
        "ptc eval '(+ 1 2)'": median(child(PTC, "eval", "(+ 1 2)")),
        "run('(+ 1 2)') cold, whole process": median(child(sys.executable, "-c", RUN_ONCE)),
        **inside(),
    }
    if as_json:
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}))
        return
    unit = figures["bare interpreter"]
    for name, value in figures.items():
        print(f"{name:<38}{value:>9.1f} ms{value / unit:>9.2f} x")


def child(*command: str) -> Callable[[], object]:
    """One run of a child process."""
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def median(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median duration in milliseconds, after one run that fills the caches."""
    action()
    return statistics.median(duration(action) for _ in range(repeats))


def duration(action: Callable[[], object]) -> float:
    """One duration in milliseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def inside() -> dict[str, float]:
    """Programs in this process: the first one starts the workers, later ones find them warm."""
    first = duration(lambda: ptc_lisp.run("(+ 1 2)"))
    warm = median(lambda: ptc_lisp.run("(+ 1 2)"), 50)
    with ptc_lisp.Session() as session:
        in_session = median(lambda: session.eval("(+ 1 2)"), 50)
    return {"first run in a process": first, "run, warm": warm, "Session.eval, warm": in_session}


if __name__ == "__main__":
    main()
