"""Questions to a model as tools of a program: `LLMTool` and `llm-query`."""

import asyncio
import json

import pytest

from ptc_lisp import FaultKind, Limits
from subagent import LLMTool, ScriptedLLM, SubAgent


def block(program):
    return f"```clojure\n{program}\n```"


class Judge:
    """Writes one program, and answers questions with the JSON that `answer` gives for the question's text."""

    def __init__(self, program, answer):
        self.program = program
        self.answer = answer
        self.questions = []

    async def __call__(self, request):
        if request.agent == "agent":
            return block(self.program)
        await asyncio.sleep(0.01)
        text = request.messages[-1].content
        self.questions.append(text)
        made = self.answer(text)
        return made if isinstance(made, str) else json.dumps(made)


TEXTS = ["good", "bad", "fine"]


def test_row_66_pmap_over_three_items_gives_three_typed_values():
    program = """
    (return (pmap #(tool/llm-query {:prompt "Is {{text}} nice?" :signature "{nice :bool, score :int}" :text %}) data/texts))
    """
    llm = Judge(program, lambda text: {"nice": "bad" not in text, "score": len(text)})
    step = SubAgent(llm_query=True).run("Judge.", context={"texts": TEXTS}, llm=llm)
    assert step.value == [
        {"nice": True, "score": 13},
        {"nice": False, "score": 12},
        {"nice": True, "score": 13},
    ]
    assert sorted(llm.questions) == ["Is bad nice?", "Is fine nice?", "Is good nice?"]
    assert [child.agent for child in step.children] == ["llm-query"] * 3
    assert step.usage.llm_requests == 4


def test_a_question_has_a_text_as_answer_by_default():
    llm = Judge('(return (tool/llm-query {:prompt "Say yes."}))', lambda text: "yes")
    step = SubAgent(llm_query=True).run("go", llm=llm)
    assert step.value == "yes"
    opening = SubAgent(llm_query=True).preview_prompt("go")
    assert "(tool/llm-query {:prompt string" in opening.user


def test_many_questions_do_not_use_up_the_turns():
    program = '(return (count (pmap #(tool/llm-query {:prompt (str "n " %)}) (range 30))))'
    step = SubAgent(llm_query=True, turn_budget=3).run("go", llm=Judge(program, lambda text: "x"))
    assert step.value == 30


def test_tokens_of_questions_count():
    program = '(tool/llm-query {:prompt "a"}) (return (tool/llm-query {:prompt "b"}))'
    llm = ScriptedLLM([block(program), "x", "y"])
    step = SubAgent(llm_query=True).run("go", llm=llm)
    assert step.value == "y"
    assert step.usage.turns == 1
    assert step.usage.llm_requests == 3


SENTIMENT = LLMTool(
    name="sentiment",
    prompt="What is the mood of {{text}}?",
    signature="(text :string) -> {mood :string}",
    description="Finds the mood of a text.",
)


def test_an_llm_tool_gives_typed_values():
    llm = Judge(
        '(return (map #(:mood (tool/sentiment {:text %})) ["a" "b"]))', lambda text: {"mood": text[-2]}
    )
    agent = SubAgent(tools=[SENTIMENT])
    step = agent.run("go", llm=llm)
    assert step.value == ["a", "b"]
    assert (
        "(tool/sentiment {:text string}) -> {:mood string} - Finds the mood"
        in agent.preview_prompt("go").user
    )


def test_an_answer_of_the_wrong_shape_is_asked_for_again():
    answers = iter(["no json", {"mood": "glad"}])
    llm = Judge('(return (:mood (tool/sentiment {:text "x"})))', lambda text: next(answers))
    assert SubAgent(tools=[SENTIMENT]).run("go", llm=llm).value == "glad"
    llm = Judge('(tool/sentiment {:text "x"})', lambda text: {"wrong": 1})
    step = SubAgent(tools=[SENTIMENT], max_turns=1).run("go", llm=llm)
    assert step.error.kind is FaultKind.TOOL_ERROR


def test_a_validator_has_the_last_word():
    answers = iter([{"mood": "blue"}, {"mood": "sad"}])
    moods = ("glad", "sad")
    tool = LLMTool(
        prompt="Mood of {{text}}?", signature="(text :string) -> {mood :string}", name="mood",
        validator=lambda value: value["mood"] in moods or f"the mood must be one of {', '.join(moods)}",
    )  # fmt: skip
    llm = Judge('(return (tool/mood {:text "x"}))', lambda text: next(answers))
    assert SubAgent(tools=[tool]).run("go", llm=llm).value == {"mood": "sad"}
    assert "was refused: the mood must be one of glad, sad" in llm.questions[1]
    llm = Judge('(tool/mood {:text "x"})', lambda text: {"mood": "blue"})
    step = SubAgent(tools=[tool], max_turns=1).run("go", llm=llm)
    assert "BadAnswer" in step.error.message


def test_a_validator_may_be_a_coroutine():
    async def known(value):
        return value["mood"] in ("glad", "sad")

    answers = iter([{"mood": "blue"}, {"mood": "sad"}])
    signature = "(text :string) -> {mood :string}"
    tool = LLMTool(prompt="Mood of {{text}}?", signature=signature, name="mood", validator=known)
    llm = Judge('(return (tool/mood {:text "x"}))', lambda text: next(answers))
    assert SubAgent(tools=[tool]).run("go", llm=llm).value == {"mood": "sad"}


def test_a_template_makes_the_value_in_a_worker():
    tool = LLMTool(
        prompt="Rate {{text}}.", signature="(text :string) -> {label :string, high :bool}", name="rate",
        json_signature="{score :int}", response_template='{:label (str "score " {{score}}) :high (> {{score}} 5)}',
    )  # fmt: skip
    llm = Judge('(return (tool/rate {:text "x"}))', lambda text: {"score": 7})
    assert SubAgent(tools=[tool]).run("go", llm=llm).value == {"label": "score 7", "high": True}
    odd = LLMTool(
        prompt="Rate {{text}}.", signature="(text :string) -> :int", name="rate",
        json_signature="{score :string}", response_template="{{score}}",
    )  # fmt: skip
    llm = Judge('(return (tool/rate {:text "x"}))', lambda text: {"score": "(fail 1)"})
    step = SubAgent(tools=[odd], max_turns=1).run("go", llm=llm)
    assert "the response_template gave" in step.error.message


def test_its_own_model_wins_and_a_cache_saves_questions():
    own = ScriptedLLM([json.dumps({"mood": "own"})])
    tool = LLMTool(
        prompt="Mood of {{text}}?", signature="(text :string) -> {mood :string}", name="mood", llm=own
    ).as_tool(cache=True)
    program = '(return (pmap (fn [_] (:mood (tool/mood {:text "x"}))) (range 3)))'
    step = SubAgent(tools=[tool]).run("go", llm=ScriptedLLM([block(program)]))
    assert (step.value, len(own.requests)) == (["own"] * 3, 1)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"response_template": "{{a}}"}, "give both or neither"),
        ({"json_signature": "{a :int}", "response_template": "{{b}}"}, "refers to nothing"),
        ({"signature": ":string"}, "must name its arguments"),
        ({"prompt": "Mood of {{txet}}?"}, "txet"),
        ({"validator": 3}, "validator must be a function"),
    ],
)
def test_an_llm_tool_is_checked_when_it_is_made(fields, words):
    good = {"prompt": "Mood of {{text}}?", "signature": "(text :string) -> :string"}
    with pytest.raises((ValueError, TypeError), match=words):
        LLMTool(**{**good, **fields})


def test_programs_that_ask_models_have_more_time_unless_the_host_says_otherwise():
    assert SubAgent().program_limits.timeout_ms == 5_000
    child = SubAgent("x", name="child", description="d")
    for agent in (SubAgent(tools=[child]), SubAgent(tools=[SENTIMENT]), SubAgent(llm_query=True)):
        assert agent.program_limits.timeout_ms == 300_000
    assert SubAgent(tools=[child], limits=Limits(timeout_ms=5_000)).program_limits.timeout_ms == 5_000


def test_a_query_may_name_a_model_of_the_registry_and_shape_the_answer():
    program = """(return (tool/llm-query {:prompt "Rate {{text}}" :signature "{score :int}" :text "tea" :llm "judge"
      :response_template "(* 10 {{score}})"}))"""
    asked = []

    def judge(request):
        asked.append(request.messages[0].content)
        return '{"score": 4}'

    agent = SubAgent(llm_query=True, max_turns=1)
    llm = ScriptedLLM([f"```clojure\n{program}\n```"] * 2)
    assert agent.run("go", llm=llm, llm_registry={"judge": judge}).value == 40
    assert asked == ["Rate tea"]
    step = agent.run("go", llm=llm)
    assert step.error.kind.value == "tool_error"
    assert "there is no model judge for programs; models are no others" in step.error.message


def test_a_template_without_fields_reads_the_answer():
    program = (
        '(return (tool/llm-query {:prompt "Name a tea." :response_template "(upper-case data/answer)"}))'
    )
    llm = ScriptedLLM([f"```clojure\n{program}\n```", "oolong"])
    assert SubAgent(llm_query=True).run("go", llm=llm).value == "OOLONG"


def test_a_template_makes_the_value_of_an_answer_without_fields():
    doubled = LLMTool(
        name="doubled",
        prompt="How many in {{text}}?",
        signature="(text :string) -> :int",
        json_signature=":int",
        response_template="(* 2 {{answer}})",
        llm=ScriptedLLM(["21"]),
    )
    program = '```clojure\n(return (tool/doubled {:text "x"}))\n```'
    assert SubAgent(tools=[doubled]).run("Go", llm=ScriptedLLM([program])).value == 42


def test_mistakes_in_a_question_name_the_llm_tool():
    with pytest.raises(ValueError, match=r"LLMTool\.prompt: \{\{txt\}\} refers to nothing"):
        LLMTool(prompt="Is {{txt}} good?", signature="(text :string) -> :bool")
