"""Large values stay beside the data under names; the model is told their shape."""

from ptc_lisp import Memory
from subagent import ScriptedLLM, SubAgent

ROWS = [{"id": n, "city": "Oslo" if n % 2 else "Rome", "note": "x" * 40} for n in range(1_000)]


def get_orders() -> list[dict]:
    """All orders."""
    return ROWS


def script(*programs):
    return ScriptedLLM([f"```clojure\n{program}\n```" for program in programs])


def told(llm):
    return llm.requests[1].messages[-1].content


def test_row_31_a_large_tool_result_is_kept_under_a_name_and_described():
    llm = script(
        "(println (count (tool/get_orders)))", "(return (count (filter odd? (map :id get_orders-1))))"
    )
    step = SubAgent(tools=[get_orders]).run("count", llm=llm)
    assert step.value == 500
    assert len(step.tool_calls) == 1
    assert "get_orders-1 - list of 1000 maps with keys" in told(llm)
    assert ":city string, e.g." in told(llm)
    assert step.turns[0].kept == ("get_orders-1",)
    assert len(told(llm)) < 1_500


def test_the_result_of_a_program_that_failed_need_not_be_fetched_again():
    llm = script("(nope-at-run (tool/get_orders))", "(return 1)")
    assert (
        SubAgent(tools=[get_orders]).run("x", llm=llm).turns[0].kept == ()
    )  # found before anything was called
    llm = script("(+ 1 (:id (tool/get_orders)))", "(return (count get_orders-1))")
    assert SubAgent(tools=[get_orders]).run("x", llm=llm).value == 1_000
    assert "The program failed" in told(llm)


def test_a_large_value_is_described_and_can_be_read_later():
    llm = script("(map :note data/rows)", "1", "(return (count (filter string? result-1)))")
    assert SubAgent().run("x", llm=llm, context={"rows": ROWS}).value == 1_000
    assert "result-1 - list of 1000 values (string)" in told(llm)
    assert "<result>" not in told(llm)


def test_a_program_that_defines_something_chose_what_it_keeps():
    llm = script("(def cities (frequencies (map :city (tool/get_orders))))", '(return (get cities "Oslo"))')
    step = SubAgent(tools=[get_orders]).run("x", llm=llm)
    assert (step.value, step.turns[0].kept, list(step.memory)) == (500, (), ["cities"])


def test_the_threshold_is_configurable_and_the_memory_limit_holds():
    assert (
        SubAgent(context_ref_bytes=None, tools=[get_orders])
        .run("x", llm=script("(count (tool/get_orders))", "(return 1)"))
        .turns[0]
        .kept
        == ()
    )
    llm = script("[1 2 3 4 5 6 7 8]", "(return (count result-1))")
    assert SubAgent(context_ref_bytes=4).run("x", llm=llm).value == 8
    tight = SubAgent(memory_limit_bytes=60_000, tools=[get_orders])
    assert tight.run("x", llm=script("(count (tool/get_orders))", "(return 1)")).turns[0].kept == ()


def test_kept_values_survive_a_resumed_run():
    states = []
    llm = script("(count (tool/get_orders))", "(return (:city (second get_orders-1)))")
    agent = SubAgent(tools=[get_orders])
    assert agent.run("x", llm=llm, on_state=states.append).value == "Oslo"
    again = agent.run(llm=script("(return (:city (second get_orders-1)))"), resume=states[2].to_json())
    assert again.value == "Oslo"


SMALL = {"history_max_bytes": 1_000}


def test_a_result_beyond_the_bound_of_the_history_is_no_data_but_a_fault_with_its_name():
    llm = script("(map :note data/rows)", "(count *1)", "(return (count result-1))")
    agent = SubAgent(format=SMALL)
    step = agent.run("x", llm=llm, context={"rows": ROWS})
    assert step.value == 1_000
    assert step.turns[1].error.kind == "result_too_large"
    assert step.turns[1].error.details["name"] == "result-1"
    assert "kept whole as result-1" in llm.requests[2].messages[-1].content
    assert "(return *1)" not in told(llm)


def test_the_name_may_be_one_of_the_programs_own_or_none():
    llm = script("(def notes (map :note data/rows)) notes", "(return (count notes))")
    agent = SubAgent(format=SMALL)
    assert agent.run("x", llm=llm, context={"rows": ROWS}).value == 1_000
    assert "too large to be read as *1; read it as notes" in told(llm)
    llm = script("(def n 1) (map :note data/rows)", "(return n)")
    agent.run("x", llm=llm, context={"rows": ROWS})
    assert "define a name for it" in told(llm)


def test_a_large_answer_is_not_offered_where_it_cannot_be_read():
    llm = script("(map :note data/rows)", "(return result-1)")
    step = SubAgent(signature="[:string]", format=SMALL).run("x", llm=llm, context={"rows": ROWS})
    assert len(step.value) == 1_000
    assert "*1" not in told(llm)


def test_by_default_only_results_of_megabytes_are_forgotten_and_none_on_request():
    program = "(def n 1) (map (fn [i] (str i)) (range 200000))"
    for keeps in (True, False):
        agent = SubAgent(format={"history_max_bytes": None} if keeps else {})
        step = agent.run("x", llm=script(program, "(return (count *1))", "(return 0)"))
        assert step.value == (200_000 if keeps else 0)
    assert SubAgent().run("x", llm=script("(def n 1) (range 200000)", "(return (count *1))")).ok


def test_a_resumed_run_forgets_as_the_first_did():
    states = []
    llm = script("(map :note data/rows)", "(return (count result-1))")
    agent = SubAgent(format=SMALL)
    agent.run("x", llm=llm, context={"rows": ROWS}, on_state=states.append)
    assert len(states[2].history[0]) < 100
    llm = script("(count *1)", "(return (count result-1))")
    again = agent.run(llm=llm, resume=states[2].to_json(), context={"rows": ROWS})
    assert (again.value, again.turns[1].error.kind) == (1_000, "result_too_large")


def test_what_is_the_same_is_kept_once():
    llm = script("(tool/get_orders) (tool/get_orders)", "(return (count get_orders-1))")
    step = SubAgent(tools=[get_orders]).run("x", llm=llm)
    assert (step.value, step.turns[0].kept, len(step.turns[0].tool_calls)) == (1_000, ("get_orders-1",), 2)


def test_what_is_kept_may_fill_half_of_the_memory():
    size = len(Memory.of({"rows": ROWS}).to_bytes())
    program = "(tool/get_orders)"
    for limit, kept in ((3 * size, ("get_orders-1",)), (size + size // 2, ())):
        agent = SubAgent(tools=[get_orders], memory_limit_bytes=limit)
        step = agent.run("x", llm=script(program, "(return 1)"))
        assert (step.value, step.turns[0].kept) == (1, kept)
