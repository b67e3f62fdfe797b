"""What spans say: the names of the GenAI semantic conventions, and `ptc.*` for what they have no name for."""

from __future__ import annotations

from typing import Any

from subagent.events import (
    ModelFinished,
    ModelStarted,
    ProgramFinished,
    ProgramStarted,
    RunFinished,
    RunStarted,
    ToolFinished,
    ToolStarted,
)
from subagent.redact import SECRETS
from subagent.wording import json_text

_OPTIONS = {
    "temperature": "gen_ai.request.temperature",
    "max_tokens": "gen_ai.request.max_tokens",
    "top_p": "gen_ai.request.top_p",
    "top_k": "gen_ai.request.top_k",
    "seed": "gen_ai.request.seed",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
}
_PROVIDERS = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "watsonx": "ibm.watsonx.ai",
}
"""litellm's prefix → the conventions' name, where they differ."""


class Attributes:
    """Attributes of spans by event. `content`: whether prompts, replies, programs, arguments and results are among them;
    registered secrets never are."""

    def __init__(self, *, content: bool) -> None:
        self._content = content

    def run_started(self, event: RunStarted) -> dict[str, Any]:
        """Of `invoke_agent`, when it begins."""
        return {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": provider(event.model),
            "gen_ai.request.model": event.model,
            "gen_ai.agent.name": event.agent,
            "gen_ai.agent.description": event.description,
            "gen_ai.conversation.id": event.trace_id,
            "ptc.run.id": event.run_id,
            "ptc.run.depth": event.depth,
            **_of_prelude(event.prelude_trace),
            "gen_ai.input.messages": self._messages([{"role": "user", "content": event.task}]),
        }

    def run_finished(self, event: RunFinished) -> dict[str, Any]:
        """Of `invoke_agent`, when it ends."""
        usage = event.usage
        return {
            "gen_ai.usage.input_tokens": usage.input_tokens,
            "gen_ai.usage.output_tokens": usage.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens or None,
            "ptc.turns": usage.turns,
            "ptc.tool_calls": usage.tool_calls,
            "ptc.program.steps": usage.steps,
            "ptc.cost_usd": usage.cost_usd,
            "gen_ai.output.messages": self._messages([{"role": "assistant", "content": _json(event.value)}])
            if event.ok
            else None,
        }

    def model_started(self, event: ModelStarted) -> dict[str, Any]:
        """Of `chat`, when it begins."""
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider(event.model),
            "gen_ai.request.model": event.model,
            "gen_ai.agent.name": event.agent,
            "gen_ai.conversation.id": event.trace_id,
            "ptc.turn": event.turn,
            **{name: event.options.get(option) for option, name in _OPTIONS.items()},
        }
        if self._content:
            attributes["gen_ai.system_instructions"] = self._text([{"type": "text", "content": event.system}])
            attributes["gen_ai.input.messages"] = self._messages(event.messages)
        return attributes

    def model_finished(self, event: ModelFinished) -> dict[str, Any]:
        """Of `chat`, when it ends."""
        return {
            "gen_ai.response.model": event.response_model,
            "gen_ai.response.id": event.response_id,
            "gen_ai.response.finish_reasons": (event.finish_reason,) if event.finish_reason else None,
            "gen_ai.usage.input_tokens": event.input_tokens,
            "gen_ai.usage.output_tokens": event.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": event.cache_read_tokens or None,
            "gen_ai.usage.cache_creation.input_tokens": event.cache_write_tokens or None,
            "ptc.llm.attempts": event.attempts,
            "ptc.llm.first_token_ms": event.first_token_ms,
            "ptc.cost_usd": event.cost_usd,
            "gen_ai.output.messages": self._messages([{"role": "assistant", "content": event.content}])
            if event.ok
            else None,
        }

    def program_started(self, event: ProgramStarted) -> dict[str, Any]:
        """Of `ptc.program`, when it begins."""
        return {
            "ptc.turn": event.turn,
            "ptc.program.language": event.language,
            "ptc.program.source": SECRETS.text(event.program) if self._content else None,
        }

    def program_finished(self, event: ProgramFinished) -> dict[str, Any]:
        """Of `ptc.program`, when it ends."""
        return {
            "ptc.program.steps": event.steps,
            "ptc.program.tool_calls": event.tool_calls,
            "ptc.program.prints": event.prints,
            "ptc.program.returned": event.returned,
        }

    def tool_started(self, event: ToolStarted) -> dict[str, Any]:
        """Of `execute_tool`, when it begins."""
        return {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": event.name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.description": event.description,
            "gen_ai.tool.call.id": event.call_id,
            "gen_ai.tool.call.arguments": self._text(event.args),
            "gen_ai.agent.name": event.agent,
            "ptc.turn": event.turn,
            "ptc.tool.branch": event.branch or None,
            "ptc.tool.origin": event.origin,
        }

    def tool_finished(self, event: ToolFinished) -> dict[str, Any]:
        """Of `execute_tool`, when it ends."""
        return {
            "gen_ai.tool.call.result": SECRETS.text(event.result) if self._content and event.ok else None,
            "ptc.tool.cached": event.cached or None,
        }

    def _text(self, value: Any) -> str | None:
        return SECRETS.text(_json(value)) if self._content else None

    def _messages(self, messages: Any) -> str | None:
        """Messages in the conventions' shape, as JSON text: attributes hold no structures."""
        if not self._content:
            return None
        return self._text([{"role": message["role"], "parts": _parts(message)} for message in messages])


def provider(model: str) -> str:
    """The provider in a litellm model name, e.g. `openai` in `openai/gpt-4.1-mini`; `_OTHER` when there is none."""
    if "/" not in model:
        return "_OTHER"
    name = model.split("/", 1)[0]
    return _PROVIDERS.get(name, name)


def present(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes that have a value."""
    return {name: value for name, value in attributes.items() if value is not None}


def _of_prelude(summary: dict[str, Any] | None) -> dict[str, Any]:
    if summary is None:
        return {}
    return {
        "ptc.prelude.namespaces": list(summary["protected_namespaces"]),
        "ptc.prelude.source_hash": summary["source_hash"],
        "ptc.prelude.artifact_hash": summary["artifact_hash"],
    }


def _parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    if message["role"] == "tool":
        return [{"type": "tool_call_response", "id": message.get("tool_call_id"), "response": content}]
    parts: list[dict[str, Any]] = [{"type": "text", "content": content}] if content else []
    for call in message.get("tool_calls") or ():
        function = call["function"]
        parts.append(
            {
                "type": "tool_call",
                "id": call["id"],
                "name": function["name"],
                "arguments": function["arguments"],
            }
        )
    return parts


def _json(value: Any) -> str:
    return json_text(value, enc_hook=repr)
