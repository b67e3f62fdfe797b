"""The report as text, and the token meter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from report_samples import bare_trace, nested_trace

from subagent.trace import load
from subagent.trace.meter import Cost, meter
from subagent.trace.report import html_report
from subagent.trace.tokens import Tokenizer, tokenizer

LETTERS = Tokenizer("characters", len)


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nested_trace(tmp_path_factory.mktemp("nested"))


def test_the_page_is_one_file_whose_data_cannot_end_its_element(nested: Path) -> None:
    page = html_report(load(nested), title='a <b> & "c"')
    assert '<title>a &lt;b&gt; &amp; "c"</title>' in page
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    assert len(json.loads(data[1])["records"]) == len(load(nested).records)
    assert not re.search(r'(src|href)="?https?:', page)
    assert "%%" not in page.replace(data[1], "")


def test_the_meter_sends_everything_again_with_each_request(nested: Path) -> None:
    measured = meter(load(nested), LETTERS)
    assert measured.calls == 12
    assert measured.exact
    assert measured.actual.requests == 7
    assert measured.one_by_one.requests == 12 + 4  # one more in each of four runs, for the answer
    assert measured.batched.requests == 4 + 4
    assert measured.one_by_one.output_tokens == measured.batched.output_tokens
    assert measured.one_by_one.input_tokens > measured.batched.input_tokens > measured.data_tokens


def test_the_meters_sum_by_hand(tmp_path: Path) -> None:
    lines = [
        {"event": "run.started", "seq": 1, "payload": {"task": "abcd", "tools": [], "context": {}}},
        {"event": "tool.started", "seq": 2, "span_id": "a", "payload": {"args": {}}},
        {
            "event": "tool.finished",
            "seq": 3,
            "span_id": "a",
            "parent_span_id": "p",
            "payload": {"value": "12345678"},
        },
        {"event": "tool.started", "seq": 4, "span_id": "b", "payload": {"args": {}}},
        {"event": "tool.finished", "seq": 5, "span_id": "b", "parent_span_id": "p", "payload": {"value": 1}},
        {"event": "run.finished", "seq": 6, "payload": {"value": 9}},
    ]
    head = {"v": 1, "at": 1.0, "run_id": "r", "trace_id": "r"}
    path = tmp_path / "t.jsonl"
    path.write_text(
        "".join(
            json.dumps({**head, **{k: v for k, v in line.items() if k != "payload"}}) + "\n" for line in lines
        )
    )
    trace = load(path)
    for record, line in zip(trace.records, lines, strict=True):
        record["payload"] = line["payload"]
    measured = meter(trace, LETTERS)
    base = 2 + 2 + 4  # "[]", "{}", "abcd"
    first, second = 2 + 12 + 10, 2 + 12 + 1
    assert measured.one_by_one == Cost(
        requests=3, input_tokens=base + (base + first) + (base + first + second), output_tokens=14 + 14 + 1
    )
    assert measured.batched == Cost(
        requests=2, input_tokens=base + (base + first + second), output_tokens=14 + 14 + 1
    )


def test_without_payloads_the_meter_says_what_it_lacks(tmp_path: Path) -> None:
    measured = meter(load(bare_trace(tmp_path)), LETTERS)
    assert not measured.exact
    assert "no payloads" in measured.text()


def test_tokens_are_counted_by_a_real_table_without_a_network() -> None:
    found = tokenizer()
    assert found.name == "cl100k_base"
    assert found.count("hello world") == 2
    assert 200_000 <= found.count("hello world " * 100_000) <= 210_000
