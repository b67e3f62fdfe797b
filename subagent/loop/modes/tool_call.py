"""Programs as the argument of one native tool, `lisp_eval` or `json_eval`; a reply without a call is the final answer."""

from __future__ import annotations

from typing import Any

from ptc_lisp import Fault, FaultKind
from subagent.loop.answers import read_answer
from subagent.loop.extract import extract_program
from subagent.loop.extract_json import is_program
from subagent.loop.feedback import bounded
from subagent.loop.modes import native
from subagent.loop.modes.strategy import Reading
from subagent.loop.modes.written import told_names
from subagent.loop.policy import Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import AgentState, Ran
from subagent.messages import LLMResponse, Message
from subagent.prompting.resources import render, say


class ToolCallStrategy:
    """One call of that tool in a message. Several calls, or another tool, are answered with errors, and nothing runs."""

    def request(self, policy: Policy, state: AgentState, kind: TurnKind, /) -> dict[str, Any]:
        """See `Strategy`."""
        return {"tool_names": told_names(policy, state, kind), "tools": (native.program_tool(policy),)}

    def read(self, policy: Policy, response: LLMResponse, /) -> Reading:
        """See `Strategy`."""
        calls = response.tool_calls
        if not calls:
            return _direct(policy, response)
        first, *others = calls
        if others:
            words = say(policy.language, "native", "several_calls")
            return Reading(fault=native.refusal(FaultKind.MULTIPLE_TOOL_CALLS, words, count=len(calls)))
        tool = native.PROGRAM_TOOL[policy.language]
        if first.name != tool:
            words = render("native", "unknown_call", name=first.name, known=tool)
            return Reading(fault=native.refusal(FaultKind.UNKNOWN_TOOL, words))
        program = native.program_of(policy, first)
        return Reading(fault=program) if isinstance(program, Fault) else Reading(program=program)

    def remember(self, _policy: Policy, response: LLMResponse, _reading: Reading, /) -> Message:
        """See `Strategy`."""
        return native.remembered(response)

    def tell(
        self, policy: Policy, state: AgentState, turn: Turn, ran: Ran | None, next_kind: TurnKind, /
    ) -> tuple[Message, ...]:
        """See `Strategy`."""
        calls = native.asked(state)
        if not calls:
            return (Message("user", refused_answer(policy, turn)),)
        if ran is None:
            return native.answers(calls, lambda _: native.refused_text(turn))
        said = native.program_text(policy, state, turn, ran, next_kind)
        return native.answers(calls, lambda _: said)


def refused_answer(policy: Policy, turn: Turn) -> str:
    """The message that follows a final answer which was none."""
    fault = turn.error
    assert fault is not None
    if fault.kind is FaultKind.NO_PROGRAM:
        return fault.message
    text = bounded(str(fault.details.get("refusal") or fault.message), policy.format.error_chars)
    hint = fault.hint or ""
    return render("native", "wrong_answer", text=text, hint=f"{hint[:1].upper()}{hint[1:]}.")


def _direct(policy: Policy, response: LLMResponse) -> Reading:
    """A reply without a call."""
    if "```" in response.content and _holds_program(policy, response.content):
        words = say(policy.language, "native", "in_text")
        return Reading(fault=native.refusal(FaultKind.NO_PROGRAM, words))
    found = read_answer(policy.signature, response.content, policy.language, policy.validation)
    return Reading(fault=found) if isinstance(found, Fault) else Reading(answer=found)


def _holds_program(policy: Policy, text: str) -> bool:
    """Whether a text shows a program. The answer may be JSON too."""
    if policy.language == "ptc-json":
        return is_program(text)
    return extract_program(text).program is not None
