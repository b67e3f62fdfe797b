"""Agents made of agents: SELF, compiled programs, parallel children, built-in tools, tools with options."""

import asyncio
import json
from dataclasses import dataclass

import pytest

import ptc_lisp
from ptc_lisp import FaultKind, Limits, PtcError, Tool
from subagent import SELF, ScriptedLLM, SubAgent


def block(program):
    return f"```clojure\n{program}\n```"


def script(*programs):
    return ScriptedLLM([block(program) for program in programs])


# SELF


def halving(**fields):
    return SubAgent(
        "Count the letters of {{text}}.",
        name="counter",
        signature="(text :string) -> :int",
        **{"tools": {"again": SELF}, "max_turns": 2} | fields,
    )


SPLIT = """
(let [n (count data/text)]
  (return (if (< n 3)
            n
            (+ (tool/again {:text (subs data/text 0 (quot n 2))}) (tool/again {:text (subs data/text (quot n 2))})))))
"""


def test_an_agent_calls_itself_for_smaller_parts():
    step = halving().run(context={"text": "abcde"}, llm=lambda request: block(SPLIT))
    assert step.value == 5
    assert [child.agent for child in step.children] == ["counter", "counter"]
    assert [len(child.children) for child in step.children] == [0, 2]


def test_row_42_recursion_ends_at_max_depth():
    endless = '(return (tool/again {:text (str data/text "x")}))'
    step = halving(max_depth=3).run(context={"text": ""}, llm=lambda request: block(endless))
    assert not step.ok
    assert "max_depth_exceeded" in step.turns[0].error.message
    depth, runs = 0, step.children
    while runs:
        depth, runs = depth + 1, runs[0].children
    assert depth == 3


def test_recursion_shares_the_turn_budget():
    step = halving(turn_budget=4, max_depth=50).run(
        context={"text": "x" * 64}, llm=lambda request: block(SPLIT)
    )
    assert not step.ok
    assert step.usage.llm_requests == 4


def test_self_in_a_list_has_the_agents_name_and_needs_a_signature():
    agent = halving(tools=[SELF, len])
    assert list(agent.tool_table) == ["counter", "len"]
    with pytest.raises(ValueError, match="SELF needs a signature with inputs"):
        SubAgent("x", tools=[SELF])


# tools with options


def test_a_child_can_be_cached_like_any_tool():
    llm = ScriptedLLM([block("(return (map (fn [_] (tool/child {:n 1})) (range 3)))"), block("(return 7)")])
    child = SubAgent("Say seven.", name="child", description="Seven.", signature="(n :int) -> :int")
    step = SubAgent(tools=[child.as_tool(cache=True)]).run("go", llm=llm)
    assert (step.value, len(step.children), [c.cached for c in step.tool_calls]) == (
        [7, 7, 7],
        1,
        [False, True, True],
    )


def test_descriptions_of_inputs_and_answer_reach_the_caller():
    child = SubAgent(
        "x {{n}}", name="child", description="Does x.", signature="(n :int) -> {total :float}",
        context_descriptions={"n": "how many"}, field_descriptions={"total": "the sum in EUR"},
    )  # fmt: skip
    tool = child.as_tool()
    assert tool.description == "Does x. In the answer :total is the sum in EUR"
    assert tool.descriptions == {"n": "how many"}


def test_children_of_pmap_run_at_the_same_time_and_are_told_apart():
    waiting = 0
    most = 0

    async def llm(request):
        nonlocal waiting, most
        if request.agent == "agent":
            return block("(return (pmap #(tool/child {:n %}) (range 6)))")
        waiting += 1
        most = max(most, waiting)
        for _ in range(1_000):  # at least two of them meet, however slow the machine
            await asyncio.sleep(0.01)
            if most > 1:
                break
        waiting -= 1
        return block("(return (* 10 data/n))")

    child = SubAgent("Ten times {{n}}.", name="child", description="Tens.", signature="(n :int) -> :int")
    step = SubAgent(tools=[child]).run("go", llm=llm)
    assert step.value == [0, 10, 20, 30, 40, 50]
    assert most > 1
    runs = {run.run_id: run for run in step.children}
    assert [runs[call.child].value for call in step.tool_calls] == step.value


@pytest.mark.parametrize("mode", ["program", "text"])
def test_children_stand_in_the_order_of_their_calls_however_they_end(mode):
    ended = [asyncio.Event() for _ in range(4)]
    ended[3].set()

    async def llm(request):
        if request.agent == "child":
            n = int(request.messages[0].content.split()[-1])
            await ended[n + 1].wait()
            ended[n].set()
            return f"{n}"
        if mode == "program":
            return block("(return (pmap #(tool/child {:n %}) [0 1 2]))")
        if len(request.messages) > 1:
            return "done"
        return {"tool_calls": [{"id": f"c{n}", "name": "child", "args": {"n": n}} for n in range(3)]}

    child = SubAgent(
        "Say {{n}}", name="child", description="Says.", signature="(n :int) -> :int", mode="text"
    )
    step = SubAgent(tools=[child], mode=mode).run("go", llm=llm)
    assert [run.value for run in step.children] == [0, 1, 2]
    assert [call.child for call in step.tool_calls] == [run.run_id for run in step.children]


# compile


def doubler(**fields):
    return SubAgent(
        "Double {{n}}.",
        name="doubler",
        description="Doubles.",
        signature="(n :int) -> {twice :int}",
        **fields,
    )


def test_row_65_a_compiled_agent_runs_without_a_model():
    llm = script("(return {:twice (* 2 data/n)})")
    compiled = doubler().compile(llm=llm)
    assert len(llm.requests) == 1
    values = [compiled.run({"n": n}).unwrap()["twice"] for n in range(100)]
    assert values == [2 * n for n in range(100)]
    assert len(llm.requests) == 1
    assert compiled.source == "(return {:twice (* 2 data/n)})"
    assert compiled.metadata["turns"] == 1
    assert compiled.metadata["llm_model"]
    assert not compiled.llm_required
    assert asyncio.run(compiled.arun({"n": "21"})).value == {"twice": 42}
    with pytest.raises(ValueError, match="does not fit the signature"):
        compiled.run({"n": "x"})


def test_a_program_that_fails_on_the_sample_is_written_again():
    llm = script("(return {:twice (/ data/n 0)})", "(return {:twice (+ data/n data/n)})")
    compiled = doubler().compile(llm=llm)
    assert (compiled.run({"n": 4}).value, compiled.metadata["turns"]) == ({"twice": 8}, 2)
    with pytest.raises(PtcError, match=r"no valid answer after all turns"):
        doubler().compile(llm=script(*["(/ 1 0)", "(/ 2 0)", "(/ 3 0)"]))


def test_an_answer_without_a_program_cannot_be_compiled():
    agent = doubler(transport="tool_call")
    with pytest.raises(PtcError, match="an answer and no program") as caught:
        agent.compile(llm=ScriptedLLM(['{"twice": 84}']))
    assert caught.value.fault.kind == "no_program"
    with pytest.raises(PtcError, match="an answer and no program"):
        asyncio.run(agent.acompile(llm=ScriptedLLM(['{"twice": 84}'])))


def test_samples_can_be_given_and_are_made_up_otherwise():
    seen = []

    def llm(request):
        seen.append(request.messages[0].content)
        return block("(return (count data/rows))")

    agent = SubAgent("Count {{rows}}.", signature="(rows [{id :int, at :datetime?}], city :string) -> :int")
    agent.compile(llm=llm, context={"city": "Oslo"})
    assert "Oslo" in seen[0]
    assert "list of 1 map" in seen[0]


def test_a_compiled_agent_is_a_tool_and_calls_tools():
    def rate(currency: str) -> float:
        return {"EUR": 1.0, "NOK": 0.1}.get(currency, 1.0)

    agent = SubAgent(
        "Convert.", name="convert", description="Converts.", tools=[rate],
        signature="(amount :float, currency :string) -> :float",
    )  # fmt: skip
    program = "(return (* data/amount (tool/rate {:currency data/currency})))"
    compiled = asyncio.run(agent.acompile(llm=script(program)))
    step = compiled.run({"amount": 50, "currency": "NOK"})
    assert (step.value, step.tool_calls[0].result) == (5.0, 0.1)
    outer = SubAgent(tools=[compiled.as_tool()])
    llm = script('(return (tool/convert {:amount 20 :currency "NOK"}))')
    assert outer.run("go", llm=llm).value == 2.0
    with pytest.raises(ValueError, match="needs a description"):
        SubAgent("x").compile(llm=script("(return 1)")).as_tool()


def test_compiled_programs_with_agents_behind_tools_need_a_model():
    child = SubAgent("Say it.", name="child", description="Says.", signature="(n :int) -> :int")
    agent = SubAgent("Go with {{n}}.", signature="(n :int) -> :int", tools=[child])
    llm = ScriptedLLM([block("(return (tool/child {:n data/n}))"), block("(return 5)")])
    compiled = agent.compile(llm=llm)
    assert compiled.llm_required
    with pytest.raises(ValueError, match="pass llm="):
        compiled.run({"n": 1})
    assert compiled.run({"n": 1}, llm=script("(return (inc data/n))")).value == 2
    slow = SubAgent("x", name="child", description="Says.", mission_timeout_ms=10)
    with pytest.raises(ValueError, match="mission_timeout_ms"):
        SubAgent("x", tools=[slow]).compile(llm=llm)


# built-in tools


def test_row_67_the_grep_family():
    text = "\n".join(
        f"line {n}" + (" ERROR" if n % 50 == 0 else " Warn" if n % 70 == 0 else "") for n in range(400)
    )
    program = r"""
    (def hits (tool/grep {:pattern "error\\|warn" :text data/log}))
    (def around (tool/grep-n {:pattern "error" :text data/log :context 2}))
    (def all (tool/grep-n {:pattern "" :text data/log}))
    (return {:hits (count hits) :lines (map :line (take 6 around)) :rows (count all) :last (:line (last all))})
    """
    step = SubAgent(builtin_tools=["grep"]).run("go", context={"log": text}, llm=script(program))
    assert step.value == {"hits": 12, "lines": [1, 2, 3, 49, 50, 51], "rows": 101, "last": -1}


def test_row_67_a_bad_or_endless_pattern_is_an_error_of_the_call():
    agent = SubAgent(builtin_tools=["grep"], max_turns=1, limits=Limits(timeout_ms=20_000))
    step = agent.run("go", llm=script('(tool/grep {:pattern "(a" :text "a"})'))
    assert step.error.kind is FaultKind.TOOL_ERROR
    assert "never closed" in step.error.message
    step = agent.run(
        "go", llm=script('(tool/grep {:pattern "(a+)+$" :text (str (apply str (repeat 60 "a")) "b")})')
    )
    assert step.error.kind is FaultKind.TOOL_ERROR
    assert "timeout" in step.error.message or "longer than" in step.error.message


def test_a_tool_of_the_definition_wins_over_a_built_in_one():
    agent = SubAgent(tools=[Tool(lambda **a: "mine", "grep")], builtin_tools=["grep"])
    assert list(agent.tool_table) == ["grep", "grep-n"]
    assert ptc_lisp.run("(tool/grep)", tools=agent.tool_table).value == "mine"


@pytest.mark.parametrize(
    "families, error, words",
    [(["grap"], ValueError, "no family 'grap'"), ("grep", TypeError, "must be a list of names")],
)
def test_unknown_families_are_refused(families, error, words):
    with pytest.raises(error, match=words):
        SubAgent("x", builtin_tools=families)


def test_a_definition_with_all_of_this_can_be_stored():
    agent = SubAgent(
        "Count {{text}}.", signature="(text :string) -> :int", tools={"again": SELF}, builtin_tools=["grep"],
        plan=["load", ("sum", "sum up")], allow_effects=["write"], llm_query=True, journaling=True,
    )  # fmt: skip
    restored = SubAgent.from_dict(json.loads(json.dumps(agent.to_dict())))
    assert restored == agent
    assert list(restored.tool_table) == ["again", "grep", "grep-n", "llm-query"]


@dataclass
class Twice:
    twice: int

    def __post_init__(self):
        if self.twice < 0:
            raise ValueError("below zero")


def test_a_compiled_agent_gives_values_of_its_output_type():
    agent = SubAgent(
        "Double {{n}}.", name="doubler", description="Doubles.", signature="(n :int) -> :any", output=Twice
    )
    compiled = agent.compile(llm=script("(return {:twice (* 2 data/n)})"))
    assert compiled.run({"n": 3}).value == Twice(6)
    assert asyncio.run(compiled.arun({"n": 4})).value == Twice(8)
    bad = compiled.run({"n": -1})
    assert (bad.ok, bad.error.kind.value) == (False, "validation_error")
    assert "below zero" in bad.error.message
    outer = SubAgent(tools=[compiled.as_tool()])
    assert outer.run("go", llm=script("(return (tool/doubler {:n 5}))")).value == {"twice": 10}
