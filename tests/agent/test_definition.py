"""What a definition accepts, and how it says what it does not."""

import dataclasses

import pytest

from ptc_lisp import Limits
from ptc_lisp.signature import parse
from subagent import ScriptedLLM, SubAgent


def f(x: int) -> int:
    """F."""
    return x


def lisp_eval() -> int:
    return 1


@pytest.mark.parametrize(
    "fields,error,words",
    [
        ({"prompt": 5}, TypeError, "SubAgent.prompt must be text, got int"),
        ({"prompt": " "}, ValueError, "SubAgent.prompt is empty"),
        ({"name": ""}, ValueError, "SubAgent.name is empty"),
        ({"description": 1}, TypeError, "SubAgent.description must be text"),
        ({"max_turns": 0}, ValueError, "SubAgent.max_turns must be at least 1, got 0"),
        ({"max_turns": True}, TypeError, "SubAgent.max_turns must be a whole number, got True"),
        ({"max_turns": 2.0}, TypeError, "SubAgent.max_turns must be a whole number"),
        ({"retry_turns": -1}, ValueError, "SubAgent.retry_turns must be at least 0"),
        ({"turn_budget": 0}, ValueError, "SubAgent.turn_budget"),
        ({"max_depth": 0}, ValueError, "SubAgent.max_depth"),
        ({"mission_timeout_ms": 0}, ValueError, "SubAgent.mission_timeout_ms must be at least 1"),
        ({"max_tool_calls": -1}, ValueError, "SubAgent.max_tool_calls must be at least 0"),
        ({"completion": "maybe"}, ValueError, 'must be "implicit" or "explicit", got \'maybe\''),
        (
            {"language_spec": "long"},
            ValueError,
            'must be one of "compact", "full", "minimal", or a text of your own',
        ),
        ({"limits": 3}, TypeError, "SubAgent.limits must be Limits(...) or a dict of its fields, got 3"),
        (
            {"limits": {"timeout": 1}},
            ValueError,
            "SubAgent.limits has no field timeout (did you mean timeout_ms?)",
        ),
        ({"limits": {"watts": 1}}, ValueError, "no field watts; known are timeout_ms, cpu_ms, memory_bytes"),
        ({"format": {"max_chars": 0}}, ValueError, "FormatOptions.max_chars must be at least 1"),
        ({"format": 3}, TypeError, "SubAgent.format must be FormatOptions"),
        ({"signature": "{a :strin}"}, ValueError, "did you mean :string"),
        ({"signature": 3}, TypeError, "SubAgent.signature must be text such as"),
        ({"tools": [3]}, TypeError, "SubAgent.tools: a tool must be a function"),
        ({"tools": [f, f]}, ValueError, "SubAgent.tools: two tools are called f"),
        ({"tools": [lisp_eval]}, ValueError, "the name lisp_eval is reserved"),
        ({"tools": {"lisp-eval": f}}, ValueError, "the name lisp-eval is reserved"),
        ({"tools": [f], "signature": "(f :int) -> :int"}, ValueError, "f is both a tool and an input"),
        ({"llm": 3}, TypeError, "llm must be a model string"),
        ({"prompt": "{{a b}}"}, ValueError, "{{a b}} is no placeholder"),
    ],
)
def test_a_bad_field_is_named_with_its_value_and_a_remedy(fields, error, words):
    with pytest.raises(error) as caught:
        SubAgent(**fields)
    assert words in str(caught.value)


def test_agents_can_be_keys_and_copies():
    agent = SubAgent("Count.", tools=[f], llm_options={"temperature": 0})
    same, other = dataclasses.replace(agent), dataclasses.replace(agent, max_turns=9)
    assert {agent: 1}[same] == 1
    assert (same == agent, other == agent, len({agent, same, other})) == (True, False, 2)


def test_a_dict_stands_for_the_fields_of_an_option():
    agent = SubAgent(limits={"timeout_ms": 70}, format={"max_chars": 99}, llm_retry={"max_attempts": 1})
    assert agent.limits == Limits(timeout_ms=70)
    assert (agent.format.max_chars, agent.llm_retry.max_attempts) == (99, 1)


def test_row_52_a_misspelt_placeholder_is_found_when_the_agent_is_made():
    with pytest.raises(ValueError, match=r"\{\{nmae\}\} refers to nothing; did you mean \{\{name\}\}\?"):
        SubAgent("Greet {{nmae}}", signature="(name :string) -> :string")


def test_row_50_a_name_that_is_tool_and_data_is_refused():
    with pytest.raises(ValueError, match="f is both a tool and an entry of the context"):
        SubAgent(tools=[f]).run("x", llm=ScriptedLLM([]), context={"f": 1})


def test_row_51_placeholders_become_references_and_data_stays_out_of_the_prompt():
    agent = SubAgent("Sum {{order-list}} of {{who.name}}", signature="(order-list [:int], who :map) -> :int")
    user = agent.preview_prompt(context={"order-list": [424242] * 3, "who": {"name": "n"}}).user
    assert "Sum data/order-list of (:name data/who)" in user
    assert "{{" not in user


@pytest.mark.parametrize(
    "agent,arguments,error,words",
    [
        (SubAgent(), {}, ValueError, "agent has nothing to do"),
        (SubAgent(), {"task": 3}, TypeError, "task must be text, got int"),
        (SubAgent(), {"task": "x", "context": [1]}, TypeError, "context must be a dict"),
        (SubAgent(), {"task": "x", "context": {1: 2}}, TypeError, "names of the context must be text"),
        (SubAgent("Use {{x}}"), {"context": {"y": 1}}, ValueError, "{{x}} refers to nothing; known: y"),
        (SubAgent("x", signature="(n :int) -> :int"), {}, ValueError, "does not fit the signature"),
        (
            SubAgent("x", signature="(n :int) -> :int"),
            {"context": {"n": "five"}},
            ValueError,
            "n: expected int",
        ),
        (SubAgent(), {"task": "x", "context": {"o": object()}}, TypeError, "context['o']"),
    ],
)
def test_the_hosts_mistakes_are_raised(agent, arguments, error, words):
    with pytest.raises(error) as caught:
        agent.run(**arguments, llm=ScriptedLLM([]))
    assert words in str(caught.value)


def test_a_run_without_a_model_says_where_to_put_one():
    with pytest.raises(ValueError, match="agent has no model: pass llm="):
        SubAgent().run("x")


def test_a_definition_is_frozen_and_can_be_copied_with_changes():
    agent = SubAgent("x", signature=parse("{a :int}"))
    assert agent.signature == "-> {a :int}"
    with pytest.raises(dataclasses.FrozenInstanceError):
        agent.max_turns = 3
    assert dataclasses.replace(agent, max_turns=9, limits=Limits(timeout_ms=10)).max_turns == 9


def test_row_83_the_preview_is_what_the_model_gets():
    llm = ScriptedLLM(["```clojure\n(return 1)\n```"])
    agent = SubAgent(tools=[f], signature=":int", context_descriptions={"rows": "what we sold"})
    context = {"rows": [{"a": 1}]}
    preview = agent.preview_prompt("go", context)
    agent.run("go", llm=llm, context=context)
    assert (llm.requests[0].system, llm.requests[0].messages[0].content) == (preview.system, preview.user)
    assert list(preview.messages) == llm.requests[0].chat_messages()
    assert "data/rows - list of 1 map with keys - what we sold" in preview.user


def test_row_83_the_preview_has_tools_and_schema_too():
    agent = SubAgent(mode="text", tools=[f], signature="{n :int}")
    llm = ScriptedLLM(['{"n": 1}'])
    earlier = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    preview = agent.preview_prompt("go", initial_messages=earlier)
    agent.run("go", llm=llm, initial_messages=earlier)
    assert (preview.tools, preview.schema) == (llm.requests[0].tools, llm.requests[0].schema)
    assert list(preview.messages) == llm.requests[0].chat_messages()
    plain = SubAgent(mode="text", signature="{n :int}").preview_prompt("go")
    assert plain.schema["required"] == ["n"]


def test_an_optional_input_may_be_missing_although_the_prompt_names_it():
    agent = SubAgent("Greet {{name}}", signature="(name :string?) -> :string")
    assert agent.run(llm=ScriptedLLM(['(return (str "hi " data/name))'])).value == "hi "


def test_inputs_are_coerced_to_the_signature():
    agent = SubAgent("Double {{n}}", signature="(n :int) -> :int")
    assert agent.run(context={"n": "21"}, llm=ScriptedLLM(["(return (* 2 data/n))"])).value == 42


def test_the_full_language_spec_names_every_function():
    system = SubAgent(language_spec="full").preview_prompt("Count.").system
    assert "(partition-by f coll)" in system
    assert "(partition-by f coll)" not in SubAgent().preview_prompt("Count.").system


def test_the_repr_shows_what_was_set():
    assert repr(SubAgent()) == "SubAgent()"
    assert repr(SubAgent("Count {{xs}}.", max_turns=2)) == "SubAgent(prompt='Count {{xs}}.', max_turns=2)"


def test_reprs_stay_short_whatever_the_size_of_the_run():
    agent = SubAgent(llm=ScriptedLLM(["(return (map str (range 5000)))", "(return nope)"]), max_turns=1)
    step = agent.run("List.")
    assert repr(step).startswith(f"Step(ok=True, agent='agent', run_id='{step.run_id}', value=['0', '1', ")
    assert len(repr(step)) < 300
    assert "error='unbound_var at line 1, column 9: nope is not defined'" in repr(agent.run("Again."))
    assert repr(agent.chat()) == "Chat(agent='agent', messages=0)"
    assert repr(agent.stream("List.")) == "RunStream(agent='agent', new)"


def test_a_chat_refuses_unknown_options_when_it_begins():
    with pytest.raises(TypeError, match=r"contex is no option of a run \(did you mean context\?\)"):
        SubAgent().chat(contex={})
