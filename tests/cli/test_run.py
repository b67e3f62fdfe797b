"""`ptc run` with scripted, recorded and served models: answers on stdout, progress on stderr, documented endings."""

from __future__ import annotations

import json

import pytest
from openai_server import Failure, Reply, serve

from subagent import SubAgent
from subagent.cli.loading import load_data
from subagent.llm import RecordingLLM, ScriptedLLM

GOOD = "```clojure\n(return {:total (sum-by :price data/orders)})\n```"
ORDERS = "id,price\n1,2.5\n2,4.0\n"


@pytest.fixture
def orders(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    return ("--data", "orders=orders.csv")


@pytest.fixture
def scripted(tmp_path):
    def write(*replies: str) -> tuple[str, str]:
        (tmp_path / "replies.txt").write_text("\n---\n".join(replies))
        return ("--llm", "scripted:replies.txt")

    return write


def test_an_answer(ptc_process, orders, scripted):
    done = ptc_process("run", "Total?", *orders, *scripted(GOOD), "--signature", "-> {total :float}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"total": 6.5}
    assert "turn 1: scripted replied" in done.stderr
    assert "turn 1: the program ran" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_a_text_answer_is_printed_as_it_is(ptc, scripted):
    done = ptc("run", "Greet.", *scripted('```clojure\n(return "good day")\n```'))
    assert (done.returncode, done.stdout) == (0, "good day\n")


def test_json_holds_the_turns(ptc, orders, scripted):
    done = ptc("run", "Total?", *orders, *scripted("```clojure\n(+ 1 nil)\n```", GOOD), "--json")
    outcome = json.loads(done.stdout)
    assert done.stderr == ""
    assert outcome["ok"] is True
    assert outcome["value"] == {"total": 6.5}
    assert [turn["ok"] for turn in outcome["turns"]] == [False, True]
    assert outcome["turns"][0]["error"]["kind"] == "type_error"
    assert outcome["usage"]["turns"] == 2


@pytest.mark.parametrize(
    "reply",
    [
        "I would rather talk about the weather.",
        "```clojure\n(loop [] (recur))\n```",
        '```clojure\n(loop [s "x"] (recur (str s s s s)))\n```',
        "```clojure\n(tool/none {})\n```",
        '```clojure\n(fail "no such data")\n```',
    ],
)
def test_what_a_model_can_do_wrong_ends_with_1(ptc, scripted, reply):
    done = ptc("run", "Total?", *scripted(reply), "--max-turns", "1", "--timeout-ms", "2000")
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_progress_says_why_an_answer_was_not_taken(ptc, scripted):
    done = ptc("run", "Total?", *scripted("Six?", '(return "six")', "(return 6)"), "--signature", ":int")
    assert (done.returncode, done.stdout) == (0, "6\n")
    said = [line for line in done.stderr.splitlines() if "replied" not in line and "ran" not in line]
    assert said == [
        "turn 1: the reply holds no program",
        'turn 2: the answer does not have the type int: return: expected int, got string "six"',
    ]


def test_a_script_that_is_too_short_is_the_hosts_trouble(ptc, scripted):
    done = ptc("run", "Total?", *scripted("```clojure\n(println 1)\n```"))
    assert done.returncode == 3
    assert "llm_error" in done.stderr


def test_a_trace_holds_every_event_and_no_payload(ptc, orders, scripted, tmp_path):
    assert ptc("run", "Total?", *orders, *scripted(GOOD), "--trace", "out.jsonl").returncode == 0
    text = (tmp_path / "out.jsonl").read_text()
    events = [json.loads(line)["event"] for line in text.splitlines()]
    assert (events[0], events[1]) == ("trace.started", "run.started")
    assert (events[-2], events[-1]) == ("run.finished", "trace.stopped")
    assert "sum-by" not in text
    ptc("run", "Total?", *orders, *scripted(GOOD), "--trace", "full.jsonl", "--trace-payloads")
    assert "sum-by" in (tmp_path / "full.payloads.jsonl").read_text()


def test_a_trace_that_cannot_be_written(ptc, scripted):
    done = ptc("run", "Total?", *scripted(GOOD), "--trace", "no/such/folder/out.jsonl")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_a_recording_is_replayed(ptc, orders, tmp_path):
    recorder = RecordingLLM(ScriptedLLM([GOOD]), tmp_path / "r.jsonl")
    context = load_data([f"orders={tmp_path / 'orders.csv'}"])
    assert SubAgent(max_turns=5).run("Total?", llm=recorder, context=context).ok
    done = ptc("run", "Total?", *orders, "--llm", "replay:r.jsonl")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"total": 6.5}), done.stderr
    changed = ptc("run", "Sum?", *orders, "--llm", "replay:r.jsonl")
    assert changed.returncode == 3
    assert "differs" in changed.stderr


def test_a_model_over_http(ptc_process, orders):
    with serve([Failure(429, headers={"Retry-After": "0"}), Reply(GOOD)]) as server:
        done = ptc_process(
            "run", "Total?", *orders, "--llm", "openai/local-model", "--api-base", server.url, "--json", timeout=120
        )  # fmt: skip
        outcome = json.loads(done.stdout)
        assert done.returncode == 0, done.stderr
        assert outcome["value"] == {"total": 6.5}
        assert outcome["usage"]["input_tokens"] == 11
        assert "Total?" in json.dumps(server.requests[-1])


def test_no_server_is_the_hosts_trouble(ptc):
    done = ptc(
        "run", "Total?", "--llm", "openai/local-model", "--api-base", "http://127.0.0.1:9/v1", timeout=120
    )
    assert done.returncode == 3
    assert "llm_error" in done.stderr
    assert "Traceback" not in done.stderr
