"""OpenTelemetry spans and metrics of runs, made from their events, with the names of the GenAI semantic conventions.

Only the API package is used: without an SDK in the host nothing is recorded, at the cost of one check per run."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakKeyDictionary

from ptc_lisp import __version__
from subagent.events import AnyEvent, Subscriber
from subagent.telemetry.attributes import Attributes, provider
from subagent.telemetry.direct import span, traced
from subagent.telemetry.metrics import MetricRecorder
from subagent.telemetry.spans import SpanRecorder

__all__ = ["Telemetry", "installed", "provider", "span", "traced", "tracer_of"]

_CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_NOT = frozenset({"", "false", "0", "no", "no_content"})


class Telemetry:
    """A subscriber that keeps one span per run, request, program and tool call, and records the metrics.

    Args:
        tracer_provider, meter_provider: whose tracer and meter are used; the global ones by default.
        capture_content: whether prompts, replies, programs, arguments and results become attributes; by default what the
            environment variable OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT says, else no.
    """

    inline = True

    def __init__(
        self,
        tracer_provider: Any = None,
        *,
        meter_provider: Any = None,
        capture_content: bool | None = None,
    ) -> None:
        from opentelemetry import metrics, trace  # noqa: PLC0415 - only a run that is traced pays for it

        if capture_content is None:
            capture_content = os.environ.get(_CAPTURE, "").strip().lower() not in _NOT
        tracer = trace.get_tracer("subagent", __version__, tracer_provider=tracer_provider)
        meter = metrics.get_meter("subagent", __version__, meter_provider=meter_provider)
        self.tracer = tracer
        self._spans = SpanRecorder(tracer, Attributes(content=capture_content))
        self._metrics = _metrics_of(meter)

    def __call__(self, event: AnyEvent) -> None:
        """Takes one event."""
        self._spans(event)
        self._metrics(event)


def tracer_of(telemetry: object) -> Any:
    """The tracer of a Telemetry, by default of the one for the host's SDK; None where there is none."""
    return getattr(installed() if telemetry is None else telemetry, "tracer", None)


def installed() -> Subscriber | None:
    """A Telemetry for the SDK that the host has installed, if it has."""
    from opentelemetry import metrics, trace  # noqa: PLC0415 - as above

    tracing = type(trace.get_tracer_provider()).__module__.startswith("opentelemetry.trace")
    metering = type(metrics.get_meter_provider()).__module__.startswith("opentelemetry.metrics")
    return None if tracing and metering else Telemetry()


_METRICS: WeakKeyDictionary[Any, MetricRecorder] = WeakKeyDictionary()


def _metrics_of(meter: Any) -> MetricRecorder:
    """The recorder of a meter. Instruments are made once: an SDK warns about a second one of the same name."""
    known = _METRICS.get(meter)
    if known is None:
        known = _METRICS[meter] = MetricRecorder(meter)
    return known
