"""What is written after `ptc`, told apart: every form of option, every slip, the help that lists them, and completion."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from subagent.cli.commands import PTC
from subagent.cli.lazy import Command


def every(group: click.Group, path: str):
    """All commands and groups below one, with what is written to call them."""
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = dict(every(PTC, "ptc"))
COMMANDS = {path: command for path, command in ALL.items() if isinstance(command, Command)}


def told_apart(path: str, *words: str):
    """What the function of a command is called with."""
    parent = PTC.make_context("ptc", [], resilient_parsing=True)
    return COMMANDS[path].make_context(path, list(words), parent=parent).params


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_calls_a_function_that_takes_its_options(path):
    command = COMMANDS[path]
    module, _, name = command.run.partition(":")
    function = getattr(import_module(f"subagent.cli.{module}"), name)
    names = [parameter.name for parameter in command.params]
    assert len(set(names)) == len(names)
    taken = inspect.signature(function).parameters
    if "words" in taken:
        module = sys.modules[function.__module__]
        taken = (module.RunOptions if name == "run_agent" else module.ReplayOptions).__struct_fields__
    assert set(names) == set(taken)


@pytest.mark.parametrize("path", ALL)
def test_no_flag_means_two_things(path):
    flags = [
        "-h",
        "--help",
        *(flag for found in ALL[path].params for flag in [*found.opts, *found.secondary_opts]),
    ]
    assert len(set(flags)) == len(flags)


def evaluated(*words: str):
    """What `ptc eval` is called with, less what nobody has asked for."""
    found = told_apart("ptc eval", *words)
    return {name: value for name, value in found.items() if value not in (None, False, ())}


@pytest.mark.parametrize(
    "words,expected",
    [
        (["1"], {}),
        (["1", "--timeout-ms", "5"], {"timeout_ms": 5}),
        (["1", "--timeout-ms=5"], {"timeout_ms": 5}),
        (["--json", "1"], {"as_json": True}),
        (["1", "-d", "a=1", "--data", "b=2", "-dc=3"], {"data": ("a=1", "b=2", "c=3")}),
        (["1", "--data=a=1"], {"data": ("a=1",)}),
        (["1", "-s", "-> {total :float}"], {"signature": "-> {total :float}"}),
        (["1", "-s", "->:int"], {"signature": "->:int"}),
        (["1", "--signature=->:int"], {"signature": "->:int"}),
        (["1", "-s", "--json"], {"signature": "--json"}),
        (["1", "-s", ":int", "-s", ":any"], {"signature": ":any"}),
        (["1", "-s", ""], {"signature": ""}),
        (["--json", "--", "1"], {"as_json": True}),
    ],
)
def test_options_stand_anywhere_and_take_any_text(words, expected):
    assert evaluated(*words) == {"program": "1"} | expected


@pytest.mark.parametrize("program", ["-", "-5", "-.5", "- 1", "->", "", "(- 1)"])
def test_a_program_may_begin_with_a_minus(program):
    assert evaluated(program) == {"program": program}


def test_options_and_further_texts_may_begin_with_a_minus_too():
    assert evaluated("-5", "-s", "->", "-d", "-5", "-d", "-") == {
        "program": "-5",
        "signature": "->",
        "data": ("-5", "-"),
    }
    assert told_apart("ptc trace diff", "-1", "-2") == {"left": "-1", "right": "-2", "as_json": False}


def test_a_program_that_begins_with_a_minus_runs(ptc):
    assert ptc("eval", "-5", "-s", "->:int").stdout == "-5\n"
    failed = ptc("eval", "-5 (+ 1 :a)")
    assert "line 1, column 4" in failed.stderr
    assert "\0" not in failed.stderr


def test_after_two_dashes_everything_is_a_text(ptc):
    assert evaluated("--", "--json") == {"program": "--json"}
    refused = ptc("eval", "--", "-1", "--json", "-5", "-h")
    assert refused.returncode == 2
    assert refused.stderr.endswith("Error: Got unexpected extra arguments (--json -5 -h)\n")


def test_a_switch_can_be_taken_back():
    def payloads(*words):
        return told_apart("ptc run", "task", *words)["trace_payloads"]

    assert payloads() is False
    assert payloads("--trace-payloads") is True
    assert payloads("--trace-payloads", "--no-trace-payloads") is False


def test_the_version_comes_before_commands(ptc):
    for words in (["-V"], ["--version", "eval", "-x"]):
        done = ptc(*words)
        assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "ptc", "")


def test_defaults_and_the_environment(monkeypatch):
    for name in ("PTC_LLM", "PTC_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    found = told_apart("ptc run", "task")
    assert (found["max_turns"], found["llm"], found["data"]) == (5, None, ())
    monkeypatch.setenv("PTC_LLM", "openai/x")
    monkeypatch.setenv("PTC_API_BASE", "")
    found = told_apart("ptc run", "task")
    assert (found["llm"], found["api_base"]) == ("openai/x", None)
    assert told_apart("ptc run", "task", "-m", "openai/y")["llm"] == "openai/y"
    assert told_apart("ptc trace export-chrome", "file") == {"path": "file", "out": "-"}
    assert told_apart("ptc demo")["name"] is None


@pytest.mark.parametrize(
    "words,message",
    [
        ("eval", "Missing argument 'PROGRAM'."),
        ("trace diff a", "Missing argument 'B'."),
        ("run a b", "Got unexpected extra argument (b)"),
        ("eval 1 --dat", "No such option '--dat'. Did you mean '--data'?"),
        ("eval --jsn", "No such option '--jsn'. (Did you mean one of: '--json', '--json-dsl'?)"),
        ("eval 1 -x", "No such option '-x'."),
        ("eval 1 --json=5", "Option '--json' does not take a value."),
        ("eval 1 --data", "Option '--data' requires an argument."),
        ("eval 1 -d", "Option '-d' requires an argument."),
        ("run a --max-turns x", "Invalid value for '--max-turns': 'x' is not a valid whole number."),
        ("run a --max-turns 0", "Invalid value for '--max-turns': 0 is not in the range x>=1."),
        ("trace slowest a -n -1", "Invalid value for '-n' / '--count': -1 is not in the range x>=1."),
        ("grammar -f ebnf", "Invalid value for '-f' / '--format': 'ebnf' is not one of 'lark', 'gbnf'."),
        ("evla", "No such command 'evla'. (Did you mean one of: 'eval', 'replay'?)"),
        ("xyz", "No such command 'xyz'."),
        ("trace sumary", "No such command 'sumary'. Did you mean 'summary'?"),
        ("--nope eval", "No such option '--nope'."),
        ("-5", "No such option '-5'."),
    ],
)
def test_a_slip_is_named(ptc, words, message):
    done = ptc(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == f"Error: {message}"


def test_help_is_asked_for_among_other_words(ptc):
    for words in (["run", "--json", "-h"], ["run", "a", "b", "--help"]):
        done = ptc(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Usage: ptc run [OPTIONS] TASK\n")
    assert told_apart("ptc run", "a", "--signature", "-h")["signature"] == "-h"


@pytest.mark.parametrize("path", ALL)
def test_help_lists_everything(ptc, environment, path):
    environment["COLUMNS"] = "80"
    done = ptc(*path.split()[1:], "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: {path} [OPTIONS]")
    assert all(flag in done.stdout for found in ALL[path].params for flag in found.opts if flag[0] == "-")
    plain = "".join(done.stdout.split())
    assert all("".join(found.help.split()) in plain for found in ALL[path].params)
    assert max(map(len, done.stdout.splitlines())) <= 78
    if path in COMMANDS:
        assert "Exit codes" not in done.stdout
    else:
        assert "Exit codes: 0 answered" in done.stdout
        listed = done.stdout.partition("Commands:\n")[2].splitlines()
        names = [line.split()[0] for line in listed if line[2:3].isalpha() and not line.startswith("  Exit")]
        assert names[: len(ALL[path].commands)] == list(ALL[path].commands)


def test_help_of_a_command(ptc, environment):
    environment["COLUMNS"] = "80"
    assert ptc("trace", "slowest", "-h").stdout == (
        """\
Usage: ptc trace slowest [OPTIONS] FILE

  What took longest.

Positional arguments:
  FILE  A trace file, or a folder of them.

Options:
  -n, --count N                   How many.  [default: 10; x>=1]
  -k, --kind [model|program|tool|turn|run]
                                  Only this kind.
  --json                          One JSON object on stdout instead of text.
  -h, --help                      Show this message and exit.
"""
    )


def test_the_words_are_told_apart_before_anything_large_is_loaded():
    code = "import sys, json, subagent.cli.app; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    assert not {"msgspec", "lark", "rich", "asyncio", "pydantic", "typer", "argparse"} & set(loaded)
    assert not [name for name in loaded if name.startswith("ptc_lisp")]
    assert [name for name in loaded if name.startswith("subagent.") and ".cli" not in name] == []


def test_a_wrong_word_gets_the_usage_and_no_traceback(ptc):
    done = ptc("trace", "tree", "a", "--dept", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Usage: ptc trace tree [OPTIONS] FILE\n"
        "Try 'ptc trace tree --help' for help.\n\n"
        "Error: No such option '--dept'. (Did you mean one of: '--depth', '--help'?)\n"
    )


def test_a_group_without_a_command_says_what_there_is(ptc):
    for words in ((), ("trace",)):
        done = ptc(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"Usage: {' '.join(('ptc', *words))} [OPTIONS] COMMAND")


@pytest.mark.parametrize("stream,word", [("stdout", "--help"), ("stderr", "--nope")])
def test_a_closed_pipe_behind_help_and_slips(ptc_path, environment, stream, word):
    reader, writer = os.pipe()
    os.close(reader)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writer}
    done = subprocess.run([ptc_path, word], env=environment, check=False, **streams)
    os.close(writer)
    assert (done.returncode, done.stdout or done.stderr or b"") == (141, b"")


@pytest.mark.parametrize(
    "words,expected",
    [
        (["tr"], "trace"),
        (["trace", ""], "summary tree slowest show diff html export-chrome"),
        (["eval", "-5", "--js"], "--json --json-dsl"),
        (["grammar", "-f", ""], "lark gbnf"),
    ],
)
@pytest.mark.skipif(shutil.which("bash") is None, reason="the script is for bash")
def test_bash_completes(ptc_path, environment, words, expected):
    script = 'eval "$(_PTC_COMPLETE=bash_source ptc)"; COMP_WORDS=(ptc "$@"); COMP_CWORD=$#; _ptc_completion ptc; echo ${COMPREPLY[*]}'
    path = f"{Path(ptc_path).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script, "bash", *words],
        capture_output=True, text=True, env=environment | {"PATH": path}, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{expected}\n", "")


def test_files_are_completed_where_files_are_named(ptc, environment):
    for words, expected in (
        ("ptc check pro", "file,pro"),
        ("ptc trace html t -o out", "file,out"),
        ("ptc run a", ""),
    ):
        line = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        environment.update(line, _PTC_COMPLETE="bash_complete")
        assert ptc().stdout.strip() == expected
