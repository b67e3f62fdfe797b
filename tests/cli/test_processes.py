"""However `ptc` ends, nothing that it started lives on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

# Loops that stay below the limit of turns, many of them: a single one would end by it within a tenth of a second.
ENDLESS = '(println "begun") (reduce (fn [n _] (loop [i 0] (if (< i 900000) (recur (inc i)) (inc n)))) 0 (range 100000))'


def descendants(pid: int) -> set[int]:
    """All living processes below `pid`, in whatever session they are."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found.update(children)
        waiting += children
    return found


def alive(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(pid)
    return found


def wait_until(condition, seconds: float = 30.0):
    """Polls; the time that passes is what is tested for, so there is an end to it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.02)
    return condition()


COMMANDS = {
    "eval": ["eval", ENDLESS, "--timeout-ms", "60000"],
    "run": ["run", "Count for ever.", "--llm", "scripted:reply.txt", "--timeout-ms", "60000"],
}


@pytest.fixture(params=COMMANDS)
def busy(request, ptc_path, environment, tmp_path):
    """A command in the middle of an endless program, in a process group of its own; its workers by pid."""
    (tmp_path / "reply.txt").write_text(f"```clojure\n{ENDLESS}\n```")
    process = subprocess.Popen(
        [ptc_path, *COMMANDS[request.param]], cwd=tmp_path, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    workers = wait_until(lambda: len(found := descendants(process.pid)) >= 2 and found)
    assert workers, "no worker was started"
    yield process, workers
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize(
    "sent,code",
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)],
)
def test_no_process_is_left(busy, sent, code):
    process, workers = busy
    if sent == signal.SIGINT:
        os.killpg(process.pid, sent)  # a terminal sends it to the whole group
    else:
        process.send_signal(sent)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == code, errors
    assert wait_until(lambda: not alive(workers)), "workers outlived their host"
    assert "Traceback" not in errors


def test_a_reader_that_leaves_ends_the_output_quietly(ptc_path, environment, tmp_path):
    command = f"'{ptc_path}' eval '(doseq [i (range 200000)] (println i))' --timeout-ms 20000 | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=60,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("redirected", ["< /dev/null", "<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(ptc_path, environment, redirected):
    done = subprocess.run(
        f"'{ptc_path}' eval '(+ 1 2)' {redirected}", shell=True, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if ">&-" in redirected.replace("2>&-", "") else "3\n")


def test_a_full_disk_is_named(ptc_path, environment):
    done = subprocess.run(
        f"'{ptc_path}' eval '(range 9000)' > /dev/full", shell=True, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        3,
        "ptc: the output cannot be written: No space left on device\n",
    )


def test_piped_programs_that_are_no_text(ptc_path, environment):
    done = subprocess.run(
        [ptc_path, "repl"], input=b"(+ 1 2)\n\xff\n", env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"3\n")
    assert done.stderr == b"ptc: stdin is not UTF-8 text\n"
