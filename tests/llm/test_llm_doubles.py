"""Functions as models, scripted and replayed models, retries."""

import json
import threading

import anyio
import anyio.to_thread
import pytest

from subagent.llm import (
    LLMError,
    LLMErrorKind,
    LLMRequest,
    LLMResponse,
    Message,
    RecordingLLM,
    ReplayLLM,
    RetryingLLM,
    RetryPolicy,
    ScriptedLLM,
    TokenUsage,
    request_key,
    resolve,
)


def request(text="hi", system="sys", **options):
    return LLMRequest(system=system, messages=(Message("user", text),), options=options)


def ask(llm, asked=None):
    return anyio.run(resolve(llm).complete, asked or request())


async def async_reply(asked):
    return f"async {asked.messages[-1].content}"


class AsyncCallable:
    async def __call__(self, asked):
        return {"content": asked["system"], "tokens": {"input": 3, "output": 4}}


class Model:
    model = "mine"

    async def complete(self, asked):
        return LLMResponse(asked.get("system"))


def test_functions_that_wait_for_each_other_are_all_called():
    """However many threads the host leaves to anyio."""
    met = threading.Barrier(3, timeout=10)

    async def main():
        anyio.to_thread.current_default_thread_limiter().total_tokens = 1
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(resolve(lambda _: f"{met.wait() * 0}").complete, request())

    anyio.run(main)
    assert not met.broken


@pytest.mark.parametrize(
    "llm,content",
    [
        (lambda asked: f"sync {asked.system}", "sync sys"),
        (async_reply, "async hi"),
        (AsyncCallable(), "sys"),
        (Model(), "sys"),
        (lambda asked: async_reply(asked), "async hi"),  # noqa: PLW0108 - a sync function that gives an awaitable
        (lambda asked: {"choices": [{"message": {"content": "c"}, "finish_reason": "stop"}]}, "c"),
    ],
)
def test_every_accepted_shape_of_a_model(llm, content):
    assert ask(llm).content == content


def test_tokens_of_a_mapping_are_counted():
    assert ask(AsyncCallable()).usage == TokenUsage(3, 4)


@pytest.mark.parametrize("llm", [None, 5, Model])
def test_what_is_no_model_is_refused_with_an_example(llm):
    with pytest.raises(TypeError, match="llm must be"):
        resolve(llm)


@pytest.mark.parametrize("value", [None, 7, {"text": "x"}])
def test_a_function_that_returns_no_reply_is_told_so(value):
    with pytest.raises(LLMError, match="is no reply") as caught:
        ask(lambda _: value)
    assert not caught.value.retryable


def test_a_function_that_raises_is_named():
    def broken(_):
        raise ZeroDivisionError("by zero")

    with pytest.raises(LLMError, match=r"broken raised ZeroDivisionError: by zero") as caught:
        ask(broken)
    assert caught.value.kind is LLMErrorKind.RAISED


def test_scripted_replies_come_in_order_and_then_run_out():
    llm = ScriptedLLM(
        ["a", {"content": "b"}, lambda asked: asked.messages[0].content, async_reply, ValueError("no")]
    )
    assert [ask(llm).content for _ in range(4)] == ["a", "b", "hi", "async hi"]
    with pytest.raises(ValueError, match="no"):
        ask(llm)
    with pytest.raises(LLMError, match="5 replies, and this is request 6"):
        ask(llm)
    assert len(llm.requests) == 6


def test_a_recording_replays_in_order_and_repeats_its_last_reply(tmp_path):
    path = tmp_path / "calls.jsonl"
    recording = RecordingLLM(ScriptedLLM(["one", "two", "three"]), path)
    for text in ("a", "a", "b"):
        ask(recording, request(text, temperature=0, api_key="secret"))
    assert "secret" not in path.read_text()
    replay = ReplayLLM(path)
    texts = [ask(replay, request(text, temperature=0)).content for text in ("b", "a", "a", "a")]
    assert texts == ["three", "one", "two", "two"]


@pytest.mark.parametrize(
    "asked,words",
    [
        (
            request("count the cats"),
            "message 1 (user) differs from character 11: recorded 'count the dogs', now",
        ),
        (
            request("count the dogs", system="other"),
            "the system prompt differs from character 1: recorded 'sys'",
        ),
        (request("count the dogs", temperature=1), "its options are {'temperature': 1}, recorded were {}"),
    ],
)
def test_a_replay_miss_names_what_changed(tmp_path, asked, words):
    path = tmp_path / "calls.jsonl"
    ask(RecordingLLM(lambda _: "x", path), request("count the dogs"))
    with pytest.raises(LLMError) as caught:
        ask(ReplayLLM(path), asked)
    assert caught.value.kind is LLMErrorKind.REPLAY_MISS
    assert words in caught.value.message


def test_a_replay_miss_on_a_longer_conversation_counts_messages(tmp_path):
    path = tmp_path / "calls.jsonl"
    ask(RecordingLLM(lambda _: "x", path))
    longer = LLMRequest(system="sys", messages=(Message("user", "hi"), Message("assistant", "x")))
    with pytest.raises(LLMError, match="it has 2 messages, the nearest recorded one 1"):
        ask(ReplayLLM(path), longer)


def test_a_broken_recording_names_file_and_line(tmp_path):
    path = tmp_path / "calls.jsonl"
    with pytest.raises(ValueError, match=r"calls\.jsonl: No such file"):
        ReplayLLM(path)
    ask(RecordingLLM(lambda _: "x", path))
    path.write_text(path.read_text() + "{oops\n")
    with pytest.raises(ValueError, match=r"calls\.jsonl, line 2 is not a recorded call"):
        ReplayLLM(path)
    entry = json.loads(path.read_text().splitlines()[0]) | {"v": 99}
    path.write_text(json.dumps(entry))
    with pytest.raises(ValueError, match="version 99"):
        ReplayLLM(path)


def test_the_key_of_a_request_ignores_where_it_is_asked():
    here = request(api_base="http://a", api_key="k", temperature=0)
    there = LLMRequest(
        system="sys", messages=(Message("user", "hi"),), options={"temperature": 0}, turn=3, agent="x"
    )
    assert request_key(here) == request_key(there)
    assert request_key(request("hi", temperature=1)) != request_key(here)


def rate_limited():
    return LLMError(LLMErrorKind.RATE_LIMIT, "slow down", status=429)


@pytest.mark.parametrize("attempts,succeeds", [(3, True), (2, False)])
def test_row_71_two_rate_limits_need_three_attempts(attempts, succeeds):
    llm = ScriptedLLM([rate_limited(), rate_limited(), "ok"])
    retrying = RetryingLLM(llm, RetryPolicy(max_attempts=attempts, base_delay_ms=1))
    if succeeds:
        assert ask(retrying) == LLMResponse("ok", attempts=3)
    else:
        with pytest.raises(LLMError) as caught:
            ask(retrying)
        assert caught.value.to_fault().details == {"error": "rate_limit", "attempts": 2, "status": 429}


def test_row_71_a_bad_request_is_not_retried():
    llm = ScriptedLLM([LLMError(LLMErrorKind.BAD_REQUEST, "no", status=400), "ok"])
    with pytest.raises(LLMError):
        ask(RetryingLLM(llm, RetryPolicy(base_delay_ms=1)))
    assert len(llm.requests) == 1


def test_waits_grow_are_bounded_and_never_shorter_than_half():
    policy = RetryPolicy(max_attempts=10, base_delay_ms=100, max_delay_ms=300)
    for attempt, full in [(1, 0.1), (2, 0.2), (3, 0.3), (9, 0.3)]:
        delay = policy.delay_s(attempt, rate_limited())
        assert delay is not None
        assert full / 2 <= delay <= full
    assert (
        len({policy.delay_s(2, rate_limited()) for _ in range(20)}) > 1
    )  # or all callers would come back at once


@pytest.mark.parametrize("field,value", [("max_attempts", 0), ("base_delay_ms", -1), ("max_delay_ms", -1)])
def test_a_retry_policy_checks_its_fields(field, value):
    with pytest.raises(ValueError, match=field):
        RetryPolicy(**{field: value})
