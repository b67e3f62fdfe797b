"""What a program prints cannot command the terminal of whoever runs it."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from rich.console import Console

from subagent import ScriptedLLM, SubAgent

if sys.platform == "win32":
    pytest.skip("there are no such terminals", allow_module_level=True)

import pty


@pytest.fixture
def on_terminal(ptc_path, tmp_path, environment):
    """`on_terminal("eval", "1")` → what a terminal is sent."""

    def call(*arguments: str) -> str:
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [ptc_path, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path, env=environment
        ) as process:
            os.close(theirs)
            found = b""
            try:
                while piece := os.read(ours, 4096):
                    found += piece
            except OSError:  # the other end is closed
                pass
            process.wait(30)
        os.close(ours)
        return found.decode()

    return call


@pytest.mark.parametrize(
    "program",
    ['(println "\x1b]0;owned\x07 safe \x1b[2J")', '(println "\\u001b[31m safe \\u0007")', '(fail "\\u001b[2J safe")',
     '(println "a\\u009b31m safe \\u202e")'],
)  # fmt: skip
def test_a_terminal_is_not_commanded(on_terminal, program):
    shown = on_terminal("eval", program)
    assert "safe" in shown
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown)


def test_what_is_no_command_stays(on_terminal):
    assert on_terminal("eval", '(println "a\\tb\\nü → 日本")') == "a\tb\r\nü → 日本\r\nnil\r\n"


def test_files_and_pipes_get_the_text_as_it_is(ptc):
    assert ptc("eval", '(println "\\u001b[31m")').stdout == "\x1b[31m\nnil\n"


def test_a_step_in_colours_commands_no_terminal():
    program = '(println "\\u001b[2J safe") (fail "\\u009b2J")'
    step = SubAgent(max_turns=1).run("x", llm=ScriptedLLM([f"```clojure\n;\x1b]0;owned\x07\n{program}\n```"]))
    console = Console(file=io.StringIO(), force_terminal=False)
    console.print(step)
    shown = console.file.getvalue()
    assert "safe" in shown
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)
