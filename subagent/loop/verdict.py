"""What the end of a program means for the run: an answer, a failure, or another turn."""

from __future__ import annotations

from typing import Any

import msgspec

from ptc_lisp import Fault, FaultKind, Phase
from subagent.loop.contract import conform, expected, mend
from subagent.loop.held import Held
from subagent.loop.policy import Policy
from subagent.loop.records import TurnKind
from subagent.loop.state import Answer, Ran


class Verdict(msgspec.Struct, frozen=True):
    """Exactly one of: `answer` ends the run; `fault` is told to the model; both None: the program's value is an
    observation and the run goes on. `good` is a value that could be the answer, for when turns run out."""

    answer: Answer | None = None
    fault: Fault | None = None
    good: Held | None = None


def judge(policy: Policy, kind: TurnKind, ran: Ran, *, direct: bool = False) -> Verdict:
    """The verdict on a program that was run in a turn of `kind`, or on an answer that was given `direct`ly, without one.
    In text mode a program is a tool like others: whatever comes of it, the model goes on."""
    if ran.results:
        return Verdict(fault=ran.error)
    if ran.error is not None and ran.error.kind is FaultKind.PRELUDE_ATTACH_FAILED:
        return Verdict(answer=Answer(ok=False, error=ran.error))  # nothing that the model writes can mend it
    if policy.mode == "text" and not direct:
        return Verdict(fault=ran.error)
    if ran.failed:
        return Verdict(answer=Answer(ok=False, error=ran.error))
    if not ran.ok:
        return Verdict(fault=ran.error)
    value = None if ran.value is None else ran.value.value
    conformed, problems = value, list[str]()
    if policy.validation != "disabled":
        conformed, problems = conform(policy.signature, value, policy.language)
    tolerated = tuple(problems) if policy.validation == "warn_only" else ()
    good = Held(conformed) if not problems and conformed is not None else None
    if ran.returned or policy.value_is_answer:
        if problems and not tolerated:
            return Verdict(fault=_invalid(policy, value, problems))
        return Verdict(answer=Answer(ok=True, value=Held(conformed), warnings=tolerated))
    if kind == "work":
        return Verdict(good=good)
    if policy.completion == "implicit" and good is not None:
        return Verdict(answer=Answer(ok=True, value=good, fallback_used=True))
    if policy.completion == "implicit" and tolerated and value is not None:
        return Verdict(answer=Answer(ok=True, value=Held(value), fallback_used=True, warnings=tolerated))
    if policy.completion == "implicit" and problems and value is not None:
        return Verdict(fault=_invalid(policy, value, problems))
    return Verdict(fault=_missing_return(policy))


def unverified(policy: Policy, problems: tuple[str, ...]) -> Fault:
    """What is said about an answer that fits the signature and is no value of the output type all the same."""
    return _refused(policy, list(problems), "give the answer again without these problems")


def refused(policy: Policy, reason: str) -> Fault:
    """What is said about an answer of the right type that a hook does not want."""
    text = policy.mode == "text"
    return Fault(
        FaultKind.VALIDATION_ERROR,
        Phase.RESULT,
        f"the answer was refused: {reason}",
        hint="mend it; if it is right after all, give it again"
        if text
        else "mend the program; if the answer is right after all, say why it is, or return it again",
        details={"refusal": reason},
    )


def _invalid(policy: Policy, value: Any, problems: list[str]) -> Fault:
    returned = "give `return` a value of" if policy.language == "ptc-json" else "give (return value) with"
    hint = mend(policy.signature, value, policy.language) or f"{returned} exactly this type"
    return _refused(policy, problems, hint)


def _refused(policy: Policy, problems: list[str], hint: str) -> Fault:
    wanted = expected(policy.signature, "ptc-json" if policy.mode == "text" else policy.language)
    return Fault(
        FaultKind.VALIDATION_ERROR,
        Phase.RESULT,
        f"the answer does not have the type {wanted}: {'; '.join(problems[:5])}",
        hint=hint,
        details={"expected": wanted, "problems": problems[:20]},
    )


def _missing_return(policy: Policy) -> Fault:
    end = "the operation `return`" if policy.language == "ptc-json" else "(return value)"
    return Fault(
        FaultKind.MUST_RETURN_MISSING,
        Phase.AGENT,
        f"the last program ended without {end}",
        hint=f"end the program with {end}",
    )
