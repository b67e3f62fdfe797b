"""Models: the protocol, adapters for what users have, and doubles for tests."""

from __future__ import annotations

from subagent.llm.adapt import CallableLLM
from subagent.llm.constrain import Constraint
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.litellm_client import LiteLLM
from subagent.llm.replay import RecordingLLM, ReplayLLM, request_key
from subagent.llm.resolve import resolve
from subagent.llm.retry import RetryingLLM, RetryPolicy
from subagent.llm.scripted import ScriptedLLM
from subagent.messages import LLM, Grammar, LLMRequest, LLMResponse, Message, TokenUsage

__all__ = [
    "LLM",
    "CallableLLM",
    "Constraint",
    "Grammar",
    "LLMError",
    "LLMErrorKind",
    "LLMRequest",
    "LLMResponse",
    "LiteLLM",
    "Message",
    "RecordingLLM",
    "ReplayLLM",
    "RetryPolicy",
    "RetryingLLM",
    "ScriptedLLM",
    "TokenUsage",
    "request_key",
    "resolve",
]
