"""Events to OpenTelemetry metrics, with the names and units of the GenAI semantic conventions."""

from __future__ import annotations

from typing import Any

from subagent.events import (
    AnyEvent,
    ModelFinished,
    ProgramFinished,
    RunFinished,
    RunStarted,
    ToolFinished,
)
from subagent.telemetry.attributes import present, provider

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
_STEPS = (10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)


class MetricRecorder:
    """Records durations, tokens and program steps as histograms."""

    def __init__(self, meter: Any) -> None:
        self._chat = _histogram(meter, "gen_ai.client.operation.duration", "s", _SECONDS)
        self._tokens = _histogram(meter, "gen_ai.client.token.usage", "{token}", _TOKENS)
        self._first = _histogram(meter, "gen_ai.client.operation.time_to_first_chunk", "s", _SECONDS)
        self._run = _histogram(meter, "gen_ai.invoke_agent.duration", "s", _SECONDS)
        self._tool = _histogram(meter, "gen_ai.execute_tool.duration", "s", _SECONDS)
        self._program = _histogram(meter, "ptc.program.duration", "s", _SECONDS)
        self._steps = _histogram(meter, "ptc.program.steps", "{step}", _STEPS)
        self._started: dict[str, float] = {}

    def __call__(self, event: AnyEvent) -> None:
        """Takes one event."""
        match event:
            case RunStarted():
                self._started[event.run_id] = event.at
            case RunFinished():
                took_s = event.at - self._started.pop(event.run_id, event.at)
                self._run.record(took_s, _labels("invoke_agent", event.error_kind, agent=event.agent))
            case ModelFinished():
                self._reply(event)
            case ProgramFinished():
                labels = present({"gen_ai.agent.name": event.agent, "error.type": event.error_kind})
                self._program.record(event.duration_ms / 1000, labels)
                self._steps.record(event.steps, labels)
            case ToolFinished():
                error = None if event.ok else event.error_type or "tool_error"
                labels = _labels("execute_tool", error) | {"gen_ai.tool.name": event.name}
                self._tool.record(event.duration_ms / 1000, labels)
            case _:
                pass

    def _reply(self, event: ModelFinished) -> None:
        labels = _labels("chat", event.error_kind) | present(
            {
                "gen_ai.provider.name": provider(event.model),
                "gen_ai.request.model": event.model,
                "gen_ai.response.model": event.response_model,
            }
        )
        self._chat.record(event.duration_ms / 1000, labels)
        if event.first_token_ms is not None:
            self._first.record(event.first_token_ms / 1000, labels)
        if event.ok:
            self._tokens.record(event.input_tokens, labels | {"gen_ai.token.type": "input"})
            self._tokens.record(event.output_tokens, labels | {"gen_ai.token.type": "output"})


def _histogram(meter: Any, name: str, unit: str, bounds: tuple[float, ...]) -> Any:
    return meter.create_histogram(name, unit=unit, explicit_bucket_boundaries_advisory=bounds)


def _labels(operation: str, error: str | None, agent: str | None = None) -> dict[str, Any]:
    return present({"gen_ai.operation.name": operation, "error.type": error, "gen_ai.agent.name": agent})
