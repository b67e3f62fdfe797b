"""Short names for models: `haiku`, `openrouter:haiku`, or a full litellm name, which stands for itself."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

ALIASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "haiku": {"anthropic": "claude-haiku-4-5", "openrouter": "anthropic/claude-haiku-4.5"},
        "sonnet": {"anthropic": "claude-sonnet-4-5", "openrouter": "anthropic/claude-sonnet-4.5"},
        "gpt-mini": {"openai": "gpt-4.1-mini", "openrouter": "openai/gpt-4.1-mini"},
        "gpt-nano": {"openai": "gpt-4.1-nano", "openrouter": "openai/gpt-4.1-nano"},
        "gpt-oss": {"openrouter": "openai/gpt-oss-120b", "groq": "openai/gpt-oss-120b", "ollama_chat": "gpt-oss"},
        "gemini-flash": {"gemini": "gemini-2.5-flash", "openrouter": "google/gemini-2.5-flash"},
        "gemini-flash-lite": {
            "gemini": "gemini-2.5-flash-lite", "openrouter": "google/gemini-2.5-flash-lite",
        },
        "deepseek": {"deepseek": "deepseek-chat", "openrouter": "deepseek/deepseek-chat"},
        "mistral-small": {"mistral": "mistral-small-latest", "openrouter": "mistralai/mistral-small-3.2-24b-instruct"},
        "devstral": {"mistral": "devstral-small-latest", "openrouter": "mistralai/devstral-small"},
        "qwen-coder": {"openrouter": "qwen/qwen3-coder", "ollama_chat": "qwen2.5-coder:7b"},
        "kimi": {"moonshot": "kimi-k2-0711-preview", "openrouter": "moonshotai/kimi-k2"},
    }
)  # fmt: skip
"""Alias → provider → model, as litellm names both. The first provider is the one that a bare alias means."""


class UnknownModelError(ValueError):
    """A name that no model has. The message lists those there are."""


class ModelRegistry:
    """Names for models.

    aliases: alias → provider → model, added to (or in place of) those in `ALIASES`; or alias → anything that
        `SubAgent.run` takes as `llm`, e.g. a callable or `LiteLLM(...)`.
    default_provider: the one that a bare alias means when it has it.
    """

    def __init__(
        self, aliases: Mapping[str, object] | None = None, *, default_provider: str | None = None
    ) -> None:
        self._aliases: dict[str, object] = {**ALIASES, **(aliases or {})}
        self.default_provider = default_provider

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Every alias with the providers that it has; none for one that stands for an object."""
        return {
            name: tuple(target) if isinstance(target, Mapping) else ()
            for name, target in self._aliases.items()
        }

    def has(self, name: str) -> bool:
        """Whether a name is an alias, or an alias of a provider (`provider:alias`)."""
        provider, colon, rest = name.partition(":")
        return name in self._aliases or bool(
            colon and (rest in self._aliases or provider in self._providers())
        )

    def find(self, name: str) -> Any:
        """What a name stands for: a litellm name, or the object of an alias.

        Raises:
            UnknownModelError: there is no such alias, or not at that provider.
        """
        if name in self._aliases:
            target = self._aliases[name]
            return self._at_provider(target) if isinstance(target, Mapping) else target
        provider, colon, rest = name.partition(":")
        if colon and self.has(name):
            return self._of_provider(provider, rest)
        if "/" in name:
            return name
        raise UnknownModelError(self._no_alias(name))

    def _at_provider(self, target: Mapping[str, str]) -> str:
        chosen = self.default_provider if self.default_provider in target else next(iter(target))
        return f"{chosen}/{target[str(chosen)]}"

    def _of_provider(self, provider: str, rest: str) -> str:
        target = self._aliases.get(rest)
        if isinstance(target, Mapping):
            if provider in target:
                return f"{provider}/{target[provider]}"
            raise UnknownModelError(
                f"the alias {rest} is not known at {provider}; it is at {', '.join(target)}: "
                f"write {next(iter(target))}:{rest}, or {provider}/ and the full name"
            )
        if target is not None:
            raise UnknownModelError(f"the alias {rest} belongs to no provider: write {rest} alone")
        return f"{provider}/{rest}"

    def _providers(self) -> set[str]:
        return {name for known in self._aliases.values() if isinstance(known, Mapping) for name in known}

    def _no_alias(self, name: str) -> str:
        near = get_close_matches(name, self._aliases, n=1)
        advice = f"did you mean {near[0]}? " if near else ""
        return (
            f"there is no model alias {name}; {advice}aliases are {', '.join(self._aliases)}; "
            "full names look like provider/model"
        )
