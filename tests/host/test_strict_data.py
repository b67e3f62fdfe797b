"""A program that reads data which does not exist."""

from __future__ import annotations

import ptc_lisp
from subagent import ScriptedLLM, SubAgent

ORDERS = {"orders": [1, 2]}


def test_by_default_it_is_nil() -> None:
    assert ptc_lisp.run("data/order", context=ORDERS).value is None


def test_strict_data_makes_it_a_fault_before_anything_runs() -> None:
    called: list[str] = []

    def note(text: str) -> None:
        called.append(text)

    step = ptc_lisp.run(
        '(do (tool/note {:text "x"}) (count data/order))',
        context=ORDERS, tools=[note], strict_data=True,
    )  # fmt: skip
    assert step.error is not None
    assert (step.error.kind.value, step.error.message) == ("unbound_var", "data/order does not exist")
    assert step.error.hint == "did you mean `data/orders`?"
    assert called == []


def test_strict_data_lists_what_there_is() -> None:
    def search(q: str) -> str:
        return q

    step = ptc_lisp.run("data/documents", context=ORDERS, tools=[search], strict_data=True)
    assert step.error is not None
    assert step.error.hint == "the context has data/orders; tools are tool/search"
    step = ptc_lisp.run("data/documents", strict_data=True)
    assert step.error is not None
    assert step.error.hint == "the context is empty"


def test_strict_data_knows_either_spelling_and_the_last_failure() -> None:
    step = ptc_lisp.run("[data/big-orders data/fail]", context={"big_orders": 3}, strict_data=True)
    assert step.value == [3, None]


def test_an_agent_is_told_at_once() -> None:
    llm = ScriptedLLM(
        ["```clojure\n(return (count data/order))\n```", "```clojure\n(return (count data/orders))\n```"]
    )
    step = SubAgent().run("How many?", llm=llm, context=ORDERS)
    assert step.value == 2
    assert "did you mean `data/orders`?" in llm.requests[1].messages[-1].content


def test_an_optional_input_of_an_agent_may_be_left_out() -> None:
    agent = SubAgent("Count {{rows}}", signature="(rows [:int], top :int?) -> :int")
    llm = ScriptedLLM(["```clojure\n(return (+ (count data/rows) (or data/top 10)))\n```"])
    assert agent.run(llm=llm, context={"rows": [1, 2]}).value == 12
