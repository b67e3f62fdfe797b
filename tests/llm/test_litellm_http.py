"""LiteLLM against a real HTTP server on loopback."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from openai_server import Failure, Raw, Reply, Slow, serve

from subagent import SubAgent
from subagent.llm import LiteLLM, LLMError, LLMErrorKind, LLMRequest, Message, RetryingLLM, RetryPolicy

REQUEST = LLMRequest(system="be brief", messages=(Message("user", "hi"),), options={"temperature": 0})


def ask(server, *, retry=None, **options):
    llm = LiteLLM("openai/tiny", api_base=server.url, api_key="test", **options)
    model = RetryingLLM(llm, retry) if retry else llm
    return anyio.run(model.complete, REQUEST)


def failure(server, **options):
    with pytest.raises(LLMError) as caught:
        ask(server, **options)
    return caught.value


@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_is_the_same_streamed_or_not(stream):
    with serve([Reply("(return 42) ; and some more text", finish_reason="length")]) as server:
        response = ask(server, stream=stream)
    assert response.content == "(return 42) ; and some more text"
    assert response.finish_reason == "length"
    assert (response.usage.input_tokens, response.usage.output_tokens) == (11, 7)
    assert response.attempts == 1
    sent = server.requests[0]
    assert sent["messages"] == [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]
    assert sent["temperature"] == 0
    assert bool(sent.get("stream")) is stream


def test_two_loops_one_after_another_can_use_the_same_model():
    with serve([Reply("one"), Reply("two")]) as server:
        assert [ask(server).content, ask(server).content] == ["one", "two"]


FIRST_CALL = """
import asyncio, sys, threading

from subagent import LiteLLM, SubAgent

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "litellm":
            print("loop" if threading.current_thread() is threading.main_thread() else "thread")

async def main():
    agent = SubAgent(llm=LiteLLM("openai/tiny", api_base=sys.argv[1], api_key="test"))
    print([step.value for step in await asyncio.gather(agent.arun("go"), agent.arun("go"))])

sys.meta_path.insert(0, Watch())
asyncio.run(main())
"""


def test_the_first_call_does_not_hold_up_the_event_loop_with_the_import_of_litellm():
    with serve([Reply("(return 7)")]) as server:
        command = [sys.executable, "-c", FIRST_CALL, server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split("\n")[:2] == ["thread", "[7, 7]"]


@pytest.mark.parametrize("how", ["blocking", "blocking in a loop", "a loop each"])
def test_runs_leave_no_connection_open(how):
    def open_files():
        return len(list(Path("/proc/self/fd").iterdir()))

    async def within_a_loop():
        return agent.run("go").value

    ways = {
        "blocking": lambda: agent.run("go").value,
        "blocking in a loop": lambda: asyncio.run(within_a_loop()),
        "a loop each": lambda: asyncio.run(agent.arun("go")).value,
    }

    with serve([Reply("```clojure\n(return 42)\n```")]) as server:
        agent = SubAgent(llm=LiteLLM("openai/tiny", api_base=server.url, api_key="test"))
        assert agent.run("go").value == 42  # loads litellm, starts the sandbox
        before = open_files()
        for _ in range(8):
            assert ways[how]() == 42
        assert open_files() < before + 8  # the server closes its side in its own time


def test_429_is_retried_after_the_time_the_server_names_and_attempts_are_counted():
    script = [
        Failure(429, headers={"Retry-After": "0"}),
        Failure(429, headers={"Retry-After": "0.05"}),
        Reply("ok"),
    ]
    with serve(script) as server:
        response = ask(server, retry=RetryPolicy(max_attempts=3, base_delay_ms=60_000, max_delay_ms=60_000))
    assert (response.content, response.attempts, len(server.requests)) == ("ok", 3, 3)


def test_a_retry_after_beyond_the_longest_wait_ends_the_call():
    with serve([Failure(429, headers={"Retry-After": "3600"})]) as server:
        error = failure(server, retry=RetryPolicy(max_attempts=5))
    assert (error.kind, error.retry_after_s, error.attempts) == (LLMErrorKind.RATE_LIMIT, 3600, 1)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_is_retried_and_then_reported_with_its_status(status):
    with serve([Failure(status, "boom")]) as server:
        error = failure(server, retry=RetryPolicy(max_attempts=2, base_delay_ms=1))
    assert (error.kind, error.status, error.attempts) == (LLMErrorKind.SERVER, status, 2)
    assert "boom" in error.message
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "status,code,kind",
    [
        (400, None, LLMErrorKind.BAD_REQUEST),
        (400, "context_length_exceeded", LLMErrorKind.CONTEXT_WINDOW),
        (401, None, LLMErrorKind.AUTHENTICATION),
        (403, None, LLMErrorKind.AUTHENTICATION),
        (413, None, LLMErrorKind.CONTEXT_WINDOW),
        (418, None, LLMErrorKind.BAD_REQUEST),
        (404, None, LLMErrorKind.NOT_FOUND),
    ],
)
def test_what_the_caller_must_mend_is_not_retried(status, code, kind):
    message = "maximum context length is 4096 tokens" if code else "no"
    with serve([Failure(status, message, code)]) as server:
        error = failure(server, retry=RetryPolicy(max_attempts=3, base_delay_ms=1))
    assert error.kind is kind
    assert error.hint
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"{not json", b'{"foo": 1}', b"<html>hello</html>"])
def test_a_reply_that_cannot_be_read_says_so_and_is_retried(body):
    with serve([Raw(body), Reply("ok")]) as server:
        response = ask(server, retry=RetryPolicy(max_attempts=2, base_delay_ms=1))
        assert (response.content, response.attempts) == ("ok", 2)
    with serve([Raw(body)]) as server:
        error = failure(server)
    assert error.kind is LLMErrorKind.MALFORMED
    assert "/v1" in (error.hint or "")


@pytest.mark.parametrize("stream", [False, True])
def test_a_body_that_never_ends_is_a_timeout(stream):
    with serve([Slow()]) as server:
        error = failure(server, timeout_ms=200, stream=stream)
    assert error.kind is LLMErrorKind.TIMEOUT
    assert "200 ms" in error.message


def test_a_refused_connection_names_the_url():
    with serve([Reply("x")]) as server:
        url = server.url
    with pytest.raises(LLMError) as caught:
        anyio.run(LiteLLM("openai/tiny", api_base=url).complete, REQUEST)
    assert caught.value.kind is LLMErrorKind.CONNECTION
    assert url in caught.value.message


@pytest.mark.real_llm  # nothing leaves this machine: the client refuses, or asks a server on loopback
def test_a_missing_key_names_the_variable(monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(LLMError) as caught:
        anyio.run(LiteLLM("anthropic/claude-sonnet-4-5").complete, REQUEST)
    assert caught.value.kind is LLMErrorKind.AUTHENTICATION
    assert "ANTHROPIC_API_KEY" in caught.value.message
    assert caught.value.to_fault().actor == "user"


def vectors(*numbers, count=None):
    rows = [
        {"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(numbers)
    ]
    used = {"prompt_tokens": 5, "total_tokens": 5}
    body = {"object": "list", "model": "tiny-embed", "data": rows[::-1][:count], "usage": used}
    return Raw(json.dumps(body).encode())


def test_texts_become_vectors():
    with serve([vectors([0.5, 1.0], [2.0, 3.0]), vectors([1.0], count=0), Failure(401)]) as server:
        llm = LiteLLM("openai/tiny-embed", api_base=server.url, api_key="test")
        found = anyio.run(llm.embed, ["a", "b"])
        assert (found.vectors, found.usage.input_tokens) == (((0.5, 1.0), (2.0, 3.0)), 5)
        assert server.requests[0]["input"] == ["a", "b"]
        with pytest.raises(LLMError) as caught:
            anyio.run(llm.embed, ["a"])
        assert caught.value.kind is LLMErrorKind.MALFORMED
        with pytest.raises(LLMError) as caught:
            anyio.run(llm.embed, ["a"])
        assert caught.value.kind is LLMErrorKind.AUTHENTICATION


def test_a_model_says_which_keys_are_missing(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert LiteLLM("openai/gpt-4.1-mini").missing_keys() == ("OPENAI_API_KEY",)
    assert LiteLLM("openai/gpt-4.1-mini", api_key="x").missing_keys() == ()
    assert LiteLLM("openai/tiny", api_base="http://127.0.0.1:1").missing_keys() == ()
