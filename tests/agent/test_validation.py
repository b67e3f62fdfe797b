"""What happens to inputs, answers and tool arguments that do not fit: the validation modes."""

import pytest

import ptc_lisp
from ptc_lisp import Tool
from subagent import ScriptedLLM, SubAgent

TOTAL = {"signature": "(n :int) -> {total :int}", "max_turns": 2}


def script(*programs):
    return ScriptedLLM([f"```clojure\n{program}\n```" for program in programs])


def run(validation, n, *programs, **fields):
    agent = SubAgent("Go with {{n}}.", validation=validation, **{**TOTAL, **fields})
    return agent.run(llm=script(*programs), context={"n": n})


def test_row_54_a_converted_input_is_a_warning_of_the_step():
    step = run("enabled", "42", "(return {:total data/n})")
    assert step.value == {"total": 42}
    assert step.warnings == ('n: string "42" was read as int 42',)


def test_strict_converts_nothing():
    with pytest.raises(ValueError, match='n: expected int, got string "42"'):
        run("strict", "42", "(return 1)")
    assert run("strict", 42, "(return {:total data/n})").value == {"total": 42}
    assert not run("strict", 42, "(return {:total 1.5})", "(return {:total 1.5})").ok


def test_warn_only_lets_through_and_says_so():
    step = run("warn_only", "many", "(return {:total data/n})")
    assert step.value == {"total": "many"}
    assert step.warnings == (
        'n: expected int, got string "many"',
        'return.total: expected int, got string "many"',
    )
    late = run("warn_only", 1, "(def a 1) a", "[a]")
    assert (late.value, late.usage.fallback_used, len(late.warnings)) == ([1], True, 1)


def test_disabled_lets_through_without_a_word():
    step = run("disabled", "many", "(return [data/n])")
    assert (step.value, step.warnings) == (["many"], ())


@pytest.mark.parametrize(
    "validation, reply, value",
    [
        ("warn_only", '{"total": "3"}', {"total": 3}),
        ("warn_only", '{"total": "x"}', {"total": "x"}),
        ("warn_only", "no idea", "no idea"),
        ("disabled", '{"total": "3"}', {"total": "3"}),
        ("disabled", "no idea", "no idea"),
    ],
)
def test_answers_of_text_mode(validation, reply, value):
    agent = SubAgent(mode="text", signature="{total :int}", validation=validation)
    assert agent.run("Go", llm=ScriptedLLM([reply])).value == value


def test_a_compiled_agent_keeps_the_mode():
    agent = SubAgent("Go with {{n}}.", validation="warn_only", **TOTAL)
    compiled = agent.compile(llm=script("(return {:total data/n})"))
    assert compiled.run({"n": "x"}).value == {"total": "x"}


def test_an_output_type_needs_answers_that_are_checked():
    with pytest.raises(ValueError, match=r"SubAgent.validation 'warn_only' lets any answer through"):
        SubAgent(output=int, validation="warn_only")


def typed(n: int):
    return [n]


@pytest.mark.parametrize("tool", [typed, (lambda n: [n], "(n :int) -> :any")], ids=["hints", "signature"])
@pytest.mark.parametrize(
    "validation, given, value, warned",
    [
        ("enabled", '"4"', [4], None),
        ("enabled", '"x"', None, None),
        ("strict", '"4"', None, None),
        ("strict", "4", [4], False),
        ("warn_only", '"x"', ["x"], True),
        ("warn_only", '"4"', [4], None),
        ("disabled", '"4"', ["4"], False),
    ],
)
def test_tools_have_the_same_modes(tool, validation, given, value, warned):
    fn, signature = tool if isinstance(tool, tuple) else (tool, None)
    made = Tool(fn, "get", signature=signature, validation=validation)
    step = ptc_lisp.run(f"(tool/get {{:n {given}}})", tools=[made])
    assert step.value == value
    if value is None:
        assert step.error.kind.value == "invalid_tool_args"
    if warned is not None:
        assert bool(step.tool_calls[0].warnings) is warned


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match=r'Tool\.validation must be one of "enabled", "strict"'):
        Tool(typed, validation="lax")
    with pytest.raises(ValueError, match=r'SubAgent\.validation must be "enabled", "strict"'):
        SubAgent(validation="lax")


def test_the_ledger_of_an_agent_tells_of_arguments_and_attempts():
    tool = Tool(typed, "get", signature="(n :int) -> :any", cache=True)
    step = SubAgent(tools=[tool]).run("Go", llm=script('(return [(tool/get {:n "4"}) (tool/get {:n "4"})])'))
    assert step.value == [[4], [4]]
    first, second = step.tool_calls
    assert (first.attempts, first.timed_out, first.warnings) == (
        1,
        False,
        ('n: string "4" was read as int 4',),
    )
    assert (second.attempts, second.cached) == (0, True)
