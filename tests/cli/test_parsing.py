"""What is written after `ptc`, told apart: every form of option, every slip, and the help that lists them."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from importlib import import_module

import pytest

from subagent.cli.commands import PTC
from subagent.cli.exits import EXIT_HELP
from subagent.cli.help_text import help_text
from subagent.cli.parsing import Command, Group, UsageError, find_command, parse, parse_switches


def every(group: Group, path: str):
    """All commands and groups below one, with what is written to call them."""
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, Group):
            yield from every(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = dict(every(PTC, "ptc"))
COMMANDS = {path: command for path, command in ALL.items() if isinstance(command, Command)}


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_calls_a_function_that_takes_its_options(path):
    command = COMMANDS[path]
    module, _, name = command.run.partition(":")
    function = getattr(import_module(f"subagent.cli.{module}"), name)
    names = [*(found.name for found in command.arguments), *(option.name for option in command.options[:-1])]
    assert len(set(names)) == len(names)
    taken = inspect.signature(function).parameters
    if "words" in taken:
        module = sys.modules[function.__module__]
        taken = (module.RunOptions if name == "run_agent" else module.ReplayOptions).__struct_fields__
    assert set(names) == set(taken)


@pytest.mark.parametrize("path", ALL)
def test_no_flag_means_two_things(path):
    flags = [flag for option in ALL[path].options for flag in option.flags]
    assert len(set(flags)) == len(flags)


def evaluated(*words: str):
    """What `ptc eval` is called with, less what nobody has asked for."""
    found = parse(COMMANDS["ptc eval"], words)
    return {name: value for name, value in found.items() if value not in (None, False, [])}


@pytest.mark.parametrize(
    "words,expected",
    [
        (["1"], {}),
        (["1", "--timeout-ms", "5"], {"timeout_ms": 5}),
        (["1", "--timeout-ms=5"], {"timeout_ms": 5}),
        (["--json", "1"], {"as_json": True}),
        (["1", "-d", "a=1", "--data", "b=2", "-dc=3"], {"data": ["a=1", "b=2", "c=3"]}),
        (["1", "--data=a=1"], {"data": ["a=1"]}),
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


def test_after_two_dashes_everything_is_a_text():
    assert evaluated("--", "--json") == {"program": "--json"}
    with pytest.raises(UsageError, match=r"unexpected extra arguments \(--json -h\)"):
        evaluated("--", "1", "--json", "-h")


def test_a_switch_can_be_taken_back():
    def payloads(*words):
        return parse(COMMANDS["ptc run"], ["task", *words])["trace_payloads"]

    assert payloads() is False
    assert payloads("--trace-payloads") is True
    assert payloads("--trace-payloads", "--no-trace-payloads") is False


def test_short_switches_share_a_word():
    assert parse_switches(PTC, ["-Vh", "eval", "-x"]) == ({"version", "help"}, ["eval", "-x"])


def test_defaults_and_the_environment(monkeypatch):
    for name in ("PTC_LLM", "PTC_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    found = parse(COMMANDS["ptc run"], ["task"])
    assert (found["max_turns"], found["llm"], found["data"]) == (5, None, [])
    monkeypatch.setenv("PTC_LLM", "openai/x")
    monkeypatch.setenv("PTC_API_BASE", "")
    found = parse(COMMANDS["ptc run"], ["task"])
    assert (found["llm"], found["api_base"]) == ("openai/x", None)
    assert parse(COMMANDS["ptc run"], ["task", "-m", "openai/y"])["llm"] == "openai/y"
    assert parse(COMMANDS["ptc trace export-chrome"], ["file"]) == {"path": "file", "out": "-"}
    assert parse(COMMANDS["ptc demo"], [])["name"] is None


@pytest.mark.parametrize(
    "path,words,message",
    [
        ("ptc eval", "", "Missing argument 'PROGRAM'."),
        ("ptc trace diff", "a", "Missing argument 'B'."),
        ("ptc run", "a b", "Got unexpected extra argument (b)"),
        ("ptc eval", "1 --dat", "No such option: --dat (Possible options: --data)"),
        ("ptc eval", "--jsn", "No such option: --jsn (Possible options: --json, --json-dsl)"),
        ("ptc eval", "1 -x", "No such option: -x"),
        ("ptc eval", "1 --json=5", "Option '--json' does not take a value."),
        ("ptc eval", "1 --data", "Option '--data' requires an argument."),
        ("ptc eval", "1 -d", "Option '-d' requires an argument."),
        ("ptc run", "a --max-turns x", "Invalid value for '--max-turns': 'x' is not a whole number"),
        ("ptc run", "a --max-turns 0", "Invalid value for '--max-turns': 0 is less than 1"),
        ("ptc trace slowest", "a -n -1", "Invalid value for '--count': -1 is less than 1"),
    ],
)
def test_a_slip_is_named(path, words, message):
    with pytest.raises(UsageError) as caught:
        parse(COMMANDS[path], words.split())
    assert str(caught.value) == message


def test_commands_that_are_not_there():
    with pytest.raises(UsageError, match=r"^No such command 'evla'. Did you mean 'eval', 'replay'\?$"):
        find_command(PTC, "evla")
    with pytest.raises(UsageError, match=r"^No such command 'xyz'.$"):
        find_command(PTC, "xyz")
    with pytest.raises(UsageError, match="No such option: --nope"):
        parse_switches(PTC, ["--nope", "eval"])


def test_help_is_asked_for_among_other_words():
    assert parse(COMMANDS["ptc run"], ["--json", "-h"]) is None
    assert parse(COMMANDS["ptc run"], ["a", "b", "--help"]) is None
    assert parse(COMMANDS["ptc run"], ["a", "--signature", "-h"])["signature"] == "-h"


@pytest.mark.parametrize("columns", [20, 64, 500])
@pytest.mark.parametrize("path", ALL)
def test_help_lists_everything_within_the_width(monkeypatch, path, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = help_text(path, ALL[path], EXIT_HELP)
    assert text.startswith(f"Usage: {path} [OPTIONS]")
    assert all(flag in text for option in ALL[path].options for flag in option.flags)
    plain = "".join(text.split())
    assert all("".join(option.text.split()) in plain for option in ALL[path].options)
    lines = [line for line in text.splitlines()[1:] if "/ --no-" not in line]
    assert max(map(len, lines)) <= (78 if columns == 500 else max(columns - 2, 50))
    assert "\n\n\n" not in text


def test_help_of_a_command(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert help_text("ptc trace slowest", ALL["ptc trace slowest"], EXIT_HELP) == (
        """\
Usage: ptc trace slowest [OPTIONS] FILE

  What took longest.

Arguments:
  FILE  A trace file, or a folder of them.  [required]

Options:
  -n, --count N                   How many.  [default: 10; x>=1]
  -k, --kind model|program|tool|turn|run
                                  Of this kind only.
  --json                          One JSON object on stdout instead of text.
  -h, --help                      Show this message and exit."""
    )


def test_the_words_are_told_apart_before_anything_large_is_loaded():
    code = "import sys, json, subagent.cli.app, subagent.cli.help_text; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    assert not {"msgspec", "lark", "rich", "asyncio", "inspect", "dataclasses", "argparse"} & set(loaded)
    assert not [name for name in loaded if name.startswith("ptc_lisp")]
    assert [name for name in loaded if name.startswith("subagent.") and ".cli" not in name] == []


def test_a_wrong_word_gets_the_usage_and_no_traceback(ptc):
    done = ptc("trace", "tree", "a", "--dept", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Usage: ptc trace tree [OPTIONS] FILE\n"
        "Try 'ptc trace tree -h' for help.\n\n"
        "Error: No such option: --dept (Possible options: --depth, --help)\n"
    )


def test_a_group_without_a_command_says_what_there_is(ptc):
    for words in ((), ("trace",)):
        done = ptc(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"Usage: {' '.join(('ptc', *words))} [OPTIONS] COMMAND")
