# pyright: basic
"""Native tool calls, structured output and cache marks on the wire."""

import json
import sys
from pathlib import Path

import anyio
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from openai_server import Raw, Reply, serve

from subagent.llm import (
    LiteLLM,
    LLMRequest,
    Message,
    NativeToolCall,
    RecordingLLM,
    ReplayLLM,
    ScriptedLLM,
    request_key,
    resolve,
)

SEARCH = {
    "type": "function",
    "function": {"name": "search", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}},
}
CALL = NativeToolCall("c1", "search", {"q": "cats"})
TALK = (
    Message("user", "find cats"),
    Message("assistant", "", (CALL,)),
    Message("tool", '["tom"]', tool_call_id="c1"),
)
SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}


def ask(script, request, model="openai/tiny", path="", **options):
    with serve(script) as server:
        base = server.url.removesuffix("/v1") if path == "bare" else server.url
        llm = LiteLLM(model, api_base=base, api_key="test", **options)
        return anyio.run(llm.complete, request), server.requests[0]


def request(**fields):
    return LLMRequest(**{"system": "sys", "messages": TALK[:1], **fields})


def test_tools_and_their_conversation_reach_the_server():
    _, sent = ask([Reply("done")], request(messages=TALK, tools=(SEARCH,)))
    assert sent["tools"] == [SEARCH]
    function = {"name": "search", "arguments": '{"q":"cats"}'}
    assert sent["messages"][2] == {
        "role": "assistant",
        "tool_calls": [{"id": "c1", "type": "function", "function": function}],
    }
    assert sent["messages"][3] == {"role": "tool", "content": '["tom"]', "tool_call_id": "c1"}


@pytest.mark.parametrize(
    "arguments,args,problem",
    [
        ('{"q": "cats", "n": 2}', {"q": "cats", "n": 2}, None),
        ("", {}, None),
        ('{"q": ', {}, "not valid JSON"),
        ('["cats"]', {}, "must be a JSON object"),
    ],
)
def test_arguments_are_read_or_what_is_wrong_is_told(arguments, args, problem):
    response, _ = ask([Reply("", tool_calls=[("c9", "search", arguments)])], request(tools=(SEARCH,)))
    (call,) = response.tool_calls
    assert (call.id, call.name, call.args) == ("c9", "search", args)
    assert (call.args_error is None) is (problem is None)
    assert (problem or "") in (call.args_error or "")


def test_calls_without_an_id_get_one():
    calls = [{"name": "a"}, {"name": "b", "args": {"x": 1}}, {"function": {"name": "c", "arguments": "{}"}}]
    response = anyio.run(ScriptedLLM([{"tool_calls": calls}]).complete, request())
    assert [(call.id, call.name) for call in response.tool_calls] == [
        ("tc_1", "a"),
        ("tc_2", "b"),
        ("tc_3", "c"),
    ]
    assert response.content == ""


def test_the_schema_is_sent_as_structured_output_and_goes_before_tools():
    _, sent = ask([Reply('{"n": 1}')], request(schema=SCHEMA, tools=(SEARCH,)))
    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
    }
    assert "tools" not in sent


@pytest.mark.parametrize(
    "changes", [{"required": []}, {"additionalProperties": True}, {"properties": {"n": {}}}], ids=str
)
def test_a_schema_that_strict_mode_does_not_know_is_sent_without_it(changes):
    _, sent = ask([Reply("{}")], request(schema=SCHEMA | changes))
    assert sent["response_format"]["json_schema"]["strict"] is False


ANTHROPIC_REPLY = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 4,
        "output_tokens": 2,
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 500,
    },
}


def test_row_90_anthropic_gets_cache_marks_and_cached_tokens_are_counted():
    reply = Raw(json.dumps(ANTHROPIC_REPLY).encode())
    response, sent = ask([reply], request(cache=True), "anthropic/claude-haiku-4-5", "bare")
    mark = {"type": "ephemeral"}
    assert sent["system"] == [{"type": "text", "text": "sys", "cache_control": mark}]
    assert sent["messages"][-1]["content"][-1]["cache_control"] == mark
    assert (response.usage.cache_read_tokens, response.usage.cache_write_tokens) == (500, 30)


def test_row_90_without_the_flag_nothing_is_marked():
    reply = Raw(json.dumps(ANTHROPIC_REPLY).encode())
    _, sent = ask([reply], request(), "anthropic/claude-haiku-4-5", "bare")
    assert "cache_control" not in json.dumps(sent)


def test_row_90_openrouter_is_kept_at_one_provider():
    _, sent = ask([Reply("x")], request(cache=True), "openrouter/anthropic/claude-haiku-4.5")
    assert sent["provider"] == {"order": ["anthropic"], "allow_fallbacks": False}
    assert "cache_control" in json.dumps(sent["messages"])


def test_row_90_other_models_are_sent_the_same_with_and_without():
    assert ask([Reply("x")], request(cache=True))[1] == ask([Reply("x")], request())[1]


def test_row_125_tool_calls_replay_as_recorded_and_other_tools_miss(tmp_path):
    path = tmp_path / "calls.jsonl"
    asked = request(tools=(SEARCH,))
    recorded = anyio.run(
        RecordingLLM(ScriptedLLM([{"tool_calls": [{"name": "search", "args": {"q": "x"}}]}]), path).complete,
        asked,
    )
    assert anyio.run(ReplayLLM(path).complete, asked) == recorded
    with pytest.raises(Exception, match="its tools differ from those of the recording"):
        anyio.run(ReplayLLM(path).complete, request())
    assert len({request_key(request()), request_key(asked), request_key(request(schema=SCHEMA))}) == 3


def test_plain_functions_can_call_tools():
    llm = resolve(
        lambda asked: {"tool_calls": [{"name": "search", "args": {"q": asked.messages[0].content}}]}
    )
    (call,) = anyio.run(llm.complete, request()).tool_calls
    assert call.args == {"q": "find cats"}
