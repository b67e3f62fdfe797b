"""A question to a model as a tool: for classifying and extracting inside of programs, many at a time."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ptc_lisp import Tool, arun
from ptc_lisp.signature import Record, Signature, check, parse, render
from subagent.definition import SubAgent
from subagent.drive.scope import CURRENT
from subagent.llm.registry import ModelRegistry
from subagent.prompting.template import filled, unknown
from subagent.tools.agent_tool import ChildFailed, run_child

_TURNS = 2
_NO_DEPTH = 1_000_000


class BadAnswer(Exception):  # noqa: N818 - its name is what the calling program reads
    """A model's answer was refused, or could not be turned into the value that was promised."""


@dataclass(frozen=True, kw_only=True)
class LLMTool:
    """A tool that asks a model one question per call and returns a typed value.

    prompt: the question; `{{name}}` in it is the argument `name`. signature: arguments and answer,
        `"(text :string) -> {label :string}"`.
    name, description: how programs and models see the tool.
    llm: the model; None: the caller's. llm_options: as for SubAgent.
    tools: functions that the model may call before it answers.
    json_signature: the type in which the model answers, if it is not the tool's. response_template: a program that computes
        the value from that answer, with `{{field}}` for a field of it, or `{{answer}}` for one without fields; it runs in a
        worker, without tools.
    validator: a function of the value, plain or async, that returns True or None if it is good, else False or what is wrong
        with it; the model is told, and asked again.
    max_turns: replies at most for one answer. They do not count towards the caller's turns; tokens and money do.

    Raises:
        ValueError, TypeError: a field is unusable; the message names it.
    """

    prompt: str
    signature: str
    name: str = "ask"
    description: str | None = None
    llm: object = None
    llm_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tools: Iterable[Any] | Mapping[str, Any] = ()
    response_template: str | None = None
    json_signature: str | None = None
    validator: Callable[[Any], object] | None = None
    max_turns: int = _TURNS

    def __post_init__(self) -> None:
        if (self.response_template is None) != (self.json_signature is None):
            raise ValueError(
                "LLMTool.response_template makes the value from an answer of the type json_signature: give both or neither"
            )
        if self.validator is not None and not callable(self.validator):
            raise TypeError(f"LLMTool.validator must be a function, got {type(self.validator).__name__}")
        if parse(self.signature).open_params:
            raise ValueError(
                f'LLMTool.signature must name its arguments, e.g. "(text :string) -> :string", got {self.signature!r}'
            )
        try:
            self._agent()
        except (TypeError, ValueError) as error:
            raise type(error)(str(error).replace("SubAgent.", "LLMTool.")) from error
        if self.response_template is not None and self.json_signature is not None:
            answer = parse(self.json_signature).returns
            fields = [each.name for each in answer.fields] if isinstance(answer, Record) else ["answer"]
            wrong = unknown(self.response_template, fields)
            if wrong is not None:
                raise ValueError(f"LLMTool.response_template: {wrong}")

    def as_tool(self, **options: Any) -> Tool:
        """The tool. options: further fields of Tool (`cache`, `timeout_ms`, ...)."""
        fields: dict[str, Any] = {
            "name": self.name,
            "description": self.description
            or f"Asks a language model: {' '.join(self.prompt.split())[:120]}",
            "signature": self.signature,
            "effect": "read",
            "details": {"asks_model": True, "llm": self.llm},
        }
        return Tool(self._call, **{**fields, **options})

    async def _call(self, **inputs: Any) -> Any:
        agent, remark = self._agent(), None
        for _ in range(self.max_turns):
            step = await run_child(agent, remark, inputs, llm=None, own_turns=True)
            if step.error is not None:
                raise ChildFailed(f"{step.error.kind}: {step.error.message}")
            value = await self._made(step.value)
            problem = await self._problem(value)
            if problem is None:
                return value
            remark = f"Your last answer was refused: {problem}"
        raise BadAnswer(remark or "the model gave no answer")

    def _agent(self) -> SubAgent:
        asked = parse(self.signature)
        if self.json_signature is not None:
            asked = Signature(asked.params, parse(self.json_signature).returns)
        return SubAgent(
            self.prompt,
            name=self.name,
            signature=render(asked),
            tools=self.tools,
            llm=self.llm,
            llm_options=self.llm_options,
            mode="text",
            max_turns=self.max_turns,
            max_depth=_NO_DEPTH,
        )

    async def _made(self, answer: Any) -> Any:
        """The value: the answer, or what the template makes of it."""
        if self.response_template is None:
            return answer
        value = await _from_template(self.response_template, answer)
        problems = check(parse(self.signature).returns, value)
        if problems:
            raise BadAnswer(f"the response_template gave {'; '.join(map(str, problems))}")
        return value

    async def _problem(self, value: Any) -> str | None:
        verdict = True if self.validator is None else self.validator(value)
        if inspect.isawaitable(verdict):
            verdict = await verdict
        if verdict is None or verdict is True:
            return None
        return "it is not valid" if verdict is False else str(verdict)


async def _from_template(template: str, answer: Any) -> Any:
    """What the program of a template makes of an answer, in a worker without tools."""
    step = await arun(filled(template), context=answer if isinstance(answer, dict) else {"answer": answer})
    if step.error is not None:
        raise BadAnswer(f"the response_template failed: {step.error.message}")
    return step.value


def _named(name: str) -> str:
    """The name of a model that a program asks for, if the host has put it into the registry of the run: programs do not
    choose what the host pays for."""
    scope = CURRENT.get()
    registry: Any = None if scope is None else scope.registry
    known = registry.aliases() if isinstance(registry, ModelRegistry) else (registry or {})
    if name not in known:
        listed = ", ".join(known) or "no others"
        raise ValueError(
            f"there is no model {name} for programs; models are {listed} (see llm_registry of run)"
        )
    return name


def llm_query(llm_of_agent: object) -> Tool:
    """The built-in tool `llm-query`, which takes the question itself as an argument."""

    async def query(
        prompt: str,
        signature: str = ":string",
        llm: str | None = None,
        response_template: str | None = None,
        **values: Any,
    ) -> Any:
        agent = SubAgent(
            prompt, name="llm-query", signature=signature, mode="text", max_turns=_TURNS, max_depth=_NO_DEPTH
        )
        chosen = llm_of_agent if llm is None else _named(llm)
        step = await run_child(agent, None, values, llm=chosen, own_turns=True)
        if step.error is not None:
            raise ChildFailed(f"{step.error.kind}: {step.error.message}")
        return (
            step.value if response_template is None else await _from_template(response_template, step.value)
        )

    return Tool(
        query,
        name="llm-query",
        description="Asks a language model about a text. Further arguments fill the {{name}} places of the prompt. Ask about "
        "many texts with pmap.",
        descriptions={
            "prompt": 'the question, e.g. "Is this friendly? {{text}}"',
            "signature": 'the type of the answer, e.g. ":int" or "{label :string}"; default text',
            "llm": "the name of another model, if the task names one",
            "response_template": "a program that makes the value from the answer, {{name}} stands for a field of it",
        },
        effect="read",
        details={"asks_model": True, "llm": llm_of_agent, "builtin": True},
    )
