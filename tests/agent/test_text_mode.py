"""Agents that answer by text, JSON and native tool calls."""

# pyright: basic, reportOptionalMemberAccess=false, reportOptionalSubscript=false, reportArgumentType=false
import datetime as dt
import json

import anyio
import pytest
from native_replies import calls

from ptc_lisp import FaultKind, Tool
from subagent import SubAgent
from subagent.loop.state import AgentState
from subagent.testing import ScriptedLLM


def run(agent, replies, task="Go", **options):
    llm = ScriptedLLM(replies)
    return agent.run(task, llm=llm, **{"collect_messages": True, **options}), llm.requests


def told(step):
    """What each tool call was answered, by its id; and every id is answered once."""
    answers = {}
    for message in step.messages:
        if message.role == "tool":
            assert message.tool_call_id not in answers
            answers[message.tool_call_id] = json.loads(message.content)
    return answers


def test_row_74_plain_text_is_one_call_and_the_answer_itself():
    step, requests = run(SubAgent(mode="text"), ["  Paris.\n"], "The capital of France?")
    assert (step.value, step.ok, len(requests)) == ("Paris.", True, 1)
    assert (requests[0].tools, requests[0].schema) == ((), None)
    assert requests[0].messages[0].content == "The capital of France?"


def test_row_51_text_mode_embeds_values():
    agent = SubAgent("Translate {{text}} into {{lang.name}}; keep {{tags}}", mode="text")
    _, requests = run(
        agent, ["x"], None, context={"text": "hello {{lang}}", "lang": {"name": "French"}, "tags": ["a", 1]}
    )
    assert requests[0].messages[0].content == 'Translate hello {{lang}} into French; keep ["a",1]'


@pytest.mark.parametrize(
    "signature,reply,value",
    [
        ("{n :int}", '{"n": 3}', {"n": 3}),
        ("{n :int}", 'Sure!\n```json\n{"n": 3}\n```\nDone.', {"n": 3}),
        ("{n :int}", 'The set [1] gives {"n": 3}, I think.', {"n": 3}),
        ("{n :int}", '{"n": 3} as asked', {"n": 3}),
        ("{order-no :int}", '{"order_no": "3"}', {"order-no": 3}),
        ("[:int]", '{"items": [1, 2]}', [1, 2]),
        ("[:int]", "[1, 2]", [1, 2]),
        ("[{a :string}]", '```\n{"items": [{"a": "x"}]}\n```', [{"a": "x"}]),
        (":int", '{"value": 4}', 4),
        (":int", "4", 4),
        (":bool", "true", True),
        (":map", '{"value": 4}', {"value": 4}),
        (":datetime", "2024-01-31T12:00:00+02:00", dt.datetime(2024, 1, 31, 10, tzinfo=dt.UTC)),
        (
            "{at :datetime}",
            '{"at": "2024-01-31T12:00:00Z"}',
            {"at": dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC)},
        ),
        ("{n :int}", '<think>{"n": 1}?</think>{"n": 2}', {"n": 2}),
    ],
)
def test_row_75_json_is_found_unwrapped_and_coerced(signature, reply, value):
    step, requests = run(SubAgent(mode="text", signature=signature), [reply])
    assert (step.value, step.error) == (value, None)
    assert requests[0].schema["type"] == "object"


def test_row_75_bad_json_is_told_and_tried_again():
    agent = SubAgent(mode="text", signature="{rows [{n :int}]}")
    replies = ["no idea", '{"rows": [{"n": 1}, {"n": "x"}]}', '{"rows": []}']
    step, requests = run(agent, replies)
    assert (step.value, len(requests)) == ({"rows": []}, 3)
    assert "no valid JSON" in requests[1].messages[-1].content
    assert 'answer.rows[1].n: expected int, got string "x"' in requests[2].messages[-1].content
    assert [turn.error.kind if turn.error else None for turn in step.turns] == [
        FaultKind.JSON_PARSE_ERROR,
        FaultKind.VALIDATION_ERROR,
        None,
    ]


@pytest.mark.parametrize(
    "reply,kind",
    [
        ("nothing", FaultKind.JSON_PARSE_ERROR),
        ('{"n": "x"}', FaultKind.VALIDATION_ERROR),
        (" \n", FaultKind.EMPTY_RESPONSE),
    ],
)
def test_row_75_the_reason_of_a_single_turn_is_that_of_the_run(reply, kind):
    step, _ = run(SubAgent(mode="text", signature="{n :int}", max_turns=1), [reply])
    assert step.error.kind is kind


def test_row_75_turns_end_with_the_last_reason_inside():
    step, requests = run(SubAgent(mode="text", signature=":int", max_turns=2), ["a [", "b ["])
    assert step.error.kind is FaultKind.MAX_TURNS_EXCEEDED
    assert step.error.details["last_error"]["kind"] == "json_parse_error"
    assert len(requests) == 2


def add(a: int, b: int = 1) -> int:
    """Adds two numbers.

    Args:
        a: the first one.
    """
    return a + b


def test_row_76_tools_are_offered_called_and_answered():
    step, requests = run(SubAgent(mode="text", tools=[add]), [calls(("add", {"a": "2", "b": 3})), "It is 5."])
    assert step.value == "It is 5."
    (offered,) = requests[0].tools
    assert offered["function"]["name"] == "add"
    assert "Adds two numbers." in offered["function"]["description"]
    assert offered["function"]["parameters"]["properties"]["a"] == {
        "type": "integer",
        "description": "the first one.",
    }
    assert told(step) == {"c1": 5}
    (call,) = step.tool_calls
    assert (call.name, call.args, call.result, call.layer) == ("add", {"a": "2", "b": 3}, 5, "native")
    assert step.usage.tool_calls == 1


def test_row_76_hyphens_are_reversed():
    tool = Tool(add, name="add-numbers", signature="(first-one :int, b :int?) -> :int")
    tool = Tool(lambda first_one, b=0: first_one + b, name="add-numbers", signature=tool.signature)
    step, requests = run(SubAgent(mode="text", tools=[tool]), [calls(("add_numbers", {"first-one": 4})), "4"])
    assert requests[0].tools[0]["function"]["name"] == "add_numbers"
    assert (told(step), step.tool_calls[0].name) == ({"c1": 4}, "add-numbers")


def test_row_76_what_goes_wrong_is_told_as_json():
    def broken(x: int) -> int:
        raise ZeroDivisionError("by zero")

    replies = [
        {
            "tool_calls": [
                {"id": "c1", "name": "broken", "args": {"x": 1}},
                {"id": "c2", "name": "brokn", "args": {}},
                {"id": "c3", "name": "add", "arguments": '{"a": '},
                {"id": "c4", "name": "add", "args": {"a": "two"}},
                {"id": "c5", "name": "add", "args": {"a": 1}},
            ]
        },
        "ok",
    ]
    step, _ = run(SubAgent(mode="text", tools=[add, broken]), replies)
    answers = told(step)
    assert "ZeroDivisionError: by zero" in answers["c1"]["error"]
    assert (answers["c1"]["tool"], answers["c1"]["args_received"]) == ("broken", {"x": 1})
    assert answers["c2"]["error"] == "there is no tool brokn; tools are add, broken"
    assert "not valid JSON" in answers["c3"]["error"]
    assert "hint" in answers["c4"]
    assert answers["c5"] == 2
    assert step.value == "ok"


def test_a_message_of_impossible_calls_only_is_answered_too():
    step, _ = run(SubAgent(mode="text", tools=[add]), [calls(("ad", {}), ("sub", {})), "ok"])
    assert set(told(step)) == {"c1", "c2"}
    assert (step.value, step.turns[0].error.kind) == ("ok", FaultKind.UNKNOWN_TOOL)


def test_calls_beyond_the_limit_are_not_made():
    made = []

    def note(n: int) -> str:
        made.append(n)
        return "noted"

    replies = [calls(("note", {"n": 1})), calls(("note", {"n": 2}), ("note", {"n": 3})), "done"]
    llm = ScriptedLLM(replies)
    step = SubAgent(mode="text", tools=[note], max_tool_calls=2).run("Go", llm=llm, collect_messages=True)
    assert sorted(made) == [1, 2]
    answers = [json.loads(message.content) for message in step.messages if message.role == "tool"]
    assert answers[:2] == ["noted", "noted"]
    assert (
        answers[2]["error"]
        == "note was not called: the limit of 2 for tool calls is reached; answer with what you know"
    )


def test_tools_and_json_go_together():
    agent = SubAgent(mode="text", tools=[add], signature="{sum :int}")
    step, requests = run(agent, [calls(("add", {"a": 1, "b": 1})), '{"sum": 2}'])
    assert step.value == {"sum": 2}
    assert (requests[0].schema, len(requests[0].tools)) == (None, 1)
    assert "JSON Schema" in requests[0].system


def test_the_last_turn_asks_for_the_answer():
    agent = SubAgent(mode="text", tools=[add], max_turns=2)
    _, requests = run(agent, [calls(("add", {"a": 1})), "2"])
    assert (requests[1].tool_choice, requests[1].tool_names) == ("none", ())
    assert "answer now" in requests[1].messages[-1].content
    typed = SubAgent(mode="text", tools=[add], max_turns=2, signature=":int")
    _, requests = run(typed, [calls(("add", {"a": 1})), "2"])
    assert (requests[1].tools, requests[1].schema["required"]) == ((), ["value"])


def test_async_tools_and_several_calls_wait_side_by_side():
    under_way = []
    complete = anyio.Event()

    async def slow(n: int) -> int:
        under_way.append(n)
        if len(under_way) == 3:
            complete.set()
        await complete.wait()
        return n

    step, _ = run(SubAgent(mode="text", tools=[slow]), [calls(*[("slow", {"n": n}) for n in range(3)]), "ok"])
    assert told(step) == {"c1": 0, "c2": 1, "c3": 2}


def test_dates_and_large_results_become_json():
    def when() -> dt.date:
        return dt.date(2024, 1, 31)

    def big() -> list[str]:
        return ["x" * 100] * 1000

    step, _ = run(SubAgent(mode="text", tools=[when, big]), [calls(("when", {}), ("big", {})), "ok"])
    answers = told(step)
    assert answers["c1"] == "2024-01-31"
    assert answers["c2"]["truncated"] is True
    assert answers["c2"]["chars"] > 100_000
    assert len(answers["c2"]["beginning"]) == 16_000


def test_an_agent_is_a_native_tool():
    child = SubAgent(
        "Double {{n}}", name="double", description="Doubles.", signature="(n :int) -> :int", mode="text"
    )
    replies = [calls(("double", {"n": 4})), "8", "It is 8."]
    step, _ = run(SubAgent(mode="text", tools=[child]), replies)
    assert (step.value, told(step)) == ("It is 8.", {"c1": 8})
    assert [run.agent for run in step.children] == ["double"]
    assert step.tool_calls[0].child == step.children[0].run_id


def test_events_tell_of_native_calls():
    events = []
    llm = ScriptedLLM([calls(("add", {"a": 1}), ("nope", {})), "ok"])
    SubAgent(mode="text", tools=[add]).run("Go", llm=llm, on_event=events.append)
    names = [type(event).__name__ for event in events]
    ends = {event.name: event.ok for event in events if type(event).__name__ == "ToolFinished"}
    assert (ends, names.count("ToolStarted")) == ({"add": True, "nope": False}, 2)
    assert "ProgramStarted" not in names


def test_every_call_of_a_conversation_has_an_id_of_its_own():
    twice = [{"id": "c1", "name": "add", "args": {"a": n}} for n in (1, 2)]
    step, requests = run(
        SubAgent(mode="text", tools=[add]), [{"tool_calls": twice}, calls(("add", {"a": 3})), "ok"]
    )
    ids = [call.id for message in step.messages for call in message.tool_calls]
    assert ids == ["c1", "c1_2", "c1_3"]
    answered = [message.tool_call_id for message in requests[2].messages if message.role == "tool"]
    assert answered == ids
    assert [call.args["a"] for call in step.tool_calls] == [1, 2, 3]


def test_calls_that_cannot_be_made_are_in_the_ledger_and_do_not_count():
    unread = {"id": "c2", "name": "add", "args": {}, "args_error": "the arguments are no JSON"}
    first = {"tool_calls": [{"id": "c1", "name": "nope", "args": {"x": 1}}, unread]}
    agent = SubAgent(mode="text", tools=[add], max_tool_calls=1)
    step, _ = run(agent, [first, calls(("add", {"a": 1})), "2"])
    entries = [(call.name, call.args, call.ok, call.layer) for call in step.tool_calls]
    assert entries == [
        ("nope", {"x": 1}, False, "native"),
        ("add", {}, False, "native"),
        ("add", {"a": 1}, True, "native"),
    ]
    assert step.tool_calls[0].error == "there is no tool nope; tools are add"
    assert (step.turns[0].error.kind, step.usage.tool_calls) == (FaultKind.UNKNOWN_TOOL, 1)


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"prompt": "Hi", "signature": "(name :string) -> :string"}, "write {{name}} in it"),
        ({"compaction": True}, "compaction is for mode"),
        ({"constrain": "gbnf"}, "constrain is for mode"),
        ({"tools": {"a-b": add, "a_b": add}}, "would both be called a_b natively"),
        ({"tools": [Tool(add, expose="program")]}, 'add transport="tool_call"'),
        ({"plan": ["look", "count"]}, "plan is for mode"),
        ({"completion": "explicit"}, 'completion "explicit" is for mode'),
        ({"mode": "program", "transport": "tool_call", "constrain": "gbnf"}, 'for transport="content"'),
        ({"mode": "prose"}, 'SubAgent.mode must be "program" or "text"'),
        ({"transport": "pigeon"}, 'SubAgent.transport must be "content" or "tool_call"'),
    ],
)
def test_a_definition_that_cannot_work_is_refused(fields, words):
    with pytest.raises(ValueError, match="SubAgent") as caught:
        SubAgent(**{"mode": "text", **fields})
    assert words in str(caught.value)


def test_every_state_of_a_run_with_native_calls_can_be_stored():
    states = []
    llm = ScriptedLLM([calls(("add", {"a": 1}), ("nope", {})), "2"])
    agent = SubAgent(mode="text", tools=[add], signature=":int", output=None)
    step = agent.run("Go", llm=llm, on_state=states.append)
    assert [state.status for state in states] == ["asking", "running", "asking"]
    for state in states:
        assert AgentState.from_json(state.to_json()) == state == AgentState.from_msgpack(state.to_msgpack())
    resumed = agent.run(llm=ScriptedLLM(["2"]), resume=states[1].to_json())
    assert resumed.value == step.value == 2


def test_a_call_that_the_cache_answers_is_not_counted():
    made = []
    tool = Tool(lambda n: made.append(n) or n, name="look", signature="(n :int) -> :int", cache=True)
    replies = [calls(("look", {"n": 1})), calls(("look", {"n": 1}), ("look", {"n": 2})), "done"]
    step, _ = run(SubAgent(mode="text", tools=[tool]), replies)
    assert (step.value, made, step.usage.tool_calls) == ("done", [1, 2], 2)
    assert [call.cached for call in step.tool_calls] == [False, True, False]


def test_errors_of_native_calls_are_in_the_words_of_json():
    def find(order_id: int, city: str) -> int:
        return order_id

    def pay() -> None:
        """Pays."""

    wrong = [{"orderid": 1}, {"order_id": "x", "city": "Oslo"}]
    calls = [{"name": "find_it", "args": args} for args in wrong] + [{"name": "pay", "args": {}}]
    llm = ScriptedLLM([{"tool_calls": calls}, "done"])
    tools = {"find-it": find, "pay": Tool(pay, effect="write")}
    SubAgent(mode="text", tools=tools).run("Go", llm=llm)
    names, types, effect = (json.loads(m.content) for m in llm.requests[1].messages if m.role == "tool")
    assert names["error"].startswith(
        'find_it: no argument "orderid" (did you mean "order_id"?); missing "order_id", "city"'
    )
    assert names["hint"] == 'send arguments such as {"order_id": 3, "city": "..."}'
    assert types["error"] == 'find_it: argument "order_id": Expected int, got str'
    assert effect["error"].startswith("pay was not called: its effect is write")
    assert "(fail" not in effect["hint"]


def test_the_type_of_a_json_answer_is_told_in_the_words_of_json():
    agent = SubAgent("Go", mode="text", signature="{rows [{id :int}]}")
    llm = ScriptedLLM(['{"rows": 1}', '{"rows": []}'])
    assert agent.run(llm=llm).value == {"rows": []}
    assert '{"rows": [{"id": int}]}' in llm.requests[0].system
    assert '{"rows": [{"id": int}]}' in llm.requests[1].messages[-1].content
