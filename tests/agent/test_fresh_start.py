"""Failed attempts are left out of the next request, since models copy what they see."""

import pytest

from subagent import Hooks, ScriptedLLM, SubAgent, Veto


def block(program):
    return f"```clojure\n{program}\n```"


def asked(agent, *programs, **options):
    """The messages of each request."""
    llm = ScriptedLLM([block(each) for each in programs])
    step = agent.run("the task", llm=llm, **options)
    return step, [[(m.role, m.content) for m in request.messages] for request in llm.requests]


def test_a_program_that_came_twice_is_left_out():
    step, requests = asked(SubAgent(max_turns=5), "(+ 1 2)", "(nope)", "(nope)", "(return 1)")
    assert step.value == 1
    assert [role for role, _ in requests[2]] == ["user", "assistant", "user", "assistant", "user"]
    roles = [role for role, _ in requests[3]]
    assert roles == ["user", "assistant", "user"]
    last = requests[3][-1][1]
    assert "<result>\n3\n</result>" in last
    assert "nope is not defined" in last
    assert "the same program again" in last
    assert not any(content == block("(nope)") for _, content in requests[3])


def test_a_failed_program_stays_until_it_comes_again():
    _, requests = asked(SubAgent(max_turns=3), "(nope)", "(return 1)")
    assert [role for role, _ in requests[1]] == ["user", "assistant", "user"]


def test_every_failed_program_can_be_left_out():
    agent = SubAgent(max_turns=5, fresh_start="failed")
    _, requests = asked(agent, "(nope)", "(nada)", "(println 7)", "(nix)", "(return 1)")
    assert [len(messages) for messages in requests] == [1, 1, 1, 3, 3]
    ((_, second),) = requests[2]
    assert "the task" in second
    assert "nada is not defined" in second
    assert "nope is not defined" not in second
    assert requests[4][1] == ("assistant", block("(println 7)"))
    assert "nix is not defined" in requests[4][2][1]


def test_who_begins_anew_is_heated_up_and_more_so_after_an_old_program():
    agent = SubAgent(max_turns=6, fresh_start="failed", llm_options={"temperature": 0})
    llm = ScriptedLLM([block(each) for each in ("(nope)", "(nada)", "(nope)", "(+ 1 1)", "(return 1)")])
    agent.run("x", llm=llm)
    assert [request.options["temperature"] for request in llm.requests] == [0, 0.5, 0.5, 0.7, 0]


def test_a_refused_answer_is_left_out_too():
    hooks = Hooks(before_answer=lambda given: None if given.value == 2 else Veto("one is too few"))
    step, requests = asked(SubAgent(fresh_start="failed"), "(return 1)", "(return 2)", hooks=hooks)
    assert step.value == 2
    ((_, words),) = requests[1]
    assert "one is too few" in words


def test_what_an_attempt_changed_stays_in_sight():
    def post(text: str) -> int:
        """Posts."""
        return len(text)

    agent = SubAgent(max_turns=4, fresh_start="failed", tools=[post])
    _, requests = asked(agent, '(tool/post {:text "a"}) (/ 1 "x")', "(nope)", "(return 1)")
    assert len(requests[1]) == 1
    assert "did happen" in requests[1][0][1]
    assert [role for role, _ in requests[2]] == ["user", "assistant", "user"]
    assert "did happen" in requests[2][-1][1]


def test_nothing_is_left_out_when_that_is_not_wanted_or_tool_calls_carry_programs():
    _, requests = asked(SubAgent(max_turns=5, fresh_start="never"), "(nope)", "(nope)", "(return 1)")
    assert len(requests[2]) == 5


def test_the_state_keeps_what_a_request_leaves_out():
    agent = SubAgent(fresh_start="failed")
    step, _ = asked(agent, "(nope)", "(return 1)", collect_messages=True)
    assert block("(nope)") in [m["content"] for m in step.messages]


def test_a_later_message_of_a_chat_begins_anew_at_its_own_task():
    earlier = [{"role": "user", "content": "before"}, {"role": "assistant", "content": "it was"}]
    _, requests = asked(SubAgent(fresh_start="failed"), "(nope)", "(return 1)", initial_messages=earlier)
    assert [role for role, _ in requests[1]] == ["user", "assistant", "user"]
    assert requests[1][0][1] == "before"
    assert "nope is not defined" in requests[1][2][1]


def test_fresh_start_has_three_values():
    with pytest.raises(ValueError, match=r'SubAgent.fresh_start must be "never", "repeated" or "failed"'):
        SubAgent(fresh_start="yes")
