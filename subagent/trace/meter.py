"""What a recorded run would have cost as JSON tool calls, where every result travels through the model.

Assumptions, printed with every figure: each request carries the tools' schemas, the task, the data and all calls and results
so far; the model needs no extra turns and makes the same calls. `one_by_one` is a model that makes one call per request;
`batched` one that makes all calls of a program in one request, the best that parallel tool calls can do. Prompt caching,
which lowers the price of repeated input and not its amount, is not considered.
"""

from __future__ import annotations

from typing import Any

import msgspec

from subagent.trace.reading import Record, Trace, payload_of
from subagent.trace.tokens import Tokenizer, tokenizer
from subagent.wording import json_text

_CALL_OVERHEAD = 12
"""Tokens that name, id and framing of one call and its result take in common chat formats."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Requests to the model, and the tokens that they carry in and out."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def total(self) -> int:
        """Tokens in and out together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Cost) -> Cost:
        """The sum of two costs."""
        return Cost(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


class Metered(msgspec.Struct, frozen=True, kw_only=True):
    """A trace's actual cost, and its cost as JSON tool calls. `calls` counts tool calls; `schema_tokens`, `data_tokens` and
    `result_tokens` are the parts that JSON tool calls send, each counted once. `exact`: the trace has payloads, so nothing
    had to be estimated from sizes."""

    tokenizer: str
    exact: bool
    actual: Cost
    one_by_one: Cost
    batched: Cost
    calls: int
    schema_tokens: int
    data_tokens: int
    result_tokens: int

    def text(self) -> str:
        """The figures in words, with the assumptions."""
        lines = [
            f"as programs:               {_row(self.actual)}",
            f"as JSON calls, batched:    {_row(self.batched)}{_times(self.batched, self.actual)}",
            f"as JSON calls, one by one: {_row(self.one_by_one)}{_times(self.one_by_one, self.actual)}",
            (
                f"  counted: {self.calls} calls, schemas {self.schema_tokens:,}, data {self.data_tokens:,}, results "
                f"{self.result_tokens:,} tokens ({self.tokenizer})"
            ),
            (
                "  assumed: same calls, no extra turns; every request carries schemas, task, data and all results so far; no "
                "prompt caching"
            ),
        ]
        if not self.exact:
            lines.append(
                "  the trace has no payloads: data is left out, results are counted up to their recorded sizes"
            )
        return "\n".join(lines)


def meter(trace: Trace, counter: Tokenizer | None = None) -> Metered:
    """Counts a trace, all its runs together."""
    count = counter or tokenizer()
    runs: dict[str, list[Record]] = {}
    for record in trace.records:
        runs.setdefault(record["run_id"], []).append(record)
    parts = [_run(records, count) for records in runs.values()]
    total = Cost()
    return Metered(
        tokenizer=count.name,
        exact=trace.has_payloads,
        actual=sum((part.actual for part in parts), total),
        one_by_one=sum((part.one_by_one for part in parts), total),
        batched=sum((part.batched for part in parts), total),
        calls=sum(part.calls for part in parts),
        schema_tokens=sum(part.schema_tokens for part in parts),
        data_tokens=sum(part.data_tokens for part in parts),
        result_tokens=sum(part.result_tokens for part in parts),
    )


def _run(records: list[Record], count: Tokenizer) -> Metered:
    started = next((r for r in records if r["event"] == "run.started"), {})
    finished = next((r for r in reversed(records) if r["event"] == "run.finished"), {})
    schema = count.count(_json(payload_of(started, "tools", [])))
    data = count.count(_json(payload_of(started, "context", {}) or {}))
    task = count.count(str(payload_of(started, "task", "")))
    answer = count.count(_json(payload_of(finished, "value")))
    programs = _calls_by_program(records, count)
    calls = [call for program in programs for call in program]
    base = schema + data + task
    return Metered(
        tokenizer=count.name,
        exact=True,
        actual=_actual(records),
        one_by_one=_classical(base, [[call] for call in calls], answer),
        batched=_classical(base, programs, answer),
        calls=len(calls),
        schema_tokens=schema,
        data_tokens=data,
        result_tokens=sum(result for _, result in calls),
    )


def _actual(records: list[Record]) -> Cost:
    replies = [r for r in records if r["event"] == "model.finished"]
    return Cost(
        requests=sum(r.get("attempts", 1) for r in replies),
        input_tokens=sum(r.get("input_tokens", 0) for r in replies),
        output_tokens=sum(r.get("output_tokens", 0) for r in replies),
    )


def _calls_by_program(records: list[Record], count: Tokenizer) -> list[list[tuple[int, int]]]:
    """Tokens of arguments and result of each call, by the program that made it."""
    asked: dict[str, int] = {}
    groups: dict[str | None, list[tuple[int, int]]] = {}
    for record in records:
        if record["event"] == "tool.started":
            asked[record["span_id"]] = _size(record, "args", count)
        elif record["event"] == "tool.finished" and not record.get("cached"):
            pair = (asked.get(record["span_id"], 0) + _CALL_OVERHEAD, _size(record, "value", count))
            groups.setdefault(record.get("parent_span_id"), []).append(pair)
    return list(groups.values())


def _size(record: Record, field: str, count: Tokenizer) -> int:
    payload = record.get("payload") or {}
    if field in payload:
        return count.count(_json(payload[field]))
    return (record.get("result_chars", 0) + 3) // 4 if field == "value" else 0


def _classical(base: int, requests: list[list[tuple[int, int]]], answer: int) -> Cost:
    sent = history = said = 0
    for calls in requests:
        sent += base + history
        said += sum(args for args, _ in calls)
        history += sum(args + result for args, result in calls)
    return Cost(requests=len(requests) + 1, input_tokens=sent + base + history, output_tokens=said + answer)


def _json(value: Any) -> str:
    return json_text(value)


def _row(cost: Cost) -> str:
    return f"{cost.requests:>5,} requests, {cost.input_tokens:>12,} tokens in, {cost.output_tokens:>8,} out"


def _times(cost: Cost, actual: Cost) -> str:
    return f"  ({cost.total / actual.total:.1f}x)" if actual.total else ""
