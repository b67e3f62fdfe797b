"""Trace files of real runs: what is in them, what is not, and that a crash loses nothing."""

import base64
import json
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from subagent import SECRETS, JsonlTrace, ScriptedLLM, SubAgent, TraceFolder
from subagent.redact import Secrets
from subagent.trace import TraceError, load, payload_of
from subagent.trace.lines import MAX_LINE, packed, unpacked


def block(program: str):
    return f"```clojure\n{program}\n```"


def double(n: int) -> int:
    """Twice."""
    return 2 * n


def echo(text: str) -> str:
    """The same."""
    return text


def agent(**fields: Any):
    return SubAgent(name="worker", description="Works.", tools=[double, echo], **fields)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_row_85_a_trace_begins_and_ends_and_holds_no_payload(tmp_path: Path):
    llm = ScriptedLLM([block('(println "secret print") (return (tool/echo {:text "secret text"}))')])
    with JsonlTrace(tmp_path / "a.jsonl", label="first") as trace:
        agent().run("secret task", llm=llm, context={"orders": ["secret row"]}, on_event=trace)
    text = (tmp_path / "a.jsonl").read_text()
    assert "secret" not in text
    found = lines(tmp_path / "a.jsonl")
    assert [found[0]["event"], found[1]["event"]] == ["trace.started", "run.started"]
    assert [found[-2]["event"], found[-1]["event"]] == ["run.finished", "trace.stopped"]
    assert found[0]["label"] == "first"
    assert found[1]["task_chars"] == len("secret task")
    assert found[-1]["events"] == len(found) - 2
    assert {line["v"] for line in found} == {1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
    assert load(tmp_path / "a.jsonl").complete


def test_payloads_are_in_a_file_of_their_own(tmp_path: Path):
    llm = ScriptedLLM([block("(return (tool/double {:n 21}))")])
    with JsonlTrace(tmp_path / "a.jsonl", payloads=True) as trace:
        agent().run("the task", llm=llm, context={"day": [1, 2.5, None]}, on_event=trace)
    assert "the task" not in (tmp_path / "a.jsonl").read_text()
    payloads = tmp_path / "a.payloads.jsonl"
    assert stat.S_IMODE(payloads.stat().st_mode) == 0o600
    by_event = {record["event"]: record for record in load(tmp_path / "a.jsonl").records}
    assert payload_of(by_event["run.started"], "task") == "the task"
    assert payload_of(by_event["run.started"], "context") == {"day": [1, 2.5, None]}
    assert payload_of(by_event["run.started"], "tools")[0]["required"] == ["n"]
    assert payload_of(by_event["program.started"], "program") == "(return (tool/double {:n 21}))"
    assert payload_of(by_event["tool.started"], "args") == {"n": 21}
    assert payload_of(by_event["tool.finished"], "value") == 42
    assert payload_of(by_event["program.finished"], "value") == 42


def test_row_85_child_files_are_linked(tmp_path: Path):
    child = SubAgent(name="child", description="c", signature="(n :int) -> :int")
    llm = ScriptedLLM([block("(return (tool/child {:n 4}))"), block("(return data/n)")])
    folder = TraceFolder(tmp_path / "traces", payloads=True)
    step = SubAgent(name="top", tools=[child]).run("go", llm=llm, on_event=folder)
    assert step.value == 4
    [mine] = step.children
    root = folder.path_of(step.run_id)
    assert lines(folder.path_of(mine.run_id))[0]["event"] == "trace.started"
    both = load(root)
    assert both.complete
    assert {record["run_id"] for record in both.records} == {step.run_id, mine.run_id}
    assert [record["seq"] for record in both.records] == list(range(1, len(both.records) + 1))
    assert load(tmp_path / "traces").records == both.records
    folder.path_of(mine.run_id).unlink()
    assert not load(root).complete


def test_row_86_long_texts_and_lists_are_cut_and_no_line_is_too_long(tmp_path: Path):
    big = "x" * (1 << 20)
    llm = ScriptedLLM([block('(return (count (tool/echo {:text (str data/big "é")})))')])
    with JsonlTrace(tmp_path / "a.jsonl", payloads=True) as trace:
        step = agent().run("t", llm=llm, context={"big": big * 3}, on_event=trace)
    assert step.value == 3 * (1 << 20) + 1
    for name in ("a.jsonl", "a.payloads.jsonl"):
        assert max(map(len, (tmp_path / name).read_bytes().splitlines())) <= MAX_LINE
    by_event = {record["event"]: record for record in load(tmp_path / "a.jsonl").records}
    assert payload_of(by_event["run.started"], "context") == {"big": big * 3}
    with JsonlTrace(tmp_path / "b.jsonl", label=big, meta={"ids": list(range(500))}):
        pass
    [first, _] = lines(tmp_path / "b.jsonl")
    assert first["label"] == "x" * 64_000 + "... (1048576 characters)"
    assert first["meta"]["ids"][-1] == "... 400 more"


def test_registered_secrets_are_redacted(tmp_path: Path):
    secret = 'sk-"live"-51H8/example+'
    SECRETS.register(secret)
    try:
        program = f"(return (tool/echo {{:text {json.dumps(secret)}}}))"
        with JsonlTrace(tmp_path / "a.jsonl", payloads=True) as trace:
            context = {"key": secret, "nested": [{secret: 1}]}
            agent().run(f"use {secret}", llm=ScriptedLLM([block(program)]), context=context, on_event=trace)
    finally:
        SECRETS.forget(secret)
    written = (tmp_path / "a.jsonl").read_text() + (tmp_path / "a.payloads.jsonl").read_text()
    assert "51H8" not in written
    assert "use [redacted]" in written
    with pytest.raises(ValueError, match="at least 6"):
        SECRETS.register("abc")


def test_secrets_are_found_in_their_usual_codings():
    secret = "p/w+rd&1 é"
    SECRETS.register(secret)
    try:
        for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()):
            assert SECRETS.text(f"<{form}>") == "<[redacted]>"
        assert SECRETS.value({"a": [secret], secret: b"x" + secret.encode() + b"y"}) == {
            "a": ["[redacted]"],
            "[redacted]": b"x" + b"*" * len(secret.encode()) + b"y",
        }
    finally:
        SECRETS.forget(secret)
    assert SECRETS.text(secret) == secret


def test_a_trace_is_complete_up_to_the_last_event_while_the_run_goes_on(tmp_path: Path):
    path = tmp_path / "t.jsonl"
    seen: list[Any] = []

    def llm(_: Any):
        seen.append([line["event"] for line in lines(path)])
        return block("(return 1)")

    with JsonlTrace(path) as trace:
        agent().run("x", llm=llm, on_event=trace)
    assert seen == [["trace.started", "run.started", "turn.started", "model.started"]]


def test_a_killed_process_leaves_a_readable_trace(tmp_path: Path):
    path = tmp_path / "t.jsonl"
    code = (
        "import os, signal\n"
        "from subagent import JsonlTrace, SubAgent\n"
        "def die() -> int:\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "def llm(request): return '```clojure\\n(tool/die)\\n```'\n"
        f"trace = JsonlTrace({str(path)!r}, payloads=True)\n"
        "SubAgent(tools=[die]).run('x', llm=llm, on_event=trace)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    with path.open("ab") as file:
        file.write(b'{"v":1,"event":"tool.fin')  # as if the machine had gone down in the middle of a line
    trace = load(path)
    assert not trace.complete
    assert len(trace.damaged) == 1
    assert trace.records[-1]["event"] == "tool.started"
    assert payload_of(trace.records[0], "task") == "x"


def test_what_is_no_trace_is_refused_with_words(tmp_path: Path):
    with pytest.raises(TraceError, match="cannot be read"):
        load(tmp_path / "none.jsonl")
    (tmp_path / "a.jsonl").write_text('{"x": 1}\n')
    with pytest.raises(TraceError, match="this is no trace"):
        load(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").write_text('{"v": 9, "event": "run.started"}\n')
    with pytest.raises(TraceError, match="version 9"):
        load(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").write_text('{"v": 1, "event": "run.started", "at": 1, "seq": 1}\n')
    with pytest.raises(TraceError, match="this is no trace"):
        load(tmp_path / "a.jsonl")


def test_lines_that_no_writer_wrote_are_damaged_and_the_others_are_read(tmp_path: Path):
    path = tmp_path / "t.jsonl"
    with JsonlTrace(path) as trace:
        SubAgent().run("x", llm=ScriptedLLM([block("(return 1)")]), on_event=trace)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event":"\xff"}\n{"event":3}\n{"event":"run.started","v":1}\n[]\n')
    count = whole.count(b"\n")
    found = load(path)
    assert found.damaged == [count + 1, count + 2, count + 3, count + 4]
    assert [record["event"] for record in found.records][-1] == "run.finished"


@pytest.mark.parametrize("name", ['"../b.jsonl"', '"/etc/passwd"', '""', "7"])
@pytest.mark.parametrize("note", ['"trace.started", "payloads"', '"trace.linked", "file"'])
def test_a_trace_names_only_files_beside_it(tmp_path: Path, note: str, name: str):
    (tmp_path / "a.jsonl").write_text(f'{{"v": 1, "event": {note}: {name}}}\n')
    with pytest.raises(TraceError, match="only files beside it"):
        load(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    "value",
    [
        {"~date": "2024-01-01"},
        {"a": {"~x": 1}, "b": [b"\x00\xff", {"~bytes": "no"}]},
        {1: "one", "two": 2, None: float("inf")},
        [1 << 80, -0.5, True, None],
    ],
)
def test_payload_values_come_back_as_they_were(value: Any):
    assert unpacked(json.loads(json.dumps(packed(value)))) == value


def test_longer_secrets_go_first_in_bytes_too():
    secrets = Secrets()
    secrets.register("abcdef", "abcdefghij")
    assert secrets.value(b"<abcdefghij>") == b"<**********>"
    assert secrets.value("<abcdefghij>") == "<[redacted]>"
