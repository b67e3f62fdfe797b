"""For the tests of programs that use agents: models that need no network, and a guard against those that do.

    ScriptedLLM([reply, ...])                    prepared replies
    RecordingLLM("openai/gpt-4.1-mini", path)    asks the model and writes down what it said
    ReplayLLM(path)                              says it again

With pytest, the plugin `subagent.testing.plugin` is active as soon as the distribution is installed.
"""

from __future__ import annotations

from subagent.llm.guard import forbidden as forbid_real_models
from subagent.llm.replay import RecordingLLM, ReplayLLM, request_key
from subagent.llm.scripted import ScriptedLLM

__all__ = ["RecordingLLM", "ReplayLLM", "ScriptedLLM", "forbid_real_models", "request_key"]
