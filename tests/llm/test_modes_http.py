"""Text mode, programs by tool call and both together, over loopback HTTP."""

# pyright: basic
import json
import sys
from pathlib import Path
from typing import TypedDict

import anyio
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from openai_server import Failure, Reply, serve

from ptc_lisp import NativeResult, Tool, json_dsl
from subagent import ModelRegistry, SubAgent
from subagent.llm import LiteLLM
from subagent.testing import ScriptedLLM


class Total(TypedDict):
    total: int


def orders(city: str) -> list[dict]:
    """The orders of a city."""
    return [{"city": city, "n": n} for n in range(100)]


def run(agent, script, *, stream=False, **options):
    with serve(script) as server:
        llm = LiteLLM("openai/tiny", api_base=server.url, api_key="k", stream=stream)
        return agent.run("Go", llm=llm, **options), server.requests


def call(call_id, name, **args):
    return Reply("", tool_calls=[(call_id, name, json.dumps(args))], finish_reason="tool_calls")


@pytest.mark.parametrize("stream", [False, True])
def test_json_of_a_type(stream):
    step, (first, second) = run(
        SubAgent(mode="text", output=Total), [Reply('{"total": "x"}'), Reply('{"total": 7}')], stream=stream
    )
    assert step.value == {"total": 7}
    assert first["response_format"]["json_schema"]["schema"]["required"] == ["total"]
    assert "expected int" in second["messages"][-1]["content"]
    assert step.usage.schema_used
    assert (step.usage.input_tokens, step.usage.llm_requests) == (22, 2)


@pytest.mark.parametrize("stream", [False, True])
def test_native_tools_and_programs_share_results(stream):
    tool = Tool(orders, expose="both", cache=True, native_result=NativeResult())
    agent = SubAgent(mode="text", transport="tool_call", tools=[tool], signature="{total :int}")
    script = [
        call("a", "orders", city="Oslo"),
        call("b", "lisp_eval", program='(sum-by :n (tool/orders {:city "Oslo"}))'),
        Reply('{"total": 4950}'),
    ]
    step, requests = run(agent, script, stream=stream)
    assert step.value == {"total": 4950}
    assert [tool["function"]["name"] for tool in requests[0]["tools"]] == ["orders", "lisp_eval"]
    assert requests[1]["messages"][-2]["tool_calls"][0]["id"] == "a"
    assert (requests[1]["messages"][-1]["role"], requests[1]["messages"][-1]["tool_call_id"]) == ("tool", "a")
    assert json.loads(requests[2]["messages"][-1]["content"])["result"] == "4950"
    assert [call.cached for call in step.tool_calls] == [False, True]


def test_programs_by_tool_call():
    step, requests = run(
        SubAgent(transport="tool_call", tools=[orders]),
        [call("a", "lisp_eval", program='(return (count (tool/orders {:city "Oslo"})))')],
    )
    assert step.value == 100
    assert [tool["function"]["name"] for tool in requests[0]["tools"]] == ["lisp_eval"]


COUNTED = json_dsl.to_strict(
    {
        "program": {
            "op": "return",
            "value": {"op": "pipe", "steps": [{"op": "load", "name": "rows"}, {"op": "count"}]},
        }
    }
)


@pytest.mark.parametrize("stream", [False, True])
def test_json_programs_by_tool_call_and_as_structured_output(stream):
    by_call = SubAgent(language="ptc-json", transport="tool_call")
    step, (request,) = run(
        by_call, [call("a", "json_eval", **COUNTED)], stream=stream, context={"rows": [1, 2]}
    )
    assert step.value == 2
    (tool,) = request["tools"]
    assert (tool["function"]["name"], tool["function"]["strict"]) == ("json_eval", True)
    assert tool["function"]["parameters"] == json_dsl.to_llm_schema()
    by_schema = SubAgent(language="ptc-json", constrain="schema")
    step, (request,) = run(by_schema, [Reply(json.dumps(COUNTED))], stream=stream, context={"rows": [1, 2]})
    assert step.value == 2
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["response_format"]["json_schema"]["schema"] == json_dsl.to_llm_schema()


def test_a_last_turn_forbids_calls():
    agent = SubAgent(mode="text", tools=[orders], max_turns=2)
    step, requests = run(agent, [call("a", "orders", city="Oslo"), Reply("100 orders")])
    assert (step.value, requests[1]["tool_choice"]) == ("100 orders", "none")


def test_retries_of_text_mode_are_counted():
    step, _ = run(SubAgent(mode="text"), [Failure(429, headers={"Retry-After": "0"}), Reply("hello")])
    assert (step.value, step.usage.llm_requests) == ("hello", 2)


def test_row_89_names_of_a_run_reach_the_agents_that_it_calls():
    child = SubAgent("Say {{word}}", name="say", description="Says.", llm="small", mode="text",
                     signature="(word :string) -> :string")  # fmt: skip
    names = {
        "small": ScriptedLLM(["said"]),
        "big": lambda request: '```clojure\n(return (tool/say {:word "x"}))\n```',
    }
    agent = SubAgent(tools=[child])
    assert agent.run("Go", llm="big", llm_registry=names).value == "said"
    registry = ModelRegistry({"big": ScriptedLLM(["```clojure\n(return 2)\n```"])})
    assert agent.run("Go", llm="big", llm_registry=registry).value == 2


def test_row_74_pieces_of_text_arrive_as_events():
    events = []
    with serve([Reply("one two three four")]) as server:
        llm = LiteLLM("openai/tiny", api_base=server.url, api_key="k")

        async def main():
            stream = SubAgent(mode="text").stream("Go", llm=llm, tokens=True)
            events.extend([event async for event in stream])
            return stream.step

        step = anyio.run(main)
    pieces = [event.text for event in events if type(event).__name__ == "ModelToken"]
    assert "".join(pieces) == step.value == "one two three four"
    assert len(pieces) > 2
