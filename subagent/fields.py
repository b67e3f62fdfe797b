"""One rule per field of `SubAgent`: what it accepts, in which form it is stored, and the error for everything else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast, get_args

import msgspec

from ptc_lisp import Limits
from ptc_lisp.signature import Signature, SignatureError, Validation, parse, render
from ptc_lisp.signature.hints import python_signature
from subagent.effects import effects
from subagent.llm.constrain import constraint_of
from subagent.llm.resolve import resolve
from subagent.llm.retry import RetryPolicy
from subagent.loop.plan import PlanStep
from subagent.loop.policy import (
    Compaction,
    Completion,
    FormatOptions,
    FreshStart,
    Language,
    MemoryStrategy,
    Repair,
    language_spec,
)
from subagent.output_types import output_of
from subagent.preludes import checked_store
from subagent.prompting.customise import SystemPrompt
from subagent.wording import did_you_mean

Rule = Callable[[str, Any], Any]
"""Takes the field's full name and the given value, gives the value to keep; raises ValueError or TypeError."""


def checked(name: str, value: object) -> Any:
    """The value that a field keeps. Raises ValueError or TypeError, naming field, value and remedy."""
    rule = RULES.get(name)
    return value if rule is None else rule(f"SubAgent.{name}", value)


def set_fields(agent: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a definition that differ from their defaults."""
    for field in dataclasses.fields(agent):
        value = getattr(agent, field.name)
        default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        if value != default:
            yield field.name, value


def _text(*, optional: bool) -> Rule:
    def rule(name: str, value: Any) -> Any:
        if value is None and optional:
            return None
        if not isinstance(value, str):
            raise TypeError(f"{name} must be text, got {type(value).__name__}")
        if not value.strip():
            raise ValueError(f"{name} is empty: give it a text{', or leave it out' if optional else ''}")
        return value

    return rule


def _number(least: int, *, optional: bool = False) -> Rule:
    def rule(name: str, value: Any) -> Any:
        if value is None and optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be a whole number, got {value!r}")
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
        return value

    return rule


def _choice(first: str, *others: str) -> Rule:
    *listed, last = (f'"{value}"' for value in (first, *others))
    words = f"{', '.join(listed)} or {last}" if listed else last

    def rule(name: str, value: Any) -> Any:
        if value not in (first, *others):
            raise ValueError(f"{name} must be {words}, got {value!r}")
        return value

    return rule


def _plan(name: str, value: Any) -> tuple[PlanStep, ...]:
    """Texts, pairs of id and text, or a dict of texts by id."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f'{name} must be a list of texts such as ["Load the data", "Sum up"], got {value!r}')
    items: list[Any] = list(cast("Mapping[Any, Any]", value).items() if isinstance(value, Mapping) else value)
    steps = tuple(_plan_step(name, number, each) for number, each in enumerate(items, 1))
    ids = [step.id for step in steps]
    for ident in ids:
        if ids.count(ident) > 1:
            raise ValueError(f"{name} has the id {ident!r} twice")
    return steps


def _plan_step(name: str, number: int, each: Any) -> PlanStep:
    if isinstance(each, PlanStep):
        step = each
    elif isinstance(each, Mapping) and set(cast("Mapping[str, Any]", each)) == {"id", "text"}:
        step = PlanStep(str(each["id"]), str(each["text"]))
    elif isinstance(each, list | tuple) and len(cast("list[Any]", each)) == 2:
        step = PlanStep(*map(str, cast("list[Any]", each)))
    elif isinstance(each, str):
        step = PlanStep(str(number), each)
    else:
        raise TypeError(f"{name} must hold texts, or pairs of id and text, got {each!r}")
    if not step.id.strip() or not step.text.strip():
        raise ValueError(f"{name}: step {number} has a blank {'text' if step.id.strip() else 'id'}")
    return step


def _progress_fn(name: str, value: Any) -> Any:
    if value is None:
        return None
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {type(value).__name__}")
    try:
        python_signature(value).bind(None, None)
    except TypeError as error:
        raise TypeError(f"{name} must take two arguments, the progress and its own state: {error}") from error
    except ValueError:  # a C function that does not say what it takes
        return value
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return value


def _struct(kind: type[Any]) -> Rule:
    """An instance, or a dict of its fields."""

    def rule(name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return _from_fields(kind, name, cast("Mapping[str, Any]", value))
        if not isinstance(value, kind):
            raise TypeError(f"{name} must be {kind.__name__}(...) or a dict of its fields, got {value!r}")
        return value

    return rule


def _from_fields(kind: type[Any], name: str, given: Mapping[str, Any]) -> Any:
    _check_names(kind, name, given)
    return kind(**given)


def _check_names(kind: type[Any], name: str, given: Mapping[str, Any]) -> None:
    known: tuple[str, ...] = kind.__struct_fields__
    for field in given:
        if field not in known:
            raise ValueError(f"{name} has no field {field}{did_you_mean(str(field), known)}")


def _texts(name: str, value: Any) -> Any:
    """Texts by name."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict of texts by name, got {type(value).__name__}")
    for key, text in value.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise TypeError(f"{name} must be a dict of texts by name, got {key!r}: {text!r}")
    return dict(value)


def _names(name: str, value: Any) -> Any:
    """Texts in an order."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f'{name} must be a list of names such as ["grep"], got {value!r}')
    return tuple(str(each) for each in value)


def _signature(name: str, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Signature):
        return render(value)
    if not isinstance(value, str):
        kind = type(value).__name__
        raise TypeError(f'{name} must be text such as "(n :int) -> {{total :float}}", got {kind}')
    try:
        parse(value)
    except SignatureError as error:
        raise ValueError(f"{name}: {error}") from error
    return value


def _compaction(name: str, value: Any) -> Any:
    """True stands for the defaults; a dict for the fields of a Compaction."""
    if isinstance(value, Mapping):
        return _from_fields(Compaction, name, cast("Mapping[str, Any]", value))
    if not isinstance(value, bool | Compaction):
        raise TypeError(f"{name} must be a bool, a dict or Compaction(...), got {type(value).__name__}")
    return Compaction() if value is True else value


def _system_prompt(name: str, value: Any) -> Any:
    """A dict stands for the fields of a SystemPrompt."""
    if isinstance(value, Mapping):
        given = cast("Mapping[str, Any]", value)
        _check_names(SystemPrompt, name, given)
        try:
            return msgspec.convert(dict(given), SystemPrompt)
        except msgspec.ValidationError as error:
            raise ValueError(f"{name}: {error}") from error
    if value is None or callable(value) or isinstance(value, str | SystemPrompt):
        return value
    raise TypeError(
        f"{name} must be text, SystemPrompt(...), a dict or a function, got {type(value).__name__}"
    )


def _language_spec(name: str, value: Any) -> Any:
    """A function, or what `language_spec` takes; a pair stands for a LanguageSpec."""
    if callable(value):
        return value
    try:
        found = language_spec(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error
    return value if isinstance(value, str) else found


def _output(_: str, value: Any) -> Any:
    if value is not None:
        output_of(value)
    return value


def _constrain(_: str, value: Any) -> Any:
    if value == "schema":
        return value
    try:
        constraint_of(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"SubAgent.{error}") from error
    return value


def _llm(_: str, value: Any) -> Any:
    if value is not None:
        resolve(value)
    return value


RULES: dict[str, Rule] = {
    "prompt": _text(optional=True),
    "name": _text(optional=False),
    "description": _text(optional=True),
    "signature": _signature,
    "llm": _llm,
    "mode": _choice("program", "text"),
    "language": _choice(*get_args(Language)),
    "transport": _choice("content", "tool_call"),
    "max_turns": _number(1),
    "retry_turns": _number(0),
    "completion": _choice(*get_args(Completion)),
    "limits": _struct(Limits),
    "max_tool_calls": _number(0, optional=True),
    "mission_timeout_ms": _number(1, optional=True),
    "turn_budget": _number(1),
    "max_depth": _number(1),
    "llm_retry": _struct(RetryPolicy),
    "constrain": _constrain,
    "language_spec": _language_spec,
    "format": _struct(FormatOptions),
    "context_descriptions": _texts,
    "field_descriptions": _texts,
    "output": _output,
    "llm_query": _flag,
    "builtin_tools": _names,
    "plan": _plan,
    "progress_fn": _progress_fn,
    "journaling": _flag,
    "allow_effects": effects,
    "system_prompt": _system_prompt,
    "prelude_store": checked_store,
    "prompt_limit_chars": _number(1, optional=True),
    "thinking": _flag,
    "compaction": _compaction,
    "memory_limit_bytes": _number(1, optional=True),
    "memory_strategy": _choice(*get_args(MemoryStrategy)),
    "float_precision": _number(0, optional=True),
    "context_ref_bytes": _number(1, optional=True),
    "repair": _choice(*get_args(Repair)),
    "fresh_start": _choice(*get_args(FreshStart)),
    "validation": _choice(*get_args(Validation)),
    "isolation": _choice("session", "run", "reuse"),
}
