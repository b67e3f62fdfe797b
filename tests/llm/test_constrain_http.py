"""The grammar in the body that a server gets, and the program in its reply, over loopback HTTP."""

import json
import sys
from pathlib import Path

import anyio
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from openai_server import Raw, Reply, serve

from subagent import Constraint, SubAgent
from subagent.llm import LiteLLM, LLMError, LLMErrorKind, LLMRequest, Message

BLOCK = Reply('```clojure\n(return (tool/search {:text "a"}))\n```')


def search(text: str) -> str:
    """Search."""
    return text * 2


def run(script, constrain, model="openai/tiny", **options):
    """The Step of a run, and the body of its only request."""
    with serve(script) as server:
        llm = LiteLLM(model, api_base=server.url, api_key="test", **options)
        step = SubAgent(tools=[search], constrain=constrain, max_turns=1).run(
            "Go", llm=llm, context={"orders": [1]}
        )
    return step, server.requests[0] if server.requests else None


def at(body, *path):
    for name in path:
        body = body[name]
    return body


PLACES = [
    ("gbnf", ("grammar",)),
    (Constraint("gbnf", "vllm"), ("structured_outputs", "grammar")),
    (Constraint("lark", "vllm"), ("structured_outputs", "grammar")),
    (Constraint("gbnf", "vllm-guided"), ("guided_grammar",)),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("constrain,path", PLACES, ids=str)
def test_the_body_carries_the_grammar_and_the_program_is_found(constrain, path, stream):
    step, body = run([BLOCK], constrain, stream=stream)
    assert (step.value, step.error) == ("aa", None)
    text = at(body, *path)
    assert "search" in text
    assert "orders" in text
    assert "```clojure" in text


@pytest.mark.parametrize("model", ["hosted_vllm/tiny", "llamafile/tiny", "custom_openai/tiny"])
def test_other_providers_for_own_servers_carry_it_too(model):
    step, body = run([BLOCK], "gbnf", model)
    assert (step.value, step.error) == ("aa", None)
    assert body["grammar"].startswith("root ::= ")


def test_nothing_but_the_grammar_is_added_to_the_body():
    _, plain = run([BLOCK], None)
    _, constrained = run([BLOCK], "gbnf")
    assert constrained.pop("grammar")
    assert constrained == plain


def test_body_fields_of_the_user_stay():
    _, body = run([BLOCK], "gbnf", extra_body={"top_k": 3})
    assert (body["top_k"], "grammar" in body) == (3, True)


def custom_call(*programs, content=None):
    calls = [
        {"id": f"c{number}", "type": "custom", "custom": {"name": "lisp_eval", "input": program}}
        for number, program in enumerate(programs)
    ]
    message = {"role": "assistant", "content": content, "tool_calls": calls}
    usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    head = {"id": "x", "object": "chat.completion", "created": 1, "model": "tiny"}
    return Raw(json.dumps({**head, "choices": [choice], "usage": usage}).encode())


def test_openai_gets_a_custom_tool_and_the_program_is_its_input():
    step, body = run([custom_call('(return (tool/search {:text "b"}))')], "lark")
    assert (step.value, step.error) == ("bb", None)
    assert step.usage.output_tokens == 3
    (tool,) = body["tools"]
    form = tool["custom"]["format"]
    assert (tool["type"], form["type"], form["grammar"]["syntax"]) == ("custom", "grammar", "lark")
    assert form["grammar"]["definition"].startswith("start: ")
    assert "search" in form["grammar"]["definition"]
    assert body["tool_choice"] == {"type": "custom", "custom": {"name": tool["custom"]["name"]}}


def test_text_beside_the_custom_tool_does_not_hide_the_program():
    step, _ = run([custom_call("(return 3)", content="I will count (slowly):")], "lark")
    assert (step.value, step.error) == (3, None)


def test_two_calls_of_the_custom_tool_are_two_programs():
    step, _ = run([custom_call("(return 3)", "(return 4)")], "lark")
    assert step.error.kind.value == "multiple_programs"


@pytest.mark.parametrize(
    "model,constrain,options,words",
    [
        (
            "anthropic/claude-3-5-haiku-20241022",
            "gbnf",
            {},
            "anthropic takes no grammar; serve the model with",
        ),
        ("anthropic/claude-3-5-haiku-20241022", "lark", {}, "custom tools reach only openai/... models"),
        ("openai/tiny", "lark", {"stream": True}, "litellm does not stream custom tools; leave out stream"),
        ("openai/tiny", "lark", {"tools": []}, "leave the option tools out"),
    ],
)
def test_what_cannot_carry_the_grammar_is_said_and_nothing_is_sent(model, constrain, options, words):
    step, body = run([BLOCK], constrain, model, **options)
    assert body is None
    assert words in step.error.message
    assert step.error.details["error"] == "configuration"


@pytest.mark.real_llm  # nothing leaves this machine: the client refuses, or asks a server on loopback
def test_the_form_of_an_own_server_is_not_sent_to_openai(monkeypatch):
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    grammar = Constraint("gbnf").grammar([], [])
    request = LLMRequest(system="", messages=(Message("user", "hi"),), constraint=grammar)
    with pytest.raises(LLMError) as caught:
        anyio.run(LiteLLM("openai/gpt-4.1-mini", api_key="test").complete, request)
    assert caught.value.kind is LLMErrorKind.CONFIGURATION
    assert 'use constrain="lark"' in str(caught.value)
