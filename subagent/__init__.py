"""Agents that answer by writing PTC-Lisp programs, which run in a sandbox with access to the data and the tools.

    agent = SubAgent(tools=[find_orders], signature="{total :float}")
    step = agent.run("What did we sell in May?", llm="openai/gpt-4.1-mini")
    step.value                      # {"total": 1234.5}

Start with `SubAgent` (the definition) and `RunOptions` (what each run takes); `Step` is what a run returns.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subagent.chat import Chat
    from subagent.compiled import CompiledAgent
    from subagent.definition import SubAgent
    from subagent.guards import refuse_missed_lookups, stop_on_partial_effects
    from subagent.hooks import (
        AddContext,
        Answer,
        Candidate,
        ChangeArgs,
        Hooks,
        ToolOutcome,
        ToolUse,
        TurnEnd,
        TurnStart,
        Veto,
    )
    from subagent.llm import (
        LLM,
        Constraint,
        Delta,
        FallbackLLM,
        LiteLLM,
        LLMError,
        LLMErrorKind,
        LLMRequest,
        LLMResponse,
        Message,
        ModelRegistry,
        NativeToolCall,
        RecordingLLM,
        ReplayLLM,
        RetryPolicy,
        ScriptedLLM,
        TokenUsage,
    )
    from subagent.loop.policy import Compaction, FormatOptions, LanguageSpec
    from subagent.loop.records import ChildRun, ToolCall, Turn
    from subagent.loop.state import AgentState
    from subagent.options import RunOptions, Stop
    from subagent.progress import Progress
    from subagent.prompting.customise import SystemPrompt
    from subagent.quick import arun, run
    from subagent.redact import SECRETS
    from subagent.step import Step
    from subagent.tools.llm_tool import LLMTool
    from subagent.tools.markers import SELF
    from subagent.trace import JsonlTrace, TraceFolder
    from subagent.usage import Usage

__all__ = [
    "LLM",
    "SECRETS",
    "SELF",
    "AddContext",
    "AgentState",
    "Answer",
    "Candidate",
    "ChangeArgs",
    "Chat",
    "ChildRun",
    "Compaction",
    "CompiledAgent",
    "Constraint",
    "Delta",
    "FallbackLLM",
    "FormatOptions",
    "Hooks",
    "JsonlTrace",
    "LLMError",
    "LLMErrorKind",
    "LLMRequest",
    "LLMResponse",
    "LLMTool",
    "LanguageSpec",
    "LiteLLM",
    "Message",
    "ModelRegistry",
    "NativeToolCall",
    "Progress",
    "RecordingLLM",
    "ReplayLLM",
    "RetryPolicy",
    "RunOptions",
    "ScriptedLLM",
    "Step",
    "Stop",
    "SubAgent",
    "SystemPrompt",
    "TokenUsage",
    "ToolCall",
    "ToolOutcome",
    "ToolUse",
    "TraceFolder",
    "Turn",
    "TurnEnd",
    "TurnStart",
    "Usage",
    "Veto",
    "arun",
    "refuse_missed_lookups",
    "run",
    "stop_on_partial_effects",
]

# Names are loaded on first use: `ptc --help` imports this package and needs none of them.
_HOME = {
    "AddContext": "hooks",
    "AgentState": "loop.state",
    "Answer": "hooks",
    "Candidate": "hooks",
    "ChangeArgs": "hooks",
    "Chat": "chat",
    "ChildRun": "loop.records",
    "Compaction": "loop.policy",
    "CompiledAgent": "compiled",
    "FormatOptions": "loop.policy",
    "Hooks": "hooks",
    "JsonlTrace": "trace",
    "RunOptions": "options",
    "SECRETS": "redact",
    "SELF": "tools.markers",
    "LanguageSpec": "loop.policy",
    "LLMTool": "tools.llm_tool",
    "Progress": "progress",
    "Step": "step",
    "Stop": "options",
    "SubAgent": "definition",
    "SystemPrompt": "prompting.customise",
    "ToolCall": "loop.records",
    "ToolOutcome": "hooks",
    "ToolUse": "hooks",
    "TraceFolder": "trace",
    "Turn": "loop.records",
    "TurnEnd": "hooks",
    "TurnStart": "hooks",
    "Usage": "usage",
    "arun": "quick",
    "refuse_missed_lookups": "guards",
    "run": "quick",
    "Veto": "hooks",
    "stop_on_partial_effects": "guards",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"subagent.{_HOME.get(name, 'llm')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
