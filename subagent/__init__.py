"""Agents that answer by writing PTC-Lisp programs, which run in a sandbox beside the data and the tools.

agent = SubAgent(tools=[find_orders], signature="{total :float}")
step = agent.run("What did we sell in May?", llm="openai/gpt-4.1-mini")
step.value                      # {"total": 1234.5}
"""

from __future__ import annotations

from subagent.definition import SubAgent
from subagent.llm import (
    LLM,
    LiteLLM,
    LLMError,
    LLMErrorKind,
    LLMRequest,
    LLMResponse,
    Message,
    RecordingLLM,
    ReplayLLM,
    RetryPolicy,
    ScriptedLLM,
    TokenUsage,
)
from subagent.loop.policy import FeedbackLimits
from subagent.loop.records import ChildRun, ToolCall, Turn
from subagent.step import Step
from subagent.trace.jsonl import JsonlTrace
from subagent.usage import Usage

__all__ = [
    "LLM",
    "ChildRun",
    "FeedbackLimits",
    "JsonlTrace",
    "LLMError",
    "LLMErrorKind",
    "LLMRequest",
    "LLMResponse",
    "LiteLLM",
    "Message",
    "RecordingLLM",
    "ReplayLLM",
    "RetryPolicy",
    "ScriptedLLM",
    "Step",
    "SubAgent",
    "TokenUsage",
    "ToolCall",
    "Turn",
    "Usage",
]
