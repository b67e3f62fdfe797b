"""Text mode: the reply itself is the answer, as text or as JSON. The model may call tools natively, and, where programs
travel by tool call, hand programs to `lisp_eval` or `json_eval` between them."""

from __future__ import annotations

from typing import Any

from ptc_lisp import Fault, FaultKind, Phase
from subagent.loop.answers import annotated_schema, is_plain, read_answer
from subagent.loop.modes import native
from subagent.loop.modes.strategy import Reading
from subagent.loop.modes.tool_call import refused_answer
from subagent.loop.policy import Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import AgentState, Ran
from subagent.messages import LLMResponse, Message, NativeToolCall
from subagent.prompting.resources import render, say


class TextStrategy:
    """Four forms by what the agent has: plain text, JSON of a schema, tools and text, tools and JSON; with tool call as
    transport also the tool for programs."""

    def request(self, policy: Policy, state: AgentState, kind: TurnKind, /) -> dict[str, Any]:
        """See `Strategy`. A last turn asks for the answer: tools may be known by then, and must not be called."""
        tools = _offered(policy)
        schema = None
        if policy.signature is not None and not is_plain(policy.signature):
            schema = annotated_schema(policy.signature, policy.answer_notes, policy.answer_values)
        if not tools:
            return {"schema": schema}
        last = kind != "work" and bool(state.turns)
        if last and schema is not None:
            return {"schema": schema}
        names = () if last else policy.tool_names
        return {"tools": tools, "tool_names": names, "tool_choice": "none" if last else None}

    def read(self, policy: Policy, response: LLMResponse, /) -> Reading:
        """See `Strategy`."""
        if response.tool_calls:
            return _calls(policy, response.tool_calls)
        found = read_answer(policy.signature, response.content, "ptc-json", policy.validation)
        return Reading(fault=found) if isinstance(found, Fault) else Reading(answer=found)

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
            said = native.answers(calls, lambda _: native.refused_text(turn))
        elif turn.program is not None:
            text = native.program_text(policy, state, turn, ran, next_kind)
            said = native.answers(calls, lambda _: text)
        else:
            results = {result.id: result for result in ran.results}
            said = native.answers(calls, lambda call: native.result_text(policy, call, results[call.id]))
        return said if next_kind == "work" else (*said, Message("user", render("native", "last")))


def _offered(policy: Policy) -> tuple[dict[str, Any], ...]:
    if policy.transport == "content":
        return policy.native_tools
    return (*policy.native_tools, native.program_tool(policy))


def _calls(policy: Policy, calls: tuple[NativeToolCall, ...]) -> Reading:
    programs = [call for call in calls if _is_program_call(policy, call)]
    if len(programs) > 1:
        words = say(policy.language, "native", "several_calls")
        return Reading(fault=native.refusal(FaultKind.MULTIPLE_TOOL_CALLS, words, count=len(programs)))
    if programs and len(calls) > 1:
        words = say(policy.language, "native", "mixed_calls")
        return Reading(fault=native.refusal(FaultKind.MIXED_WITH_LISP_EVAL, words))
    if programs:
        program = native.program_of(policy, programs[0])
        return Reading(fault=program) if isinstance(program, Fault) else Reading(program=program)
    return Reading(calls=calls)


def _is_program_call(policy: Policy, call: NativeToolCall) -> bool:
    return policy.transport == "tool_call" and call.name == native.PROGRAM_TOOL[policy.language]


def call_problem(policy: Policy, call: NativeToolCall) -> Fault | None:
    """Why a native call cannot be made: there is no such tool, or its arguments could not be read."""
    if call.name not in policy.native_names:
        known = [tool["function"]["name"] for tool in _offered(policy)]
        words = render("native", "unknown_call", name=call.name, known=", ".join(known) or "none")
        return native.refusal(FaultKind.UNKNOWN_TOOL, words)
    if call.args_error is None:
        return None
    hint = "send the arguments as one JSON object"
    return Fault(FaultKind.INVALID_TOOL_ARGS, Phase.AGENT, call.args_error, hint=hint)
