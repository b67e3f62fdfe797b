"""OpenTelemetry spans of a run, made from its events, with the names of the GenAI semantic conventions.

    invoke_agent {agent}
      chat {model}                 one per request, kind CLIENT
      ptc.program                  one per program
        execute_tool {tool}        one per call inside the program; spans made by the tool nest below it

Only the API package is used: without an SDK in the host all of this does nothing. It is imported by the first event.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec

from ptc_lisp import __version__
from subagent.events import (
    AnyEvent,
    ModelFinished,
    ModelStarted,
    ProgramFinished,
    ProgramStarted,
    RunFinished,
    RunStarted,
    ToolFinished,
    ToolStarted,
)
from subagent.usage import Usage

_CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_OPTIONS = {
    "temperature": "gen_ai.request.temperature",
    "max_tokens": "gen_ai.request.max_tokens",
    "top_p": "gen_ai.request.top_p",
    "seed": "gen_ai.request.seed",
}
_Key = tuple[str, str]


class Telemetry:
    """A subscriber that keeps one span per run, request, program and tool call.

    Args:
        tracer_provider: whose tracer is used; the global one by default.
        capture_content: whether prompts, replies, arguments and results become attributes; by default what the
            environment variable OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT says, else no.
    """

    inline = True

    def __init__(self, tracer_provider: Any = None, *, capture_content: bool | None = None) -> None:
        from opentelemetry import context, trace  # noqa: PLC0415 - only a run that is traced pays for it

        self._context = context
        self._trace = trace
        self._tracer = trace.get_tracer("subagent", __version__, tracer_provider=tracer_provider)
        if capture_content is None:
            capture_content = os.environ.get(_CAPTURE, "").strip().lower() not in (
                "",
                "false",
                "0",
                "no_content",
            )
        self._content = capture_content
        self._open: dict[_Key, tuple[Any, Any]] = {}

    def __call__(self, event: AnyEvent) -> None:
        """Opens or closes the span that belongs to an event."""
        match event:
            case RunStarted():
                self._begin((event.run_id, "run"), f"invoke_agent {event.agent}", self._of_run(event))
            case RunFinished():
                self._close_leftovers(event)
                self._end((event.run_id, "run"), event.error_kind, self._of_usage(event.usage))
            case ModelStarted():
                attributes = self._of_request(event)
                self._begin((event.run_id, "model"), f"chat {event.model}", attributes, client=True)
            case ModelFinished():
                self._end((event.run_id, "model"), event.error_kind, self._of_response(event))
            case ProgramStarted():
                content = {"ptc.program.source": event.program} if self._content else {}
                self._begin((event.run_id, "program"), "ptc.program", {"ptc.turn": event.turn, **content})
            case ProgramFinished():
                done = {"ptc.program.steps": event.steps, "ptc.program.tool_calls": event.tool_calls}
                self._end((event.run_id, "program"), event.error_kind, done)
            case ToolStarted():
                self._begin((event.run_id, event.call_id), f"execute_tool {event.name}", self._of_call(event))
            case ToolFinished():
                content = {"gen_ai.tool.call.result": event.result} if self._content and event.ok else {}
                self._end(
                    (event.run_id, event.call_id),
                    event.error_type or (None if event.ok else "tool_error"),
                    content,
                )
            case _:
                pass

    def _begin(self, key: _Key, name: str, attributes: dict[str, Any], *, client: bool = False) -> None:
        kind = self._trace.SpanKind.CLIENT if client else self._trace.SpanKind.INTERNAL
        span = self._tracer.start_span(name, kind=kind, attributes=_present(attributes))
        # Spans that the model client or a tool of the host makes shall nest below ours.
        token = self._context.attach(self._trace.set_span_in_context(span))
        self._open[key] = (span, token)

    def _end(self, key: _Key, error: str | None, attributes: dict[str, Any]) -> None:
        entry = self._open.pop(key, None)
        if entry is None:
            return
        span, token = entry
        if span.is_recording():
            span.set_attributes(_present(attributes))
            if error is not None:
                span.set_attribute("error.type", error)
                span.set_status(self._trace.StatusCode.ERROR, error)
        span.end()
        self._context.detach(token)

    def _close_leftovers(self, event: RunFinished) -> None:
        """Ends what never reported back, such as a tool whose program was killed. Its context is another thread's or
        task's, so there is nothing to detach here."""
        for key in [key for key in self._open if key[0] == event.run_id and key[1] != "run"]:
            span, _ = self._open.pop(key)
            span.set_attribute("error.type", "abandoned")
            span.set_status(self._trace.StatusCode.ERROR, "abandoned")
            span.end()

    def _of_run(self, event: RunStarted) -> dict[str, Any]:
        return {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": provider(event.model),
            "gen_ai.request.model": event.model,
            "gen_ai.agent.name": event.agent,
            "gen_ai.agent.description": event.description,
            "ptc.run.id": event.run_id,
            "ptc.run.depth": event.depth,
            "gen_ai.input.messages": _messages([{"role": "user", "content": event.task}])
            if self._content
            else None,
        }

    def _of_usage(self, usage: Usage) -> dict[str, Any]:
        return {
            "gen_ai.usage.input_tokens": usage.input_tokens,
            "gen_ai.usage.output_tokens": usage.output_tokens,
            "ptc.turns": usage.turns,
            "ptc.cost_usd": usage.cost_usd,
        }

    def _of_request(self, event: ModelStarted) -> dict[str, Any]:
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider(event.model),
            "gen_ai.request.model": event.model,
            "gen_ai.agent.name": event.agent,
            "ptc.turn": event.turn,
        }
        for option, name in _OPTIONS.items():
            attributes[name] = event.options.get(option)
        if self._content:
            attributes["gen_ai.system_instructions"] = _messages([{"type": "text", "content": event.system}])
            attributes["gen_ai.input.messages"] = _messages(event.messages)
        return attributes

    def _of_response(self, event: ModelFinished) -> dict[str, Any]:
        attributes: dict[str, Any] = {
            "gen_ai.response.model": event.response_model,
            "gen_ai.response.id": event.response_id,
            "gen_ai.response.finish_reasons": (event.finish_reason,) if event.finish_reason else None,
            "gen_ai.usage.input_tokens": event.input_tokens,
            "gen_ai.usage.output_tokens": event.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": event.cache_read_tokens or None,
            "ptc.llm.attempts": event.attempts,
        }
        if self._content and event.ok:
            attributes["gen_ai.output.messages"] = _messages(
                [{"role": "assistant", "content": event.content}]
            )
        return attributes

    def _of_call(self, event: ToolStarted) -> dict[str, Any]:
        arguments = msgspec.json.encode(event.args, enc_hook=repr).decode() if self._content else None
        return {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": event.name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.description": event.description,
            "gen_ai.tool.call.id": event.call_id,
            "gen_ai.tool.call.arguments": arguments,
            "ptc.turn": event.turn,
        }


def provider(model: str) -> str:
    """The provider in a litellm model name, e.g. `openai` in `openai/gpt-4.1-mini`; `_OTHER` when there is none."""
    return model.split("/", 1)[0] if "/" in model else "_OTHER"


def _messages(messages: Any) -> str:
    """Messages in the conventions' shape, as JSON text: attributes hold no structures."""
    shaped = [
        {"role": m["role"], "parts": [{"type": "text", "content": m["content"]}]} if "role" in m else m
        for m in messages
    ]
    return msgspec.json.encode(shaped).decode()


def _present(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
