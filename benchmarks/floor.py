"""What a fresh process costs before it has done anything: processor time of a fork and its end, from nothing to a whole run.

    python benchmarks/floor.py [--rounds N] [--aim N]

An empty program in C (where there is a compiler), Python that has loaded nothing, a worker that is killed before anybody asked it
for anything, and a run of `(+ 1 2)`, in turn. Beside each figure stands its share of what so many runs a second (`--aim`) would
leave of all processors.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ptc_lisp
from ptc_lisp.sandbox.pool import POOL

COUNT = 150
_SETTLE_S = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")

_PYTHON = """
import os, resource, sys
def used():
    parts = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part[0] + part[1] for part in parts)
for line in sys.stdin:
    began = used()
    for _ in range(int(line)):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
    print(used() - began, flush=True)
"""
_C = """
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
static double used(int who) {
    struct rusage u;
    getrusage(who, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}
static double all(void) { return used(RUSAGE_SELF) + used(RUSAGE_CHILDREN); }
int main(void) {
    int count;
    while (scanf("%d", &count) == 1) {
        double began = all();
        while (count--) { pid_t pid = fork(); if (!pid) _exit(0); waitpid(pid, 0, 0); }
        printf("%f\\n", all() - began);
        fflush(stdout);
    }
}
"""


def main() -> None:
    """Prints the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--aim", type=int, default=1_500, help="runs a second")
    given = options.parse_args()
    processors = len(os.sched_getaffinity(0))
    left = processors * 1000 / given.aim
    print(f"{processors} processors; {given.aim} runs a second leave {left:.2f} ms each\n")
    with cases() as found:
        taken: dict[str, list[float]] = {name: [] for name in found}
        for _ in range(given.rounds):
            for name, measure in found.items():
                taken[name].append(measure() * 1000 / COUNT)
    for name, figures in taken.items():
        middle = statistics.median(figures)
        print(f"{name:<52}{middle:6.2f} ms{min(figures):8.2f} at best{middle / left:8.0%}")


@contextmanager
def cases() -> Iterator[dict[str, Callable[[], float]]]:
    """What is measured, by name: seconds of processor time for COUNT of them."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {"Python that has loaded nothing": [sys.executable, "-I", "-S", "-c", _PYTHON]}
        if (compiler := shutil.which("cc")) is not None:
            source = Path(folder, "empty.c")
            source.write_text(_C, encoding="utf-8")
            subprocess.run([compiler, "-O2", "-o", source.with_suffix(""), source], check=True)
            commands = {"an empty program in C": [str(source.with_suffix(""))], **commands}
        programs = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for command in commands.values()
        ]
        for _ in range(3):
            run()
        time.sleep(1)  # until the process that starts workers has made what makes them quick
        yield {
            **{name: asking(program) for name, program in zip(commands, programs, strict=True)},
            "a worker that is killed before it is asked": lambda: used_by(replace_a_worker),
            "a run of (+ 1 2)": lambda: used_by(run),
        }
        for program in programs:
            program.communicate()


def asking(program: subprocess.Popen[str]) -> Callable[[], float]:
    """What lets another program measure itself."""

    def measure() -> float:
        assert program.stdin is not None
        assert program.stdout is not None
        print(COUNT, file=program.stdin, flush=True)
        return float(program.stdout.readline())

    return measure


def run() -> None:
    """In a process of its own."""
    assert ptc_lisp.run("(+ 1 2)").value == 3


def replace_a_worker() -> None:
    """Another one takes the place of an idle one, which ends."""
    POOL.refill(POOL.take())


def used_by(action: Callable[[], None]) -> float:
    """Of this process, of the one that starts workers, and of the workers."""
    before = _used()
    for _ in range(COUNT):
        action()
    time.sleep(_SETTLE_S)  # until they have ended and are counted
    return _used() - before


def _used() -> float:
    zygote = POOL._zygote
    assert zygote is not None
    words = Path(f"/proc/{zygote._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return time.process_time() + sum(map(int, words[11:15])) / _TICKS


if __name__ == "__main__":
    main()
