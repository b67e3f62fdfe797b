"""The surroundings of agents that no other run called."""

from __future__ import annotations

from contextvars import ContextVar

FALLBACK_LLM: ContextVar[object] = ContextVar("subagent_fallback_llm", default=None)
"""The model of agents that have none and that a compiled program calls."""
