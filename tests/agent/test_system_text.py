"""What a host can change in what the model reads, and what never changes between turns."""

import logging

import pytest

from subagent import FormatOptions, LanguageSpec, ScriptedLLM, SubAgent, SystemPrompt

CONTEXT = {"rows": [{"a": 1.23456}]}


def look(n: int) -> int:
    """Looks."""
    return n


def script(*programs):
    return ScriptedLLM([f"```clojure\n{program}\n```" for program in programs])


def system(**fields):
    return SubAgent(**fields).preview_prompt("x", CONTEXT).system


def test_the_system_text_is_byte_stable_over_turns_and_tasks():
    llm, other = script("(def a 1)", "(nope)", "(println 5)", "(return 1)"), script("(return 1)")
    agent = SubAgent(tools=[look])
    agent.run("one", llm=llm, context=CONTEXT)
    agent.run("two", llm=other, context={})
    texts = {request.system for request in [*llm.requests, *other.requests]}
    assert len(texts) == 1
    first = [request.messages[0] for request in llm.requests]
    assert first == [first[0]] * 4  # and so is the beginning of the conversation


def test_profiles_of_the_language():
    sizes = {profile: len(system(language_spec=profile)) for profile in ("minimal", "compact", "full")}
    assert sizes["minimal"] < sizes["compact"] - 1_500 < sizes["full"]
    own = system(language_spec="Write Lisp.\nUse data/rows.")
    assert "Write Lisp.\nUse data/rows." in own
    assert "# Language" not in own
    assert "Reply with exactly one ```clojure block" in own


def test_a_profile_may_list_other_names():
    compact, bare = system(), system(language_spec=("compact", {"reference": "none"}))
    assert "# Useful functions" not in bare
    assert bare.startswith(compact.split("# Useful functions")[0])
    assert bare.endswith(compact.split("# Examples")[1])
    assert system(language_spec=LanguageSpec("compact", reference="full")) == system(language_spec="full")
    assert "zipmap" in system(language_spec=["minimal", {"reference": "common"}])
    own = system(language_spec=("Write good Lisp.", {"reference": "full"}))
    assert own.index("Write good Lisp.") < own.index("# Useful functions")


def test_the_journal_is_explained_or_not():
    assert "# Journal" in system(language_spec=("compact", {"journal": True}))
    assert "# Journal" in system(journaling=True)
    assert "# Journal" not in system(journaling=True, language_spec=("compact", {"journal": False}))


def test_a_function_may_give_a_pair():
    agent = SubAgent(
        language_spec=lambda turn, **_: ("compact", {"reference": "none" if turn > 1 else "full"})
    )
    llm = script("1", "(return 2)")
    assert agent.run("x", llm=llm).value == 2
    assert ["# Useful functions" in request.system for request in llm.requests] == [True, False]


def test_a_function_may_say_something_else_in_every_turn():
    seen = []

    def spec(*, turn, model, memory, messages):
        seen.append((turn, model, memory, len(messages)))
        return "compact" if turn == 1 else f"Turn {turn}: short words only."

    llm = script("(def a 1)", "(return a)")
    assert SubAgent(language_spec=spec).run("x", llm=llm).value == 1
    assert seen[-2:] == [(1, "scripted", (), 1), (2, "scripted", ("a",), 3)]
    assert "# Useful functions" in llm.requests[0].system
    assert "Turn 2: short words only." in llm.requests[1].system


def test_pieces_around_the_system_text():
    plain = system()
    assert (
        system(system_prompt=SystemPrompt(prefix="Before.", suffix="After."))
        == f"Before.\n\n{plain}\n\nAfter."
    )
    assert system(system_prompt={"suffix": "After."}) == f"{plain}\n\nAfter."
    assert system(system_prompt="All mine.") == "All mine."
    assert system(system_prompt=str.upper) == plain.upper()


def test_a_model_may_think_aloud_before_its_program():
    assert "First think in a few short sentences" in system(thinking=True)
    assert "no other text" not in system(thinking=True)
    llm = ScriptedLLM(["First I count the rows (there are few).\n```clojure\n(def n 1)\n```", "(return n)"])
    assert SubAgent(thinking=True).run("x", llm=llm).value == 1
    assert (
        llm.requests[1].messages[1].content == "```clojure\n(def n 1)\n```"
    )  # what it thought is not replayed
    with pytest.raises(ValueError, match="choose one of them"):
        SubAgent(thinking=True, constrain="gbnf")


def test_the_form_of_replies_can_be_said_in_other_words():
    text = system(system_prompt=SystemPrompt(output_format="Write ONE block."))
    assert "# Reply\nWrite ONE block.\n" in text
    assert "Reply with exactly one" not in text


def test_a_long_system_text_is_cut_with_a_warning(caplog):
    with caplog.at_level(logging.WARNING, logger="subagent"):
        assert len(system(prompt_limit_chars=500)) == 500
    assert "characters and is cut to 500" in caplog.text


def test_context_in_the_system_text():
    preview = SubAgent(format=FormatOptions(context_in_system=True), tools=[look]).preview_prompt(
        "x", CONTEXT
    )
    assert "data/rows - list of 1 map" in preview.system
    assert "(tool/look {:n int})" in preview.system
    assert "data/rows" not in preview.user
    assert "<task>\nx\n</task>" in preview.user


def test_floats_are_rounded_for_the_eye_only():
    llm = script("(def x {:a 2.34567}) (:a (first data/rows))", "(return [*1 (:a x)])")
    step = SubAgent(float_precision=2).run("x", llm=llm, context=CONTEXT)
    told = llm.requests[1].messages[-1].content
    assert "<result>\n1.23\n</result>" in told
    assert "x = {:a 2.35}" in told
    assert step.value == [1.23456, 2.34567]


def test_a_long_value_keeps_its_structure():
    llm = script('(map (fn [n] {:id n :name (str "row " n)}) (range 200))', "(return 1)")
    SubAgent(context_ref_bytes=None).run("x", llm=llm)
    told = llm.requests[1].messages[-1].content
    shown = told.split("<result>\n")[1].split("\n</result>")[0]
    assert '{:id 9 :name "row 9"} ... 190 more] (cut: print less, or less of it)' in shown.replace(
        "...", "..."
    )
    assert len(shown) <= 512


def test_minimal_turn_info():
    llm = script("1", "2", "(return 1)")
    SubAgent(max_turns=3, format=FormatOptions(minimal_turn_info=True)).run("x", llm=llm)
    assert "Turn 1 of" not in llm.requests[1].messages[-1].content
    assert "This is your last turn" in llm.requests[2].messages[-1].content


def test_row_37_the_turn_that_must_return_says_so_and_names_no_tools():
    llm = script("1", "(return 1)")
    SubAgent(max_turns=2, tools=[look]).run("x", llm=llm)
    assert llm.requests[0].tool_names == ("look",)
    assert llm.requests[1].tool_names == ()
    told = llm.requests[1].messages[-1].content
    assert "This is your last turn. Do not explore and do not call tools" in told
    assert "tool/look" not in told


@pytest.mark.parametrize(
    "fields,error,words",
    [
        ({"system_prompt": 3}, TypeError, "must be text, SystemPrompt"),
        ({"system_prompt": {"prefx": "a"}}, ValueError, r"no field prefx \(did you mean prefix\?\)"),
        (
            {"language_spec": "compakt"},
            ValueError,
            'SubAgent.language_spec: LanguageSpec.profile must be one of "compact"',
        ),
        ({"language_spec": ("full", {"refs": 1})}, TypeError, r"SubAgent.language_spec: a profile"),
        (
            {"language_spec": ("full", {"reference": "all"})},
            ValueError,
            'must be "common", "full", "none" or None',
        ),
        ({"language_spec": 3}, TypeError, "or a pair such as"),
        ({"prompt_limit_chars": 0}, ValueError, "SubAgent.prompt_limit_chars must be at least 1"),
        ({"float_precision": -1}, ValueError, "SubAgent.float_precision must be at least 0"),
    ],
)
def test_unusable_pieces_are_refused(fields, error, words):
    with pytest.raises(error, match=words):
        SubAgent(**fields)


def test_functions_must_give_text():
    with pytest.raises(TypeError, match=r"SubAgent\.system_prompt must give text, but its function gave int"):
        system(system_prompt=len)
    with pytest.raises(TypeError, match=r"the function SubAgent\.language_spec gave something unusable"):
        system(language_spec=lambda **_: 3)
