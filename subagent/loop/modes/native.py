"""Native tool calls, as the strategies that use them share them: the tool for programs, what is wrong with a call, and
results as the model reads them. Every call of a message is answered exactly once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ptc_lisp import Fault, FaultKind, Phase
from ptc_lisp.fault_text import render as fault_words
from subagent.loop.effects import took_effect
from subagent.loop.feedback import beyond, bounded, next_steps, standing
from subagent.loop.policy import Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import AgentState, CallResult, Ran
from subagent.messages import LLMResponse, Message, NativeToolCall
from subagent.prompting.envelope import harmless_json
from subagent.prompting.preview import Language, cut
from subagent.prompting.resources import render, say
from subagent.wording import writable

PROGRAM_TOOL: dict[Language, str] = {"ptc-lisp": "lisp_eval", "ptc-json": "json_eval"}
_KEPT_CHARS = 2_000
_CUT = re.compile(r"\.\.\.\S? \(\d+/\d+[^)]*\)\Z")  # how the language marks what it left out
_REASONS = {
    FaultKind.TIMEOUT: "timeout",
    FaultKind.MEMORY_EXCEEDED: "memory_limit",
    FaultKind.MEMORY_LIMIT_EXCEEDED: "memory_limit",
    FaultKind.FAILED: "fail",
    FaultKind.VALIDATION_ERROR: "validation_error",
    FaultKind.MUST_RETURN_MISSING: "validation_error",
    FaultKind.MULTIPLE_TOOL_CALLS: "multiple_tool_calls",
    FaultKind.MIXED_WITH_LISP_EVAL: "mixed_with_lisp_eval",
    FaultKind.UNKNOWN_TOOL: "unknown_tool",
}
_BEFORE_RUNNING = {Phase.READ, Phase.ANALYZE}


def program_tool(policy: Policy) -> dict[str, Any]:
    """The tool that takes programs, in OpenAI function format. It says what it can do, the system text when to use it."""
    function: dict[str, Any] = {
        "name": PROGRAM_TOOL[policy.language],
        "description": say(policy.language, "native", "lisp_eval"),
    }
    if policy.program_schema is not None:
        return {
            "type": "function",
            "function": {**function, "strict": True, "parameters": policy.program_schema},
        }
    program = {"type": "string", "description": render("native", "program")}
    parameters = {
        "type": "object",
        "properties": {"program": program},
        "required": ["program"],
        "additionalProperties": False,
    }
    return {"type": "function", "function": {**function, "parameters": parameters}}


def program_of(policy: Policy, call: NativeToolCall) -> str | Fault:
    """The program of a call of the tool for programs, or what is wrong with its arguments. In PTC-JSON the arguments are
    the program, in either spelling."""
    program: object = call.args.get("program")
    if policy.language == "ptc-json" and (isinstance(program, dict) or "nodes" in call.args):
        program = json.dumps(call.args, ensure_ascii=False)
    if call.args_error is None and isinstance(program, str) and program.strip():
        return program
    problem = call.args_error
    if problem is None:
        problem = (
            "it is missing"
            if program is None
            else "it is blank"
            if isinstance(program, str)
            else "it is no text"
        )
    words = say(policy.language, "native", "program_missing", problem=problem)
    return refusal(FaultKind.INVALID_TOOL_ARGS, words)


def refusal(kind: FaultKind, message: str, **details: Any) -> Fault:
    """The fault of a message whose calls cannot be made."""
    return Fault(kind, Phase.AGENT, message, details=details)


def remembered(response: LLMResponse) -> Message:
    """A reply as later requests show it, calls included."""
    text = response.content.strip()
    if not response.tool_calls:
        return Message("assistant", text or "(empty reply)")
    return Message("assistant", cut(text, _KEPT_CHARS), response.tool_calls)


def asked(state: AgentState) -> tuple[NativeToolCall, ...]:
    """The calls of the reply that the state has just got."""
    return state.messages[-1].tool_calls


def answers(calls: tuple[NativeToolCall, ...], text: Callable[[NativeToolCall], str]) -> tuple[Message, ...]:
    """One message per call, in their order."""
    return tuple(Message("tool", text(call), tool_call_id=call.id) for call in calls)


def last_answers(state: AgentState) -> tuple[Message, ...]:
    """What the calls of the last reply are answered when the run ends with them: no model reads it in this run, but a provider
    refuses a conversation that goes on after calls without answers."""
    if not state.messages or not asked(state):
        return ()
    turn = state.turns[-1] if state.turns else None
    fault = None if turn is None else turn.error
    if fault is not None:
        said = {"status": "error", "reason": reason_of(fault), "message": fault.message}
    elif turn is not None and turn.program is not None:
        said = {"status": "ok", "result": cut(turn.shown, _KEPT_CHARS)}
    else:
        said = {"status": "error", "message": render("native", "ended")}
    return answers(asked(state), lambda _: dumped(said))


def refused_text(turn: Turn) -> str:
    """What every call of a refused message is answered."""
    fault = turn.error
    assert fault is not None
    hint = {} if fault.hint is None else {"hint": fault.hint}
    return dumped({"status": "error", "reason": reason_of(fault), "message": fault.message, **hint})


def program_text(policy: Policy, state: AgentState, turn: Turn, ran: Ran, next_kind: TurnKind) -> str:
    """What a call of the tool for programs is answered."""
    limits = policy.format
    steps = next_steps(policy, state, turn, next_kind, ran) if policy.mode == "program" else beyond(ran)
    feedback = "\n".join(steps) or None
    cut_off = len(turn.shown) > limits.max_chars or _CUT.search(turn.shown) is not None
    progress = "\n".join(part for part in standing(policy, state, turn, ran) if part)
    fault = turn.error
    if fault is not None:
        words = bounded("\n".join(map(fault_words, (fault, *ran.others))), limits.error_chars)
        shown = {"result": bounded(turn.shown, limits.max_chars)} if ran.failed or ran.ok else {}
        said = {"status": "error", "reason": reason_of(fault), "message": words, **shown}
        return dumped(
            _full(
                said,
                prints=_prints(policy, turn),
                kept=_kept(policy, ran),
                took_effect=took_effect(policy, turn) or None,
                progress=progress or None,
                feedback=feedback,
            )
        )
    names = dict.fromkeys(name for past in state.turns for name in past.memory)
    memory = {
        "changed": {
            name: bounded(text, limits.memory_chars)
            for name, text in _some(ran.previews, limits.memory_names)
        },
        "stored_keys": list(names)[-limits.memory_names :],
        "truncated": len(ran.previews) > limits.memory_names or len(names) > limits.memory_names,
    }
    said = {"status": "ok", "result": bounded(turn.shown, limits.max_chars)}
    return dumped(
        _full(
            said,
            prints=_prints(policy, turn),
            kept=_kept(policy, ran),
            memory=memory if names or ran.previews else None,
            truncated=cut_off or None,
            progress=progress or None,
            feedback=feedback,
        )
    )


def result_text(policy: Policy, call: NativeToolCall, result: CallResult) -> str:
    """What the call of a tool is answered: its result as JSON, or an error object."""
    if result.error is not None:
        hint = {} if result.error.hint is None else {"hint": result.error.hint}
        said = {"error": result.error.message, "tool": call.name, "args_received": call.args, **hint}
        return cut(dumped(said), policy.format.tool_result_chars)
    value = None if result.value is None else result.value.value
    if result.preview is not None:
        return dumped(result.preview.value)
    whole = dumped(value)
    limit = policy.format.tool_result_chars
    if len(whole) <= limit:
        return whole
    return dumped({"truncated": True, "chars": len(whole), "beginning": whole[:limit]})


def reason_of(fault: Fault) -> str:
    """The reason of a failed program, from a closed set."""
    if fault.kind is FaultKind.INVALID_TOOL_ARGS and fault.phase is Phase.AGENT:
        return "args_error"
    return _REASONS.get(fault.kind) or ("parse_error" if fault.phase in _BEFORE_RUNNING else "runtime_error")


def dumped(value: Any) -> str:
    """JSON text; dates in ISO form, whatever else JSON lacks as text. No text in it ends the message for a chat template."""
    plain = msgspec.to_builtins(value, enc_hook=str)
    try:
        text = json.dumps(plain, ensure_ascii=False, default=str)
    except ValueError:
        text = json.dumps(writable(plain), ensure_ascii=False, default=str)
    return harmless_json(text)


def _prints(policy: Policy, turn: Turn) -> list[str]:
    left, lines = policy.format.max_chars, []
    for line in turn.prints:
        if left <= 0:
            return [*lines, "... (cut: print less)"]
        lines.append(bounded(line, left))
        left -= len(line) + 1
    return lines


def _kept(policy: Policy, ran: Ran) -> dict[str, str]:
    """What was put aside under names, described."""
    return {name: bounded(text, policy.format.kept_chars) for name, text in ran.kept.items()}


def _some(items: Mapping[str, str], most: int) -> list[tuple[str, str]]:
    return list(items.items())[:most]


def _full(said: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What is said, and whatever else there is to say."""
    return {**said, **{name: value for name, value in more.items() if value not in (None, [], {})}}
