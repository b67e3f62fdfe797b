"""The demo runs every question on the real tables in the sandbox, without a model and without a key."""

from __future__ import annotations

import json

from subagent.demo.questions import QUESTIONS
from subagent.demo.replies import FOLDER, load_replies


def test_every_question_is_answered_correctly(ptc):
    done = ptc("demo", "--json", timeout=120)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [report["question"] for report in reports] == [question.name for question in QUESTIONS]
    assert [report["question"] for report in reports if not report["correct"]] == [], done.stderr
    assert done.returncode == 0
    assert all(report["data_tokens"] > 1_000_000 for report in reports)


def test_a_person_sees_question_program_tool_calls_answer_and_cost(ptc_process):
    done = ptc_process("demo", "top-destinations")
    assert done.returncode == 0, done.stderr
    for part in (
        "Which five destinations",
        "tool/airport",
        "ATL",
        "the same as the answer",
        "tokens in a prompt",
    ):
        assert part in done.stdout
    assert "\x1b" not in done.stdout


def test_list(ptc):
    listed = ptc("demo", "--list").stdout
    assert all(question.name in listed for question in QUESTIONS)


def test_every_reply_says_where_it_comes_from():
    for question in QUESTIONS:
        for reply in load_replies(FOLDER / f"{question.name}.jsonl"):
            assert reply.content.strip()
            assert reply.model.strip()
            assert reply.origin == "scripted" or len(reply.key) == 64


def test_a_live_model_is_recorded(ptc, tmp_path):
    replies = load_replies(FOLDER / "wind.jsonl")
    (tmp_path / "replies.json").write_text(json.dumps([reply.content for reply in replies]))
    done = ptc("demo", "wind", "--llm", "scripted:replies.json", "--record", "made")
    assert done.returncode == 0, done.stderr
    made = load_replies(tmp_path / "made" / "wind.jsonl")
    assert [reply.content for reply in made] == [reply.content for reply in replies]
    assert {(reply.origin, len(reply.key)) for reply in made} == {("recorded", 64)}
