"""Programs as the argument of the native tool `lisp_eval`, alone and beside other native tools."""

# pyright: basic, reportOptionalMemberAccess=false, reportOptionalSubscript=false, reportArgumentType=false
import json

import pytest
from native_replies import calls

from ptc_lisp import FaultKind, Limits, NativeResult, Tool
from subagent import SubAgent
from subagent.testing import ScriptedLLM


def run(agent, replies, task="Go", **options):
    llm = ScriptedLLM(replies)
    return agent.run(task, llm=llm, **{"collect_messages": True, **options}), llm.requests


def program(text):
    return calls(("lisp_eval", {"program": text}))


def answers(step):
    """What the tool calls were answered: (id, JSON) in order."""
    return [(m.tool_call_id, json.loads(m.content)) for m in step.messages if m.role == "tool"]


def first(step):
    """What the first call was answered."""
    return answers(step)[0][1]


# Programs by tool call


def test_row_77_the_only_tool_is_lisp_eval_and_return_ends_the_run():
    step, requests = run(SubAgent(transport="tool_call"), [program("(return (+ 1 2))")])
    assert (step.value, len(requests)) == (3, 1)
    (tool,) = requests[0].tools
    assert tool["function"]["name"] == "lisp_eval"
    assert tool["function"]["parameters"]["required"] == ["program"]
    assert "```clojure block" not in requests[0].system.split("# Language")[0]
    assert "one call of lisp_eval" in requests[0].messages[-1].content


def test_row_77_two_calls_in_one_message_are_both_refused_and_nothing_runs():
    made = []
    agent = SubAgent(transport="tool_call", tools=[Tool(lambda: made.append(1), name="note")])
    both = calls(("lisp_eval", {"program": "(tool/note)"}), ("lisp_eval", {"program": "(return 1)"}))
    step, requests = run(agent, [both, program("(return 2)")])
    assert [call_id for call_id, _ in answers(step)[:2]] == ["c1", "c2"]
    assert {answer["reason"] for _, answer in answers(step)[:2]} == {"multiple_tool_calls"}
    assert (made, step.value, len(requests)) == ([], 2, 2)
    assert step.turns[0].error.kind is FaultKind.MULTIPLE_TOOL_CALLS


@pytest.mark.parametrize(
    "name,args,reason,words",
    [
        ("search", {"q": "x"}, "unknown_tool", "there is no tool search; tools are lisp_eval"),
        ("lisp_eval", {}, "args_error", "it is missing"),
        ("lisp_eval", {"program": "  "}, "args_error", "it is blank"),
        ("lisp_eval", {"program": 5}, "args_error", "it is no text"),
        ("lisp_eval", "{bad", "args_error", "not valid JSON"),
        ("lisp_eval", "[" * 100_000, "args_error", "nested too deeply"),
    ],
)
def test_row_77_a_call_that_cannot_be_run_is_answered(name, args, reason, words):
    step, _ = run(SubAgent(transport="tool_call"), [calls((name, args)), program("(return 1)")])
    assert first(step)["reason"] == reason
    assert words in first(step)["message"]


@pytest.mark.parametrize(
    "text,reason",
    [
        ("(+ 1", "parse_error"),
        ("(foo 1)", "parse_error"),
        ("(+ 1 nil)", "runtime_error"),
        ("(loop [] (recur))", "timeout"),
        ('(return "x")', "validation_error"),
    ],
)
def test_the_reasons_of_failed_programs(text, reason):
    limits = Limits(timeout_ms=1_000, loop_limit=10**9, step_limit=10**12)
    agent = SubAgent(transport="tool_call", signature=":int", limits=limits)
    step, _ = run(agent, [program(text), program("(return 1)")])
    assert (first(step)["status"], first(step)["reason"]) == ("error", reason)
    assert "feedback" in first(step)


def test_a_result_tells_value_prints_and_memory():
    step, _ = run(
        SubAgent(transport="tool_call"),
        [program('(def rows [1 2 3]) (println "three") (count rows)'), program("(return (count rows))")],
    )
    answer = first(step)
    assert (answer["status"], answer["result"], answer["prints"]) == ("ok", "3", ["three"])
    assert answer["memory"] == {"changed": {"rows": "[1 2 3]"}, "stored_keys": ["rows"], "truncated": False}
    assert step.value == 3


def test_long_results_are_cut_and_say_so():
    step, _ = run(
        SubAgent(transport="tool_call"),
        [program('(println (apply str (repeat 9000 "x"))) (range 5000)'), "ok"],
    )
    answer = first(step)
    assert answer["truncated"] is True
    assert len(json.dumps(answer)) < 2_500
    assert "cut" in answer["prints"][0]


def test_a_reply_without_a_call_is_the_answer():
    step, _ = run(SubAgent(transport="tool_call"), ["Nothing to compute: 7."])
    assert step.value == "Nothing to compute: 7."
    typed, _ = run(SubAgent(transport="tool_call", signature="{n :int}"), ['{"n": "7"}'])
    assert typed.value == {"n": 7}


def test_a_direct_answer_of_the_wrong_type_is_told():
    step, requests = run(SubAgent(transport="tool_call", signature="{n :int}"), ['{"n": "x"}', '{"n": 1}'])
    assert (step.value, step.turns[0].error.kind) == ({"n": 1}, FaultKind.VALIDATION_ERROR)
    assert 'answer.n: expected int, got string "x"' in requests[1].messages[-1].content


def test_a_program_in_the_text_is_sent_to_the_tool():
    step, requests = run(
        SubAgent(transport="tool_call"), ["```clojure\n(return 1)\n```", program("(return 2)")]
    )
    assert step.value == 2
    assert "Call the tool `lisp_eval` with it" in requests[1].messages[-1].content


def test_fail_ends_the_run():
    step, _ = run(SubAgent(transport="tool_call"), [program('(fail {:reason "none" :message "no data"})')])
    assert (step.ok, step.error.kind) == (False, FaultKind.FAILED)


# Beside native tools


def rows(n: int) -> list[dict]:
    """Rows of numbers."""
    return [{"id": i, "square": i * i} for i in range(n)]


BRIDGED = Tool(rows, expose="both", cache=True, native_result=NativeResult())


def combined(*tools, **fields):
    return SubAgent(mode="text", transport="tool_call", tools=list(tools), **fields)


def test_row_78_a_native_call_shows_a_preview_and_a_program_gets_everything_from_the_cache():
    made = []

    def counted(n: int) -> list[dict]:
        made.append(n)
        return rows(n)

    tool = Tool(counted, name="rows", expose="both", cache=True, native_result=NativeResult())
    replies = [
        calls(("rows", {"n": 500})),
        program("(count (tool/rows {:n 500.0}))"),
        "There are 500.",
    ]
    step, _ = run(combined(tool), replies)
    (_, preview), (_, counted_rows) = answers(step)
    assert (preview["status"], preview["full_result_cached"], preview["count"]) == ("ok", True, 500)
    assert preview["schema"] == {"id": "int", "square": "int"}
    assert "(tool/rows {:n 500})" in preview["hint"]
    assert (counted_rows["result"], made) == ("500", [500])
    assert [(call.layer, call.cached) for call in step.tool_calls] == [("native", False), ("program", True)]
    assert step.usage.tool_calls == 1
    assert step.value == "There are 500."


@pytest.mark.parametrize(
    "native,shown",
    [
        (NativeResult(preview="rows", limit=2), {"rows": [{"id": 0, "square": 0}, {"id": 1, "square": 1}]}),
        (NativeResult(preview=lambda found: {"last": found[-1]["id"]}), {"preview": {"last": 8}}),
        (NativeResult(preview=lambda found: 1 / 0), {"count": 9}),
        (NativeResult(preview=lambda found: object()), {"count": 9}),
    ],
)
def test_row_78_previews(native, shown):
    tool = Tool(rows, expose="both", cache=True, native_result=native)
    step, _ = run(combined(tool), [calls(("rows", {"n": 9})), "ok"])
    answer = first(step)
    assert answer["full_result_cached"] is True
    assert {name: answer.get(name) for name in shown} == shown


NOTE = ("note", {"text": "x"})
EVAL = ("lisp_eval", {"program": "(+ 1 2)"})


@pytest.mark.parametrize(
    "made,expected",
    [
        ([EVAL, EVAL], {"c1": "multiple_tool_calls", "c2": "multiple_tool_calls"}),
        ([EVAL, NOTE], {"c1": "mixed_with_lisp_eval", "c2": "mixed_with_lisp_eval"}),
        ([NOTE, EVAL, EVAL], dict.fromkeys(["c1", "c2", "c3"], "multiple_tool_calls")),
        ([NOTE, ("nope", {})], {"c1": "noted", "c2": "there is no tool nope; tools are note, lisp_eval"}),
        ([NOTE, NOTE], {"c1": "noted", "c2": "noted"}),
        ([EVAL], {"c1": "3"}),
        ([("lisp_eval", {})], {"c1": "args_error"}),
    ],
)
def test_row_79_every_call_is_answered_once_by_the_rules(made, expected):
    def note(text: str) -> str:
        return "noted"

    step, _ = run(combined(note), [calls(*made), "done"])
    got = {}
    for call_id, answer in answers(step):
        assert call_id not in got
        said = (
            answer if isinstance(answer, str) else [answer.get(key) for key in ("reason", "result", "error")]
        )
        got[call_id] = said if isinstance(said, str) else next(filter(None, said))
    assert got == expected
    assert step.value == "done"


def test_each_side_sees_its_own_tools():
    tools = [Tool(rows, name=name, expose=name) for name in ("native", "program", "both")]
    step, requests = run(
        combined(*tools),
        [
            program("(tool/native {:n 1})"),
            program("[(count (tool/program {:n 2})) (count (tool/both {:n 1}))]"),
            "ok",
        ],
    )
    assert [tool["function"]["name"] for tool in requests[0].tools] == ["native", "both", "lisp_eval"]
    inventory = requests[0].messages[0].content.split("</ptc_tools>")[0]
    assert ("tool/program" in inventory, "tool/both" in inventory, "tool/native" in inventory) == (
        True,
        True,
        False,
    )
    (_, refused), (_, counted) = answers(step)
    assert refused["status"] == "error"
    assert counted["result"] == "[2 1]"


def test_return_and_fail_inside_are_results_and_history_holds_ordinary_values():
    replies = [
        program("(+ 1 1)"),
        program("(return 40)"),
        program('(fail "not so")'),
        program("(+ *1 3)"),
        "5",
    ]
    step, _ = run(combined(max_turns=9, signature=":int"), replies)
    seen = [answer for _, answer in answers(step)]
    assert [answer["status"] for answer in seen] == ["ok", "ok", "error", "ok"]
    assert (seen[1]["result"], seen[2]["reason"], seen[3]["result"]) == ("40", "fail", "5")
    assert step.value == 5


@pytest.mark.parametrize("beside", [False, True])
def test_a_result_too_large_for_the_history_is_told_with_its_name(beside):
    replies = [program("(def xs (vec (range 900))) xs"), program("(return (count xs))"), "900"]
    fields = {"format": {"history_max_bytes": 1_000}, "signature": ":int"}
    agent = combined(**fields) if beside else SubAgent(transport="tool_call", **fields)
    step, _ = run(agent, replies)
    assert step.value == 900
    assert "read it as xs" in answers(step)[0][1]["feedback"]


@pytest.mark.parametrize("beside", [False, True])
def test_row_31_large_values_are_told_by_the_names_that_keep_them(beside):
    replies = [program("(map str (range 9000))"), program("(return (count result-1))"), "9000"]
    agent = combined(signature=":int") if beside else SubAgent(transport="tool_call", signature=":int")
    step, _ = run(agent, replies)
    assert step.value == 9_000
    assert answers(step)[0][1]["kept"]["result-1"].startswith("result-1 - list of 9000 values (string)")


def test_what_is_returned_beside_native_tools_is_not_put_aside():
    agent = combined(format={"history_max_bytes": 1_000})
    step, _ = run(agent, [program("7"), program("(return (vec (range 900)))"), program("*1"), "ok"])
    assert [answer["result"] for _, answer in answers(step)][2] == "7"
    assert "feedback" not in answers(step)[1][1]


def test_programs_do_not_count_as_tool_calls():
    step, _ = run(
        combined(rows, max_tool_calls=1), [program("1"), program("2"), calls(("rows", {"n": 1})), "ok"]
    )
    assert answers(step)[-1][1] == [{"id": 0, "square": 0}]


def test_data_is_listed_for_programs_and_not_put_into_the_prompt():
    orders = [{"total": n} for n in range(300)]
    step, requests = run(
        combined(),
        [program("(sum-by :total data/orders)"), "44850"],
        "Sum the orders",
        context={"orders": orders},
    )
    assert "data/orders" in requests[0].messages[0].content
    assert len(requests[0].messages[0].content) < 500
    assert first(step)["result"] == "44850"


@pytest.mark.parametrize(
    "replies, said",
    [
        ([program("(return 1)")], {"status": "ok", "result": "1"}),
        ([program('(fail "no")')], {"status": "error", "reason": "fail", "message": "no"}),
        ([program("(/ 1 0)")], {"status": "error", "reason": "runtime_error", "message": "/: division by zero"}),
        ([calls(("note", {}))], {"status": "error", "reason": "unknown_tool", "message": "there is no tool note; tools are lisp_eval"}),
    ],
)  # fmt: skip
def test_the_last_call_of_a_run_is_answered_so_that_the_conversation_can_go_on(replies, said):
    step, _ = run(SubAgent(transport="tool_call", max_turns=1), replies)
    assert first(step) == said


def test_native_calls_that_end_a_run_are_answered_too():
    step, _ = run(
        SubAgent(mode="text", tools=[Tool(lambda: 1, name="one")], max_turns=1),
        [calls(("one", {}), ("one", {}))],
    )
    assert [ident for ident, _ in answers(step)] == ["c1", "c2"]
