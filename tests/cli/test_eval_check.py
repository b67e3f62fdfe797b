"""`ptc eval` and `ptc check`, and the options that every command shares."""

from __future__ import annotations

import json
import subprocess

import pytest


def test_a_value(ptc_process):
    done = ptc_process("eval", "(+ 1 2)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


def test_prints_come_before_the_value(ptc):
    done = ptc("eval", '(println "hello") [1 "two" :three nil]')
    assert (done.returncode, done.stdout) == (0, 'hello\n[1 "two" :three nil]\n')


def test_a_program_from_stdin_and_from_a_file(ptc, tmp_path):
    (tmp_path / "p.ptc").write_text("(* 6 7)\n")
    assert ptc("eval", "-", stdin="(* 6 7)").stdout == "42\n"
    assert ptc("eval", "p.ptc").stdout == "42\n"
    assert ptc("eval", "").stdout == ptc("eval", "-").stdout == "nil\n"


def test_bytes_that_are_no_text(ptc_path, environment, tmp_path):
    done = subprocess.run(
        [ptc_path, "eval", "-"], input=b"(+ 1 \xff)", capture_output=True, env=environment, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"not UTF-8" in done.stderr


def test_a_value_that_the_terminal_cannot_show(ptc_path, environment):
    done = subprocess.run(
        [ptc_path, "eval", '"\u00e9\u4e2d"'],
        capture_output=True,
        env=environment | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b'"\\xe9\\u4e2d"\n')


def test_data_of_every_kind(ptc, tmp_path):
    (tmp_path / "rows.csv").write_text("id,price\n1,2.5\n2,\n")
    (tmp_path / "doc.json").write_text('{"shop": {"name": "here"}}')
    program = "[(map :price data/rows) (get-in data/doc [:shop :name])]"
    done = ptc("eval", program, "--data", "rows=rows.csv", "-d", "doc=doc.json", "--json")
    assert json.loads(done.stdout)["value"] == [[2.5, None], "here"]


def test_json_holds_the_whole_outcome(ptc):
    outcome = json.loads(ptc("eval", '(println "seen") {:a #{1}}', "--json").stdout)
    assert outcome["ok"] is True
    assert outcome["value"] == {"a": [1]}
    assert outcome["prints"] == ["seen"]
    assert outcome["error"] is None
    assert outcome["usage"]["steps"] >= 0


def test_a_failing_program_ends_with_1_and_its_fault(ptc, ptc_process):
    done = ptc_process("eval", '(println "before")\n(+ 1 "a")')
    assert done.returncode == 1
    assert done.stdout == "before\n"
    assert "line 2, column" in done.stderr
    assert "type_error" in done.stderr
    fault = json.loads(ptc("eval", '(fail "no stock")', "--json").stdout)["error"]
    assert fault["kind"] == "failed"


def test_an_endless_program_is_stopped(ptc):
    done = ptc("eval", "(loop [] (recur))", "--timeout-ms", "300")
    assert done.returncode == 1
    assert any(kind in done.stderr for kind in ("timeout", "loop_limit_exceeded"))


def test_a_program_that_eats_memory_is_stopped(ptc):
    done = ptc("eval", '(loop [s "x"] (recur (str s s s s)))', "--timeout-ms", "20000")
    assert done.returncode == 1
    assert "memory_exceeded" in done.stderr


def test_a_signature_judges_the_value(ptc):
    assert ptc("eval", "{:total 1.5}", "--signature", "-> {total :float}").returncode == 0
    done = ptc("eval", '{:total "much"}', "--signature", "-> {total :float}")
    assert done.returncode == 1
    assert "validation_error" in done.stderr


@pytest.mark.parametrize(
    "arguments,words",
    [
        (["eval", "missing.ptc"], "cannot be read"),
        (["eval", "1", "--data", "t=missing.csv"], "missing.csv: cannot be read"),
        (["eval", "1", "--data", "missing.csv"], "write name=file"),
        (["eval", "1", "--tools", "nowhere"], "write module:attribute"),
        (["eval", "1", "--tools", "nowhere_at_all:x"], "no module named nowhere_at_all"),
        (["eval", "1", "--tools", "json:nothing"], "json has no nothing"),
        (["eval", "1", "--tools", "json:__version__"], "is no function"),
        (["eval", "."], "this is a folder"),
        (["run", "count", "--llm", "scripted:none.txt", "--trace-payloads"], "add --trace FILE"),
        (["eval", "1", "--signature", "-> {"], "--signature"),
        (["eval", "1", "--timeout-ms", "0"], "timeout-ms"),
        (["eval"], "Missing argument"),
        (["eval", "1", "--colour"], "No such option"),
        (["evil"], "No such command"),
        (["run", "count"], "no model"),
        (["run", " ", "--llm", "openai/x"], "the task is empty"),
        (["run", "count", "--llm", "scripted:none.txt"], "cannot be read"),
        (["run", "count", "--llm", "replay:none.jsonl"], "none.jsonl"),
        (["demo", "nonsense"], "no question named nonsense"),
        (["demo", "--record", "folder"], "name one with --llm"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_message(ptc, arguments, words):
    done = ptc(*arguments)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_tools_of_a_module_in_the_folder(ptc_process, tmp_path):
    (tmp_path / "shop.py").write_text(
        "def price_of(item_name: str) -> float:\n"
        '    """Price of one item."""\n'
        "    return {'tea': 2.5}[item_name]\n"
        "TOOLS = {'price': price_of}\n"
    )
    for spec, call in (("shop:price_of", "price_of"), ("shop:TOOLS", "price")):
        done = ptc_process("eval", f'(tool/{call} {{:item-name "tea"}})', "--tools", spec)
        assert (done.returncode, done.stdout) == (0, "2.5\n"), done.stderr


def test_a_module_that_lacks_another_one_is_told_apart_from_one_that_is_missing(ptc, tmp_path):
    (tmp_path / "shop.py").write_text("import nothing_here\n")
    done = ptc("eval", "1", "--tools", "shop:x")
    assert (
        done.stderr
        == "ptc: --tools shop:x: importing shop failed: No module named 'nothing_here'; install it\n"
    )


def test_a_tool_that_raises_is_a_fault(ptc, tmp_path):
    (tmp_path / "shop.py").write_text("def broken() -> int:\n    raise RuntimeError('the till is closed')\n")
    done = ptc("eval", "(tool/broken {})", "--tools", "shop:broken")
    assert done.returncode == 1
    assert "tool_error" in done.stderr
    assert "the till is closed" in done.stderr


def test_check_lists_every_fault(ptc):
    assert ptc("check", "(+ 1 2)").returncode == 0
    done = ptc("check", "(let [x 1] (frobnicate x))\n(defn f [a] a) (f 1 2)", "--json")
    assert done.returncode == 1
    assert {fault["kind"] for fault in json.loads(done.stdout)["faults"]} == {"unbound_var", "arity_error"}


def test_check_shows_where_a_bracket_is_missing(ptc_process, tmp_path):
    (tmp_path / "p.ptc").write_text("(let [x 1]\n  (+ x 1)\n")
    done = ptc_process("check", "p.ptc")
    assert done.returncode == 1
    assert "line 1" in done.stderr
    assert "parse_error" in done.stderr


def test_help_and_version(ptc_process):
    done = ptc_process("--help")
    assert done.returncode == 0
    assert all(
        command in done.stdout for command in ("demo", "run", "eval", "check", "repl", "doctor", "Exit codes")
    )
    assert "..." not in done.stdout.partition("Commands:")[2]
    assert "\x1b" not in done.stdout
    assert ptc_process("--version").stdout.startswith("ptc 0.")
    assert ptc_process().returncode == 2
