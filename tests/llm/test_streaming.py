# pyright: basic
"""Replies that are followed piece by piece: scripted, from functions, and over loopback HTTP."""

import sys
from pathlib import Path

import anyio
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from openai_server import Failure, Reply, serve

from subagent.llm import (
    Constraint,
    Delta,
    FallbackLLM,
    LiteLLM,
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
    ask,
    resolve,
)

REQUEST = LLMRequest(system="be brief", messages=(Message("user", "hi"),))


def follow(llm, request=REQUEST):
    """The response, and the deltas in their order."""
    deltas = []
    response = anyio.run(ask, resolve(llm), request, deltas.append)
    return response, deltas


def texts(deltas, kind="text"):
    return "".join(delta.text for delta in deltas if delta.kind == kind)


def served(script, request=REQUEST, **options):
    with serve(script) as server:
        llm = LiteLLM("openai/tiny", api_base=server.url, api_key="test", **options)
        response, deltas = follow(llm, request)
    return response, deltas, server.requests


def test_a_served_reply_comes_in_pieces_and_is_counted_like_a_whole_one():
    response, deltas, (sent,) = served([Reply("one two three four", finish_reason="length")])
    assert sent["stream"] is True
    assert len(deltas) > 2
    assert texts(deltas) == response.content == "one two three four"
    assert (response.usage.input_tokens, response.usage.output_tokens) == (11, 7)
    assert response.finish_reason == "length"


def test_reasoning_and_text_are_told_apart():
    response, deltas, _ = served([Reply("42", reasoning="six times seven")])
    assert texts(deltas, "reasoning") == response.reasoning == "six times seven"
    assert texts(deltas) == "42"


def test_streamed_tool_calls_are_put_together():
    calls = [("a1", "search", '{"text": "cats"}'), ("a2", "lisp_eval", '{"program": "(+ 1 2)"}')]
    response, deltas, _ = served([Reply("", tool_calls=calls, finish_reason="tool_calls")])
    assert [(call.id, call.name, call.args) for call in response.tool_calls] == [
        ("a1", "search", {"text": "cats"}),
        ("a2", "lisp_eval", {"program": "(+ 1 2)"}),
    ]
    pieces = [delta for delta in deltas if delta.kind == "tool_args"]
    for index, (_, name, arguments) in enumerate(calls):
        mine = [piece for piece in pieces if piece.index == index]
        assert mine[0].name == name
        assert "".join(piece.text for piece in mine) == arguments


def test_what_cannot_be_streamed_comes_whole():
    grammar = Constraint("lark").grammar([], [])
    with serve([Reply("whole")]) as server:
        llm = LiteLLM("openai/tiny", api_base=server.url, api_key="test")
        constrained = LLMRequest(system="", messages=REQUEST.messages, constraint=grammar)
        response, deltas = follow(llm, constrained)
    assert "stream" not in server.requests[0]
    assert deltas == [Delta("whole")]
    assert response.content == "whole"


def test_a_model_without_stream_gives_one_piece():
    response, deltas = follow(lambda _: "all of it")
    assert (response.content, deltas) == ("all of it", [Delta("all of it")])


def test_row_74_pieces_come_in_order():
    _, deltas = follow(ScriptedLLM(["abcdefgh"], piece_chars=3))
    assert deltas == [Delta("abc"), Delta("def"), Delta("gh")]


def test_row_74_a_callback_that_raises_does_not_harm_the_call(caplog):
    seen = []

    def callback(delta):
        seen.append(delta.text)
        raise ZeroDivisionError

    response = anyio.run(ask, ScriptedLLM(["abcdef"], piece_chars=2), REQUEST, callback)
    assert (response.content, seen) == ("abcdef", ["ab"])
    assert "a streaming callback raised" in caplog.text


def handing(request, on_delta):
    on_delta("a")
    on_delta(Delta("b", "reasoning"))
    return {"content": "a", "tokens": {"output": 5}}


async def generating(request):
    yield "x"
    yield Delta("why", "reasoning")
    yield "y"


async def generating_response(request):
    yield "x"
    yield LLMResponse("xyz", model="m")


@pytest.mark.parametrize(
    "function,content,pieces",
    [
        (handing, "a", [Delta("a"), Delta("b", "reasoning")]),
        (generating, "xy", [Delta("x"), Delta("why", "reasoning"), Delta("y")]),
        (generating_response, "xyz", [Delta("x")]),
    ],
)
def test_functions_can_stream(function, content, pieces):
    response, deltas = follow(function)
    assert (response.content, deltas) == (content, pieces)
    assert anyio.run(resolve(function).complete, REQUEST).content == content


def breaks_off(request, on_delta):
    on_delta("half a ")
    raise LLMError(LLMErrorKind.CONNECTION, "gone")


def test_a_reply_that_began_is_not_asked_for_again():
    tries = []

    def counted(request, on_delta):
        tries.append(1)
        return breaks_off(request, on_delta)

    with pytest.raises(LLMError, match="gone"):
        follow(RetryingLLM(resolve(counted), RetryPolicy(base_delay_ms=1)))
    with pytest.raises(LLMError, match="gone"):
        follow(FallbackLLM([resolve(counted), ScriptedLLM(["other"])]))
    assert len(tries) == 2


def test_a_call_that_failed_before_its_first_piece_is_retried():
    with serve([Failure(503), Reply("ok")]) as server:
        llm = RetryingLLM(
            LiteLLM("openai/tiny", api_base=server.url, api_key="test"), RetryPolicy(base_delay_ms=1)
        )
        response, deltas = follow(llm)
    assert (response.content, response.attempts, texts(deltas)) == ("ok", 2, "ok")


def test_a_recording_passes_pieces_on_and_replays_whole(tmp_path):
    path = tmp_path / "calls.jsonl"
    response, deltas = follow(RecordingLLM(ScriptedLLM(["abcdef"], piece_chars=4), path))
    assert (response.content, len(deltas)) == ("abcdef", 2)
    assert follow(ReplayLLM(path)) == (response, [Delta("abcdef")])
