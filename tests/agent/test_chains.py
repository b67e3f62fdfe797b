"""One agent after another."""

import asyncio

import pytest

import ptc_lisp
from ptc_lisp import FaultKind, Limits
from subagent import ScriptedLLM, SubAgent


def script(*programs):
    return ScriptedLLM([f"```clojure\n{program}\n```" for program in programs])


FIND = SubAgent(
    "Find the city.",
    name="find",
    signature="{city :string, zip :int?}",
    field_descriptions={"city": "where it rains"},
)
COUNT = SubAgent(
    "Count the letters of {{city}}.", name="count", signature="(city :string, limit :int?) -> {n :int}"
)


def test_row_63_agents_follow_one_another():
    step = FIND.run(llm=script('(return {:city "Oslo"})')).then(
        COUNT, llm=script("(return {:n (count data/city)})")
    )
    assert (step.agent, step.value) == ("count", {"n": 4})

    async def both():
        first = await FIND.arun(llm=script('(return {:city "Oslo"})'))
        return await first.athen(COUNT, llm=script("(return {:n 1})"))

    assert asyncio.run(both()).value == {"n": 1}


def test_row_63_a_missing_key_is_a_chain_error_without_a_model():
    first = SubAgent().run("a", llm=script('(return {:town "Oslo" :limit 3})'))
    llm = script()
    step = first.then(COUNT, llm=llm)
    assert step.error.kind is FaultKind.CHAIN_ERROR
    assert step.error.details == {"missing": ["city"], "given": ["limit", "town"]}
    assert "city" in step.error.message
    assert llm.requests == []


@pytest.mark.parametrize("value", ["{:city 5}", "[1 2]", "nil"])
def test_a_value_that_does_not_fit_is_a_chain_error(value):
    step = SubAgent().run("a", llm=script(f"(return {value})")).then(COUNT, llm=script())
    assert step.error.kind is FaultKind.CHAIN_ERROR
    prompted = SubAgent("Look at {{city}}.")
    step = SubAgent().run("a", llm=script("(return {:town 1})")).then(prompted, llm=script())
    assert step.error.kind is FaultKind.CHAIN_ERROR


def test_row_63_a_failed_step_propagates_without_a_model():
    llm = script()
    last = FIND.run(llm=script('(fail "no rain")')).then(COUNT, llm=llm).then(COUNT, llm=llm)
    assert last.error.kind is FaultKind.CHAINED_FAILURE
    assert "no rain" in last.error.message
    assert llm.requests == []


def test_the_hosts_own_context_is_still_its_own_mistake():
    with pytest.raises(ValueError, match="does not fit the signature"):
        COUNT.run(context={"town": "Oslo"}, llm=script())


def test_a_program_can_begin_a_chain():
    step = ptc_lisp.run('{:city "Rome"}')
    assert COUNT.run(context=step, llm=script("(return {:n (count data/city)})")).value == {"n": 4}


def test_row_64_what_fields_mean_travels_to_the_next_agent():
    llm = script("(return {:n 4})")
    FIND.run(llm=script('(return {:city "Oslo"})')).then(COUNT, llm=llm)
    assert "where it rains" in llm.requests[0].messages[0].content


def test_a_compiled_program_is_a_link_of_a_chain():
    program = COUNT.compile(llm=script("(return {:n (count data/city)})"))
    first = FIND.run(llm=script('(return {:city "Oslo"})'))
    step = first.then(program)
    assert (step.ok, step.value) == (True, {"n": 4})
    assert asyncio.run(first.athen(program)).value == {"n": 4}
    last = SubAgent("{{n}}?", signature="(n :int) -> :int").run(
        context=step, llm=script("(return (inc data/n))")
    )
    assert last.value == 5


def test_a_compiled_program_does_not_begin_after_a_step_that_failed_or_lacks_something():
    program = COUNT.compile(llm=script("(return {:n (count data/city)})"))
    failed = FIND.run(llm=script('(fail "no rain")')).then(program)
    assert (failed.error.kind, failed.value) == (FaultKind.CHAINED_FAILURE, None)
    lacking = SubAgent().run("a", llm=script("(return {:town 1})")).then(program)
    assert (lacking.error.kind, lacking.error.details["missing"]) == (FaultKind.CHAIN_ERROR, ["city"])


def test_a_run_of_a_compiled_program_may_have_less_time():
    source = '(return {:n (count (map #(reduce + (range %)) (range (if (= data/city "Oslo") 30000 1))))})'
    program = COUNT.compile(llm=script(source))
    step = program.run({"city": "Oslo"}, limits=Limits(timeout_ms=50))
    assert step.error.kind == FaultKind.TIMEOUT
