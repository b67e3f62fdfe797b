"""What `SubAgent.compile` gives: a program that a model wrote once, and that runs without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from ptc_lisp import Fault, FaultKind, Limits, Phase, Prelude, Tool, arun, run
from ptc_lisp import Step as ProgramStep
from ptc_lisp.signature import ConversionError, Validation, fit_args, parse
from subagent.chaining import handed_over, is_step, unfit
from subagent.drive.ambient import FALLBACK_LLM
from subagent.output_types import OutputType, output_of
from subagent.step import Step
from subagent.telemetry import span, traced, tracer_of

Context = Mapping[str, Any] | Step[Any] | ProgramStep | None
"""What a program takes: values by name, or the step before it."""


@dataclass(frozen=True, kw_only=True)
class CompiledAgent:
    """A program that a model wrote for an agent, with everything that it needs to run again.

    source: the program, always in PTC-Lisp. signature, tools, limits, output, validation, prelude: those of the agent.
    metadata: `compiled_at` (ISO, UTC), `llm_model`, `turns`, `tokens_used`, `cost_usd`.
    """

    name: str
    source: str
    signature: str | None = None
    output: Any = None
    validation: Validation = "enabled"
    description: str | None = None
    tools: Mapping[str, Tool] = field(default_factory=dict[str, Tool], repr=False)
    limits: Limits = field(default_factory=Limits, repr=False)
    allow_effects: tuple[str, ...] = ("read", "idempotent")
    prelude: Prelude | None = field(default=None, repr=False)
    field_descriptions: Mapping[str, str] = field(default_factory=dict[str, str])
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def llm_required(self) -> bool:
        """Whether `run` needs `llm=`, because a tool asks a model and has none of its own."""
        return any(_needs_llm(tool) for tool in self.tools.values())

    def run(
        self,
        context: Context = None,
        *,
        llm: object = None,
        telemetry: object = None,
        limits: Limits | None = None,
    ) -> ProgramStep:
        """Runs the program on a context, without asking a model. The value has the type `output`, if there is one.

        context: a dict, or the step of an agent or program whose value is one. If that step failed, or lacks an input, the error
        of the result is `chained_failure` or `chain_error`. llm: for tools that ask a model. telemetry: as for `SubAgent.run`.
        limits: of this run; can only lower those of the program.

        Raises:
            ValueError: the context does not fit the signature's inputs, or a tool needs `llm`.
            TypeError: the context is not a dict of values that programs can read.
        """
        tracer = tracer_of(telemetry)
        options = self._options(context, llm, tracer, limits)
        if isinstance(options, Fault):
            return _refused(options)
        token = FALLBACK_LLM.set(llm)
        try:
            with span(tracer, f"ptc.compiled {self.name}", **{"gen_ai.agent.name": self.name}) as said:
                return self._typed(_told(said, run(self.source, **options)))
        finally:
            FALLBACK_LLM.reset(token)

    async def arun(
        self,
        context: Context = None,
        *,
        llm: object = None,
        telemetry: object = None,
        limits: Limits | None = None,
    ) -> ProgramStep:
        """`run` for coroutines."""
        return self._typed(await self._plain(context, llm, telemetry, limits))

    def as_tool(self, name: str | None = None, description: str | None = None, **options: Any) -> Tool:
        """The program as a tool of an agent; its inputs are the arguments. options: further fields of Tool.

        Raises:
            ValueError: there is no description, here or in the definition.
        """
        said = description or self.description
        if not said:
            raise ValueError(f"{self.name}.as_tool needs a description, which tells the model when to use it")

        async def call(**inputs: Any) -> Any:
            return (await self._plain(inputs, None, None)).unwrap()

        return Tool(call, name or self.name, said, self.signature, **options)

    @cached_property
    def _output_type(self) -> OutputType | None:
        return None if self.output is None else output_of(self.output)

    async def _plain(
        self, context: Context, llm: object, telemetry: object, limits: Limits | None = None
    ) -> ProgramStep:
        tracer = tracer_of(telemetry)
        options = self._options(context, llm, tracer, limits)
        if isinstance(options, Fault):
            return _refused(options)
        token = FALLBACK_LLM.set(llm)
        try:
            with span(tracer, f"ptc.compiled {self.name}", **{"gen_ai.agent.name": self.name}) as said:
                return _told(said, await arun(self.source, **options))
        finally:
            FALLBACK_LLM.reset(token)

    def _typed(self, step: ProgramStep) -> ProgramStep:
        """The step with a value of the output type, or with what keeps it from being one."""
        if self._output_type is None or not step.ok:
            return step
        try:
            return msgspec.structs.replace(step, value=self._output_type.value(step.value))
        except ConversionError as error:
            words = f"the value is not of the output type: {error}"
            details = {"problems": list(error.problems)}
            fault = Fault(FaultKind.VALIDATION_ERROR, Phase.RESULT, words, details=details)
            return msgspec.structs.replace(step, ok=False, value=None, error=fault, faults=(fault,))

    def _options(
        self, context: Context, llm: object, tracer: Any, limits: Limits | None
    ) -> dict[str, Any] | Fault:
        if llm is None and self.llm_required:
            raise ValueError(f"{self.name} has tools that ask a model: pass llm=... to run")
        data, refused = handed_over(context)
        if refused is not None:
            return refused
        try:
            fitted = _fitted(self.name, self.signature, data, self.validation)
        except ValueError as error:
            if not is_step(context):
                raise
            return unfit(self.name, self.signature, data, error)
        return {
            "context": fitted,
            "tools": {name: traced(tool, tracer, self.name) for name, tool in self.tools.items()},
            "limits": self.limits if limits is None else self.limits.shrink(limits),
            "signature": None if self.validation in ("warn_only", "disabled") else self.signature,
            "allow_effects": self.allow_effects,
            "prelude": self.prelude,
        }


def _refused(fault: Fault) -> ProgramStep:
    """The end of a run that does not begin."""
    return ProgramStep(ok=False, error=fault, faults=(fault,))


def _told(said: dict[str, Any], step: ProgramStep) -> ProgramStep:
    """The step; what its span says of it goes into `said`."""
    said |= {
        "ptc.program.steps": step.usage.steps,
        "ptc.program.tool_calls": len(step.tool_calls),
        "error.type": None if step.error is None else step.error.kind.value,
    }
    return step


def _needs_llm(tool: Tool) -> bool:
    return bool(tool.details.get("asks_model")) and tool.details.get("llm") is None


def _fitted(name: str, signature: str | None, data: dict[str, Any], validation: Validation) -> dict[str, Any]:
    if signature is None:
        return data
    values, _, problems = fit_args(parse(signature), data, validation)
    if problems:
        said = "; ".join(map(str, problems[:5]))
        raise ValueError(f"the context does not fit the signature {signature} of {name}: {said}")
    return {**data, **values}
