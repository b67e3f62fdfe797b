"""`ptc repl`, piped and on a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest


def test_definitions_stay_between_programs(ptc_process):
    done = ptc_process("repl", stdin="(defn twice [x] (* 2 x))\n(twice\n  21)\n(+ *1 1)\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[-3:] == ["42", "43", ""]


def test_commands(ptc, tmp_path):
    (tmp_path / "rows.csv").write_text("x\n1\n2\n")
    (tmp_path / "shop.py").write_text(
        'def price(item: str) -> float:\n    """Price of one item."""\n    return 1.0\n'
    )
    lines = "(def kept 1)\n:help\n:memory\n:tools\n:data\n:doc sum-by\n:doc nonsense\n:quit\n(println :not-reached)\n"
    done = ptc("repl", "--data", "rows=rows.csv", "--tools", "shop:price", stdin=lines)
    for part in (
        "Ctrl-D",
        "kept",
        "tool/price  Price of one item.",
        "data/rows  2 rows",
        "sum-by",
        "no function named",
    ):
        assert part in done.stdout
    assert "not-reached" not in done.stdout
    assert done.returncode == 0


def test_a_fault_does_not_end_the_session_but_the_code_tells(ptc):
    done = ptc("repl", stdin='(+ 1 "a")\n(+ 1 1)\n')
    assert done.returncode == 1
    assert done.stdout == "2\n"
    assert "type_error" in done.stderr


def test_an_unfinished_program_at_the_end_is_explained(ptc):
    done = ptc("repl", stdin="(+ 1 2\n")
    assert done.returncode == 1
    assert "parse_error" in done.stderr


class Terminal:
    """A `ptc repl` that believes it has a person in front of it."""

    def __init__(self, command, cwd, environment):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=environment | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def until(self, pattern: str, seconds: float = 20.0) -> str:
        """Reads until the screen's text holds the pattern after what was read before."""
        text = ""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    text += re.sub(
                        r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])", "", os.read(self.master, 65_536).decode()
                    )
                except OSError:
                    break
            if re.search(pattern, text):
                self.seen += text
                return text
        raise AssertionError(f"no {pattern!r} in {text!r}")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(ptc_path, environment, tmp_path):
    made = Terminal([ptc_path, "repl"], tmp_path, environment)
    yield made
    made.close()


def test_on_a_terminal(terminal, environment):
    terminal.until(r"ptc>")
    terminal.type("(+ 20\r")
    terminal.until(r"\.\.\.")
    terminal.type("22)\r")
    # Keys typed before the prompt is there would meet a terminal in line mode.
    terminal.until(r"\n42\r[\s\S]*ptc>")
    terminal.type("(abandoned\x03")
    terminal.until(r"ptc>")
    terminal.type("(* 6 8)\r")
    terminal.until(r"\n48\r[\s\S]*ptc>")
    terminal.type("\x04")
    assert terminal.process.wait(timeout=20) == 0
    assert "+22)" in (Path(environment["HOME"]) / ".local/state/ptc/history").read_text()
