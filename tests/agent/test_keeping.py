"""Large values stay beside the data under names; the model is told their shape."""

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
