"""Memory that grows and conversations that get long."""

import pytest
from native_replies import calls

from ptc_lisp import FaultKind
from subagent import Compaction, ScriptedLLM, SubAgent
from subagent.llm import Message
from subagent.loop.compaction import compact, estimated_tokens
from subagent.loop.state import AgentState

BIG = "(def small 1) (def big (vec (range 5000)))"


def script(*programs):
    return ScriptedLLM([f"```clojure\n{program}\n```" for program in programs])


def test_row_47_strict_ends_the_run():
    step = SubAgent(memory_limit_bytes=1_000).run("go", llm=script(BIG, "(return small)"))
    assert step.error.kind is FaultKind.MEMORY_LIMIT_EXCEEDED
    assert step.error.details["limit_bytes"] == 1_000
    assert len(step.turns) == 1


def test_row_47_rollback_keeps_the_memory_of_before_and_tells_the_model():
    llm = script("(def small 0)", BIG, "(return [small *1 (:kind data/fail)])")
    agent = SubAgent(memory_limit_bytes=1_000, memory_strategy="rollback")
    step = agent.run("go", llm=llm)
    assert step.value == [0, "#'small", "memory_limit_exceeded"]
    told = llm.requests[2].messages[-1].content
    assert "more than the 1000 that may be kept" in told
    assert step.turns[1].error.kind is FaultKind.MEMORY_LIMIT_EXCEEDED


def test_what_is_returned_does_not_count():
    assert SubAgent(memory_limit_bytes=1_000).run("go", llm=script(f"{BIG} (return small)")).value == 1


def test_row_73_the_request_after_turn_nine_has_few_messages():
    programs = [f"(def x{n} {n})" for n in range(10)]
    llm = script(*programs, "(return x0)")
    step = SubAgent(max_turns=12, compaction=True).run("go", llm=llm, collect_messages=True)
    assert step.value == 0
    sizes = [len(request.messages) for request in llm.requests]
    assert sizes == [1, 3, 5, 7, 9, 11, 13, 15, 7, 7, 7]
    last = llm.requests[-1].messages
    assert "<task>\ngo" in last[0].content
    assert "(def x9 9)" in last[-2].content
    assert len(step.messages) == 1 + 22  # the whole conversation is still there
    stats = step.usage.compaction
    assert (stats.reason, stats.messages_before, stats.messages_after) == ("turns", 21, 7)
    assert stats.estimated_tokens_after < stats.estimated_tokens_before


def test_tokens_trigger_too_and_say_when_it_is_not_enough():
    agent = SubAgent(max_turns=6, compaction=Compaction(turns=None, tokens=10, keep_recent_turns=1))
    llm = script("1", "2", "3", "(return 4)")
    step = agent.run("go", llm=llm)
    assert [len(request.messages) for request in llm.requests] == [1, 3, 3, 3]
    assert (step.usage.compaction.reason, step.usage.compaction.over_budget) == ("tokens", True)


def test_row_73_a_token_counter_of_the_host_decides():
    counted = []

    def counter(text):
        counted.append(text)
        return 100

    rules = Compaction(turns=None, tokens=300, keep_recent_turns=1, token_counter=counter)
    agent = SubAgent(max_turns=6, compaction=rules)
    llm = script("1", "2", "(return 4)")
    stats = agent.run("go", llm=llm).usage.compaction
    assert [len(request.messages) for request in llm.requests] == [1, 3, 3]
    assert (stats.estimated_tokens_before, stats.estimated_tokens_after) == (500, 300)
    assert any("<task>" in text for text in counted)
    assert SubAgent.from_dict(agent.to_dict({"rules": rules}), {"rules": rules}).compaction is rules
    with pytest.raises(ValueError, match=r"SubAgent.compaction is code"):
        agent.to_dict()


def test_without_the_first_message():
    agent = SubAgent(max_turns=6, compaction={"turns": 2, "keep_recent_turns": 1, "keep_initial_user": False})
    llm = script("1", "2", "(return 4)")
    assert agent.run("go", llm=llm).ok
    assert [message.role for message in llm.requests[2].messages] == ["user", "assistant", "user"]
    assert "<task>" not in llm.requests[2].messages[0].content


def test_calls_and_their_answers_stand_below_a_message_to_the_model():
    rules = Compaction(turns=2, keep_recent_turns=1, keep_initial_user=False)
    llm = ScriptedLLM([calls(("lisp_eval", {"program": text})) for text in ("1", "2", "(return 3)")])
    assert SubAgent(transport="tool_call", compaction=rules).run("go", llm=llm).value == 3
    assert [message.role for message in llm.requests[2].messages] == ["user", "assistant", "tool"]


@pytest.mark.parametrize(
    "value,error,words",
    [
        ({"turn": 3}, ValueError, r"no field turn \(did you mean turns\?\)"),
        ({"turns": 0}, ValueError, "Compaction.turns must be a whole number of at least 1, got 0"),
        ({"token_counter": 4}, ValueError, "Compaction.token_counter must be a function of a text, got int"),
        ({"strategy": "sum"}, ValueError, 'Compaction.strategy must be "trim"'),
        (3, TypeError, "SubAgent.compaction must be a bool, a dict or Compaction"),
    ],
)
def test_unusable_compaction_is_refused(value, error, words):
    with pytest.raises(error, match=words):
        SubAgent(compaction=value)


def test_the_task_stands_once_when_an_earlier_conversation_is_longer_than_what_is_kept():
    earlier = [Message(role, f"{role} {n}") for n in range(4) for role in ("user", "assistant")]
    state = AgentState(messages=(*earlier, Message("user", "the task")), opening_index=8)
    kept, stats = compact(Compaction(turns=None, tokens=1, keep_recent_turns=2), state)
    said = [message.content for message in kept]
    assert said == ["user 2", "assistant 2", "user 3", "assistant 3", "the task"]
    assert (stats.messages_before, stats.messages_after) == (9, 5)


@pytest.mark.parametrize("tokens, shortened", [(7, True), (8, False)])
def test_a_conversation_is_shortened_when_it_reaches_the_number_of_tokens(tokens, shortened):
    messages = [Message("user", "go"), Message("assistant", "b" * 12), Message("user", "c" * 12)]
    rules = Compaction(turns=None, tokens=tokens, keep_recent_turns=1)
    assert estimated_tokens(messages) == 7
    assert (compact(rules, AgentState(messages=tuple(messages)))[1] is not None) is shortened
