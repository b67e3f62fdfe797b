"""`SubAgent(constrain=...)`: which replies the grammar lets through, and where it travels."""

from functools import lru_cache

import pytest
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper, grammar_from

from ptc_lisp import language
from subagent import Constraint, LLMRequest, Message, RecordingLLM, ReplayLLM, ScriptedLLM, SubAgent
from subagent.llm import request_key


class _Bytes:
    """A tokenizer whose tokens are bytes."""

    eos_token_id = 256
    bos_token_id = None
    tokens = [*(bytes([byte]) for byte in range(256)), b"<end>"]
    special_token_ids = [256]

    def __call__(self, text):
        return list(text if isinstance(text, bytes) else text.encode())


TOKENIZER = LLTokenizer(TokenizerWrapper(_Bytes()))


@lru_cache(maxsize=32)
def matcher_of(grammar):
    matcher = LLMatcher(TOKENIZER, grammar_from(grammar.syntax, grammar.text))
    assert not matcher.is_error(), matcher.get_error()
    return matcher


def accepts(grammar, text):
    matcher = matcher_of(grammar)
    matcher.reset()
    tokens = list(text.encode())
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def search(text: str) -> list[str]:
    """Search."""
    return [text]


def fenced(program):
    return f"```clojure\n{program}\n```"


FENCED = [Constraint("gbnf"), Constraint("gbnf", "vllm"), Constraint("lark", "vllm")]
GOOD = [
    "(return 1)",
    '(return (tool/search {:text "a"}))',
    "(count data/order_items)",
    "(count data/order-items)",
    "(def x 1)\n{:total x}",
    "(def x 1)\nx",
    ";; first\n(println data/fail)\n(return 2) ",
    '(str "``` in a string")',
]
BAD = [
    "",
    "The total is 5",
    "data/order_items",
    "(return 1",
    '(tool/find {:text "a"})',
    "(count data/orders)",
    "(count [1 2)",
]


@pytest.mark.parametrize("constraint", FENCED, ids=str)
@pytest.mark.parametrize("program", GOOD)
def test_a_reply_is_one_block_with_a_program(constraint, program):
    grammar = constraint.grammar(["search"], ["order_items"])
    assert accepts(grammar, fenced(program))
    assert not accepts(grammar, program)
    assert not accepts(grammar, f"Here it is:\n{fenced(program)}")
    assert not accepts(grammar, f"{fenced(program)}\nThat was it.")


@pytest.mark.parametrize("constraint", FENCED, ids=str)
@pytest.mark.parametrize("program", BAD)
def test_what_is_no_program_or_names_what_is_not_granted_cannot_be_written(constraint, program):
    assert not accepts(constraint.grammar(["search"], ["order_items"]), fenced(program))


def test_the_input_of_a_custom_tool_is_the_program_alone():
    grammar = Constraint("lark").grammar(["search"], ["order_items"])
    assert grammar.server == "openai"
    assert [program for program in GOOD if not accepts(grammar, program)] == []
    assert [program for program in BAD if accepts(grammar, program)] == []
    assert not accepts(grammar, fenced("(return 1)"))


@pytest.mark.parametrize("syntax", ["gbnf", "lark"])
def test_examples_of_the_language_can_be_written(syntax):
    grammar = Constraint(syntax, "vllm").grammar([], [])
    programs = [code for entry in language.entries() for code, _ in entry.examples if code.startswith("(")]
    lost = [code for code in programs if not accepts(grammar, fenced(code))]
    # GBNF leaves out what need not be written: quotes, vars, metadata and `#_`.
    assert [
        code for code in lost if syntax == "lark" or not any(mark in code for mark in ("'", "#_", "^"))
    ] == []
    assert len(programs) > 200


def granted(agent, **run):
    seen = []

    def model(request):
        seen.append(request)
        return fenced("(return 1)")

    assert agent.run("Go", llm=model, **run).value == 1
    return seen[0].constraint


def test_a_callable_finds_the_grammar_of_the_run_in_its_request():
    agent = SubAgent(tools=[search], signature="(order_items [:int]) -> :int", constrain="gbnf")
    grammar = granted(agent, context={"order_items": [1], "extra": 2})
    assert (grammar.syntax, grammar.server) == ("gbnf", "llama.cpp")
    assert accepts(grammar, fenced("(tool/search data/order-items data/extra data/fail)"))
    assert not accepts(grammar, fenced("(count data/other)"))
    assert not accepts(grammar, fenced("(tool/other {})"))


def test_an_agent_without_constraint_sends_none():
    assert granted(SubAgent(tools=[search])) is None


def test_every_turn_carries_the_same_grammar():
    llm = ScriptedLLM([fenced("(+ 1 :a)"), fenced("(return 1)")])
    assert SubAgent(constrain="lark", llm=llm).run("Go").value == 1
    first, second = (request.constraint for request in llm.requests)
    assert first is not None
    assert first == second


def test_a_child_has_its_own_constraint():
    outer = ScriptedLLM([fenced('(return (tool/child {:task "a"}))')])
    inner = ScriptedLLM([fenced("(return 7)")])
    child = SubAgent("Answer", name="child", description="Answers", llm=inner, constrain="lark")
    assert SubAgent(tools=[child], llm=outer).run("Go").value == 7
    assert outer.requests[0].constraint is None
    assert inner.requests[0].constraint.syntax == "lark"


@pytest.mark.parametrize(
    "value,error,words",
    [
        ("ebnf", ValueError, 'SubAgent.constrain must be "gbnf"'),
        (True, TypeError, 'SubAgent.constrain must be "gbnf", "lark" or Constraint(...), got bool'),
    ],
)
def test_a_bad_field_says_what_fits(value, error, words):
    with pytest.raises(error) as caught:
        SubAgent(constrain=value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "fields,words",
    [
        (("ebnf",), 'Constraint.syntax must be "gbnf" or "lark"'),
        (("gbnf", "tgi"), 'Constraint.server must be one of "llama.cpp", "vllm", "vllm-guided", "openai"'),
        (("gbnf", "openai"), 'openai does not take gbnf; write Constraint("lark", "openai")'),
        (("lark", "llama.cpp"), 'llama.cpp does not take lark; write Constraint("gbnf", "llama.cpp")'),
    ],
)
def test_a_bad_constraint_says_what_fits(fields, words):
    with pytest.raises(ValueError) as caught:
        Constraint(*fields)
    assert words in str(caught.value)


def request(constraint=None):
    return LLMRequest(
        system="be brief",
        messages=(Message("user", "hi"),),
        options={"temperature": 0},
        constraint=constraint and constraint.grammar(["search"], []),
    )


def test_the_request_hash_is_the_old_one_without_grammar_and_another_with_one():
    # The key of this request in recordings made before there were constraints.
    assert request_key(request()) == "c5ce6663c4978a77b0d5d917646b68d55cdbdf098aedb4fd888409e18c3f0aa4"
    keys = {request_key(request(constraint)) for constraint in (None, Constraint("gbnf"), Constraint("lark"))}
    assert len(keys) == 3


def test_a_replay_says_that_the_grammar_differs(tmp_path):
    path = tmp_path / "calls.jsonl"
    recording = RecordingLLM(ScriptedLLM([fenced("(return 1)")]), path)
    assert SubAgent(constrain="gbnf").run("Go", llm=recording).value == 1
    assert SubAgent(constrain="gbnf").run("Go", llm=ReplayLLM(path)).value == 1
    assert "root" not in path.read_text(encoding="utf-8")
    missed = SubAgent().run("Go", llm=ReplayLLM(path)).error
    assert missed is not None
    assert "its grammar is none, recorded was gbnf sha256:" in missed.message
