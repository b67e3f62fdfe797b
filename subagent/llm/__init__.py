"""Models: the protocol, adapters, and models for tests."""

from __future__ import annotations

from subagent.llm.adapt import CallableLLM
from subagent.llm.constrain import Constraint
from subagent.llm.embedding import Embeddings
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.fallback import FallbackLLM, with_retries
from subagent.llm.litellm_client import LiteLLM
from subagent.llm.registry import ALIASES, ModelRegistry, UnknownModelError
from subagent.llm.replay import RecordingLLM, ReplayLLM, request_key
from subagent.llm.resolve import resolve
from subagent.llm.retry import RetryingLLM, RetryPolicy
from subagent.llm.scripted import ScriptedLLM
from subagent.llm.streaming import ask
from subagent.messages import (
    LLM,
    Delta,
    Grammar,
    LLMRequest,
    LLMResponse,
    Message,
    NativeToolCall,
    OnDelta,
    TokenUsage,
)

__all__ = [
    "ALIASES",
    "LLM",
    "CallableLLM",
    "Constraint",
    "Delta",
    "Embeddings",
    "FallbackLLM",
    "Grammar",
    "LLMError",
    "LLMErrorKind",
    "LLMRequest",
    "LLMResponse",
    "LiteLLM",
    "Message",
    "ModelRegistry",
    "NativeToolCall",
    "OnDelta",
    "RecordingLLM",
    "ReplayLLM",
    "RetryPolicy",
    "RetryingLLM",
    "ScriptedLLM",
    "TokenUsage",
    "UnknownModelError",
    "ask",
    "request_key",
    "resolve",
    "with_retries",
]
