"""`ptc grammar` prints what the library makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ptc_lisp import language
from subagent.cli.exits import Exit
from subagent.cli.grammar_command import run_grammar


def test_the_command_prints_the_grammar(tmp_path: Path) -> None:
    ptc = Path(sys.executable).with_name("ptc")
    arguments = [
        str(ptc),
        "grammar",
        "--format",
        "gbnf",
        "--tools",
        "search,fetch",
        "-t",
        "add",
        "-d",
        "rows",
    ]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == language.grammar("gbnf", tools=["search", "fetch", "add"], data=["rows"])


def test_without_names_it_is_the_grammar_that_parses(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_grammar("lark", (), ()) is Exit.OK
    assert capsys.readouterr().out == language.grammar()


def test_tools_come_from_modules_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "grammar_shop.py").write_text("def find_order(id: int) -> dict: ...\n")
    monkeypatch.chdir(tmp_path)
    run_grammar("lark", ["grammar_shop:find_order", "other"], ["rows=rows.csv"])
    assert capsys.readouterr().out == language.grammar(tools=["find_order", "other"], data=["rows"])


def test_an_empty_option_grants_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run_grammar("lark", [""], ())
    assert capsys.readouterr().out == language.grammar(tools=[])
