"""Events to OpenTelemetry spans.

invoke_agent {agent}         one per run
  chat {model}               one per request, kind CLIENT
  ptc.program                one per program
    execute_tool {tool}      one per call; spans made by the tool, and runs of agents behind it, nest below it
"""

from __future__ import annotations

from typing import Any

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
from subagent.telemetry.attributes import Attributes, present


class SpanRecorder:
    """Opens and closes the span that belongs to an event, and makes it the current one meanwhile."""

    def __init__(self, tracer: Any, attributes: Attributes) -> None:
        from opentelemetry import context, trace  # noqa: PLC0415 - only a run that is traced pays for it

        self._context = context
        self._trace = trace
        self._tracer = tracer
        self._attributes = attributes
        self._open: dict[str, tuple[Any, Any, str]] = {}

    def __call__(self, event: AnyEvent) -> None:
        """Takes one event."""
        of = self._attributes
        match event:
            case RunStarted():
                self._begin(event, f"invoke_agent {event.agent}", of.run_started(event))
            case RunFinished():
                self._close_leftovers(event)
                self._end(event, event.error_kind, of.run_finished(event))
            case ModelStarted():
                self._begin(event, f"chat {event.model}", of.model_started(event), client=True)
            case ModelFinished():
                self._end(event, event.error_kind, of.model_finished(event))
            case ProgramStarted():
                self._begin(event, "ptc.program", of.program_started(event))
            case ProgramFinished():
                self._end(event, event.error_kind, of.program_finished(event))
            case ToolStarted():
                self._begin(event, f"execute_tool {event.name}", of.tool_started(event))
            case ToolFinished():
                error = None if event.ok else event.error_type or "tool_error"
                self._end(event, error, of.tool_finished(event))
            case _:
                pass

    def _begin(self, event: AnyEvent, name: str, attributes: dict[str, Any], *, client: bool = False) -> None:
        kind = self._trace.SpanKind.CLIENT if client else self._trace.SpanKind.INTERNAL
        span = self._tracer.start_span(name, kind=kind, attributes=present(attributes))
        # Spans that the model client or a tool of the host makes shall nest below ours.
        token = self._context.attach(self._trace.set_span_in_context(span))
        self._open[event.span_id] = (span, token, event.run_id)

    def _end(self, event: AnyEvent, error: str | None, attributes: dict[str, Any]) -> None:
        entry = self._open.pop(event.span_id, None)
        if entry is None:
            return
        span, token, _ = entry
        # The end of an abandoned call is reported from elsewhere; its context ends with its thread or task.
        here = self._trace.get_current_span() is span
        self._finish(span, error, attributes)
        if here:
            self._context.detach(token)

    def _finish(self, span: Any, error: str | None, attributes: dict[str, Any]) -> None:
        if span.is_recording():
            span.set_attributes(present(attributes))
            if error is not None:
                span.set_attribute("error.type", error)
                span.set_status(self._trace.StatusCode.ERROR, error)
        span.end()

    def _close_leftovers(self, event: RunFinished) -> None:
        """Ends what never reported back."""
        for span_id, (span, _, run_id) in list(self._open.items()):
            if run_id == event.run_id and span_id != event.span_id:
                del self._open[span_id]
                self._finish(span, "abandoned", {})
