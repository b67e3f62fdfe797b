"""What the model is told after a turn: what its program printed or returned, what it defined, what went wrong, and what is left.
Bounded by the policy; everything that came from data is enclosed in markers that it cannot close."""

from __future__ import annotations

from ptc_lisp import Fault, FaultKind
from ptc_lisp.fault_text import render as fault_words
from subagent.loop.contract import answer_fields, expected
from subagent.loop.effects import took_effect
from subagent.loop.json_keys import unknown_fields
from subagent.loop.keys import unknown_keys
from subagent.loop.plan import checklist, mission_log, own_progress
from subagent.loop.policy import FormatOptions, Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import AgentState, Ran
from subagent.prompting.envelope import harmless
from subagent.prompting.preview import Bounds, cut, preview
from subagent.prompting.resources import render, say
from subagent.prompting.travel import travel_words

_CUT = " (cut: print less, or less of it)"


def feedback(policy: Policy, state: AgentState, turn: Turn, ran: Ran | None, next_kind: TurnKind) -> str:
    """The user message after `turn`; `ran` is None when no program was run; `next_kind` is the turn it opens."""
    body = _problem(policy, turn, ran) if turn.error else _observation(policy, turn, ran)
    body += _kept(policy, ran)
    if ran is not None and ran.repaired is not None:
        body.insert(0, render("feedback", "mended", text=bounded(ran.repaired, policy.format.error_chars)))
    advice = _wrong_keys(policy, state, turn)
    if _repeated(state, turn):
        advice.append(render("feedback", "same_program"))
    steps = next_steps(policy, state, turn, next_kind, ran, doubtful=bool(advice))
    done = standing(policy, state, turn, ran)
    parts = [render("feedback", "preamble"), *body, *done, *advice, *steps]
    return "\n".join(part for part in parts if part)


def _observation(policy: Policy, turn: Turn, ran: Ran | None) -> list[str]:
    limits = policy.format
    parts: list[str] = []
    if turn.prints:
        parts.append(_printed(limits, turn))
    elif ran is not None and any(name.startswith("result-") for name in ran.kept):
        pass  # told below, by its shape
    elif turn.result is not None:
        parts.append(render("feedback", "result", text=_shown(policy, turn)))
    elif not turn.memory:
        parts.append(say(policy.language, "feedback", "nothing"))
    if ran is not None and ran.previews:
        parts.append(render("feedback", "memory", text=_definitions(limits, ran.previews)))
    return parts


def _kept(policy: Policy, ran: Ran | None) -> list[str]:
    """What was put aside, described."""
    if ran is None or not ran.kept:
        return []
    text = harmless("\n".join(cut(each, policy.format.kept_chars) for each in ran.kept.values()))
    return [say(policy.language, "feedback", "kept", text=text, name=next(iter(ran.kept)))]


def _problem(policy: Policy, turn: Turn, ran: Ran | None) -> list[str]:
    fault = turn.error
    assert fault is not None
    limits = policy.format
    parts = [_printed(limits, turn)] if turn.prints else []
    if ran is None:
        parts.append(render("feedback", "no_program", text=f"{fault.message}. {_sentence(fault.hint)}"))
    elif fault.kind is FaultKind.MUST_RETURN_MISSING:
        parts.append(say(policy.language, "feedback", "must_return"))
        if turn.held is not None:
            parts.append(render("feedback", "result", text=_shown(policy, turn)))
    elif "refusal" in fault.details:
        words = bounded(str(fault.details["refusal"]), limits.error_chars)
        parts.append(say(policy.language, "feedback", "refused", text=words, shown=_shown(policy, turn)))
    elif fault.kind is FaultKind.VALIDATION_ERROR and turn.held is not None:
        parts.append(_refused(policy, turn, fault))
    else:
        words = bounded("\n".join(map(fault_words, (fault, *ran.others))), limits.error_chars)
        parts.append(say(policy.language, "feedback", "failed", text=words))
    parts.append(took_effect(policy, turn))
    return parts


def standing(policy: Policy, state: AgentState, turn: Turn, ran: Ran | None) -> list[str]:
    """How far the work is: tasks when there are new ones, and the plan, or the host's own words in its place."""
    log = mission_log(state.journal, policy.language) if policy.journaling and turn.tasks else ""
    if ran is not None and ran.progress is not None:
        return [log, own_progress(ran.progress)]
    return [log, checklist(policy.plan, state.summaries)]


def _wrong_keys(policy: Policy, state: AgentState, turn: Turn) -> list[str]:
    """Advice about keys that the program read and no table has."""
    if turn.program is None:
        return []
    find = unknown_fields if policy.language == "ptc-json" else unknown_keys
    earlier = [past.program for past in state.turns if past.program and past.number < turn.number]
    unknown = find(turn.program, policy.keys, earlier, answer_fields(policy.signature))
    if not unknown:
        return []
    if policy.language == "ptc-json":
        unknown = [f"`{name}`" for name in unknown]
        tables = [f"{name} has {', '.join(keys)}" for name, keys in policy.keys.items()]
    else:
        tables = [
            f"data/{name} has {' '.join(f':{key}' for key in keys)}" for name, keys in policy.keys.items()
        ]
    known = cut(harmless("; ".join(tables)), policy.format.error_chars)
    said = harmless(", ".join(unknown[:8]))
    return [say(policy.language, "feedback", "wrong_keys", unknown=said, known=known)]


def _refused(policy: Policy, turn: Turn, fault: Fault) -> str:
    limits = policy.format
    said = [*fault.details.get("problems", [fault.message]), *([f"hint: {fault.hint}"] if fault.hint else [])]
    return say(
        policy.language,
        "feedback",
        "invalid",
        type=fault.details.get("expected", ""),
        text=bounded("\n".join(said), limits.error_chars),
        shown=_shown(policy, turn),
    )


def next_steps(
    policy: Policy,
    state: AgentState,
    turn: Turn,
    next_kind: TurnKind,
    ran: Ran | None,
    *,
    doubtful: bool = False,
) -> list[str]:
    """What is left and what to do now. `doubtful`: the result looks wrong, so it is not offered as the answer."""
    words = travel_words(policy)
    count = render("feedback", "turns", turn=turn.number, max_turns=policy.max_turns)
    if next_kind == "retry":
        attempt = policy.retry_turns - state.retry_left + 1
        counted = {"attempt": attempt, "retries": policy.retry_turns, **words}
        return [say(policy.language, "feedback", "retry", **counted)]
    if policy.format.minimal_turn_info:
        count = ""
    if next_kind == "last":
        return [count, say(policy.language, "feedback", "final_again" if turn.error else "final", **words)]
    parts = [*beyond(ran), count]
    if state.work_left == 2 and not policy.retry_turns and count:
        parts.append(render("feedback", "two_left"))
    if turn.error:
        return [*parts, say(policy.language, "feedback", "again", **words)]
    fits = (
        state.good is not None
        and turn.number == state.good_turn
        and not doubtful
        and (ran is None or ran.beyond is None)
        and turn.result not in ([], {})
    )
    if fits:
        return [*parts, say(policy.language, "feedback", "fits", **words)]
    wanted = (
        []
        if policy.signature is None
        else [render("feedback", "wanted", type=expected(policy.signature, policy.language))]
    )
    return [*parts, *wanted, say(policy.language, "feedback", "finish", **words)]


def beyond(ran: Ran | None) -> list[str]:
    """That the result cannot be read as `*1`, unless it was told already where it is."""
    if ran is None or ran.beyond is None or ran.beyond in ran.kept:
        return []
    return [render("feedback", "beyond_kept" if ran.beyond else "beyond", name=harmless(ran.beyond))]


def _shown(policy: Policy, turn: Turn) -> str:
    """The value as the language prints it; a long one, or one with floats to round, as a picture that keeps its
    structure."""
    limits = policy.format
    if (len(turn.shown) <= limits.max_chars and policy.float_precision is None) or turn.held is None:
        return bounded(turn.shown, limits.max_chars)
    bounds = Bounds(
        chars=limits.max_chars - len(_CUT),
        items=limits.max_items,
        depth=limits.max_depth,
        digits=policy.float_precision,
        language=policy.language,
    )
    text = preview(turn.held.value, bounds)
    return harmless(text) + (_CUT if "..." in text else "")


def _printed(limits: FormatOptions, turn: Turn) -> str:
    return render("feedback", "printed", text=bounded("\n".join(turn.prints), limits.max_chars))


def _definitions(limits: FormatOptions, previews: dict[str, str]) -> str:
    lines = [f"{name} = {cut(text, limits.memory_chars)}" for name, text in previews.items()]
    more = len(lines) - limits.memory_names
    return harmless(
        "\n".join([*lines[: limits.memory_names], *([f"... {more} more names"] if more > 0 else [])])
    )


def _repeated(state: AgentState, turn: Turn) -> bool:
    earlier = [past for past in state.turns if past.number < turn.number]
    return bool(earlier and turn.program and earlier[-1].program == turn.program)


def bounded(text: str, limit: int) -> str:
    """Text from outside, made harmless and cut."""
    return cut(harmless(text), limit, note=_CUT)


def _sentence(hint: str | None) -> str:
    return f"{hint[:1].upper()}{hint[1:]}." if hint else ""
