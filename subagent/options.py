"""What may be said about one run: the keywords of `run`, `arun` and whatever else starts one, in one place.

A new option is a field of `RunOptions`, the same name in `RunKeywords`, and whoever reads it from `Prepared.options` or
`Scope.options`. Options of a run never reach the agents that it calls as tools.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from subagent.events import Subscriber


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of one run.

    llm: the model of this run, in place of the agent's own.
    context: what programs read as `data/name`: a dict, or the Step of an earlier agent whose value is a dict.
    on_event: one or several functions that get every event.
    telemetry: what makes OpenTelemetry spans, by default `subagent.telemetry.Telemetry()`.
    """

    llm: object = None
    context: object = None
    on_event: Subscriber | Iterable[Subscriber] = ()
    telemetry: Subscriber | None = None

    @classmethod
    def of(cls, keywords: dict[str, Any]) -> RunOptions:
        """The options that keywords name.

        Raises:
            TypeError: a keyword is no option; the message lists those that are.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        for name in keywords:
            if name not in known:
                raise TypeError(f"{name} is no option of a run; options are {', '.join(known)}")
        return cls(**keywords)

    @property
    def subscribers(self) -> list[Subscriber]:
        """`on_event` as a list."""
        return [self.on_event] if callable(self.on_event) else list(self.on_event)


class RunKeywords(TypedDict, total=False):
    """The fields of `RunOptions` as keywords."""

    llm: object
    context: object
    on_event: Subscriber | Iterable[Subscriber]
    telemetry: Subscriber | None
