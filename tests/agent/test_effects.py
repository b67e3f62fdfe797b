"""Tools that change something: refused before the call, told after a failure, or the end of the run."""

import pytest

from ptc_lisp import FaultKind, Tool
from subagent import ScriptedLLM, SubAgent, stop_on_partial_effects


def block(program):
    return f"```clojure\n{program}\n```"


def script(*programs):
    return ScriptedLLM([block(program) for program in programs])


class Till:
    def __init__(self):
        self.paid = []

    def pay(self, order: int) -> dict:
        """Pays an order."""
        self.paid.append(order)
        return {"paid": order}


def cashier(till, **fields):
    return SubAgent(tools=[Tool(till.pay, effect="write"), Tool(lambda: 3, "look", effect="read")], **fields)


def test_a_write_is_refused_before_the_call_unless_it_is_allowed():
    till = Till()
    llm = script("(tool/pay {:order 7})", '(fail "not allowed")')
    step = cashier(till).run("pay order 7", llm=llm)
    assert till.paid == []
    assert step.turns[0].error.kind is FaultKind.EFFECT_NOT_ALLOWED
    assert "its effect is write, which this run does not allow" in llm.requests[1].messages[-1].content
    assert "Not allowed in this run (its effect is write)" in llm.requests[0].messages[0].content
    for agent, options in (
        (cashier(till, allow_effects=["write"]), {}),
        (cashier(till), {"allow_effects": ["write"]}),
    ):
        llm = script("(return (tool/pay {:order 7}))")
        assert agent.run("pay order 7", llm=llm, **options).value == {"paid": 7}
        assert "call it once for each change" in llm.requests[0].messages[0].content
    assert till.paid == [7, 7]


def test_a_run_may_allow_less_than_the_agent():
    till = Till()
    agent = cashier(till, allow_effects=["read", "write"], max_turns=1)
    step = agent.run("pay", llm=script("(tool/pay {:order 7})"), allow_effects=["read"])
    assert (step.error.kind, till.paid) == (FaultKind.EFFECT_NOT_ALLOWED, [])


def test_agents_called_as_tools_are_bound_by_their_callers():
    till = Till()
    child = cashier(till, name="cashier", description="Pays.", allow_effects=["write"], max_turns=1)
    parent = SubAgent(tools=[child], max_turns=1)
    llm = [block('(return (tool/cashier {:task "pay"}))'), block("(return (tool/pay {:order 1}))")]
    step = parent.run("go", llm=ScriptedLLM(llm))
    assert "effect_not_allowed" in step.error.message
    step = parent.run("go", llm=ScriptedLLM(llm), allow_effects=["write"])
    assert (step.value, till.paid) == ({"paid": 1}, [1])


FAILING = "(tool/look) (tool/pay {:order 7}) (/ 1 0)"


def test_a_turn_that_wrote_and_failed_tells_what_took_effect():
    till = Till()
    llm = script(FAILING, "(return 1)")
    step = cashier(till, allow_effects=["read", "write"]).run("pay", llm=llm)
    told = llm.requests[1].messages[-1].content
    assert "<tool_calls>\n(tool/pay {:order 7}) gave {:paid 7}\n</tool_calls>" in told
    assert "tool/look" not in told.partition("<tool_calls>")[2]
    assert [call.took_effect for call in step.tool_calls] == [False, True]


def test_an_answer_that_is_refused_tells_what_took_effect():
    llm = script('(tool/pay {:order 7}) (return "x")', "(return 1)")
    agent = cashier(Till(), allow_effects=["write"], signature=":int")
    agent.run("pay", llm=llm)
    assert "(tool/pay {:order 7}) gave" in llm.requests[1].messages[-1].content


def test_row_103_a_guard_stops_after_a_write_and_an_error():
    till = Till()
    llm = script(FAILING, "(return 1)")
    agent = cashier(till, allow_effects=["read", "write"])
    step = agent.run("pay", llm=llm, continuation_guard=stop_on_partial_effects)
    assert step.error.kind is FaultKind.PARTIAL_SIDE_EFFECTS
    assert step.error.details["matched_calls"] == [
        {"name": "pay", "args": {"order": 7}, "effect": "write", "error": None}
    ]
    assert (len(llm.requests), till.paid) == (1, [7])


@pytest.mark.parametrize("program", ["(tool/look) (/ 1 0)", "(tool/put) (/ 1 0)", "(tool/pay {:order 1})"])
def test_the_guard_lets_reads_repeatable_calls_and_good_turns_go_on(program):
    till = Till()
    tools = [Tool(lambda: 3, "look", effect="read"), Tool(lambda: 3, "put", effect="idempotent"), till.pay]
    step = SubAgent(tools=tools).run(
        "go", llm=script(program, "(return 1)"), continuation_guard=stop_on_partial_effects
    )
    assert step.value == 1


@pytest.mark.parametrize(
    "effects, error, words",
    [("write", TypeError, "must be a list"), (["delete"], ValueError, "'delete'; the effects are")],
)
def test_effects_are_checked_where_they_are_given(effects, error, words):
    with pytest.raises(error, match=words):
        SubAgent("x", allow_effects=effects)
    with pytest.raises(error, match=words):
        SubAgent("x").run(llm=script("1"), allow_effects=effects)


def test_row_56_what_a_docstring_says_of_parameters_is_in_the_prompt():
    def find(city: str, days: int = 1) -> list[str]:
        """Finds flights.

        Args:
            city: Where they start.
            days: How many days
                ahead.
        """
        return [city] * days

    opening = SubAgent("Find.", tools=[find, Tool(print, "inner", visibility="private")]).preview_prompt()
    assert (
        "(tool/find {:city string, :days int?}) -> [string] - Finds flights.\n"
        "  :city Where they start.\n"
        "  :days How many days ahead.\n" in opening.user
    )
    assert "inner" not in opening.user


def test_row_93_an_unknown_tool_is_refused_before_anything_happens():
    till = Till()
    llm = script("(tool/pay {:order 7}) (tool/pya {:order 8})", "(return 1)")
    step = cashier(till, allow_effects=["write"]).run("pay", llm=llm)
    assert (till.paid, step.tool_calls) == ([], [])
    assert step.turns[0].error.kind is FaultKind.UNKNOWN_TOOL
    assert "pay" in llm.requests[1].messages[-1].content
