"""Turns what users pass as `llm=` into the `LLM` protocol."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, cast

from subagent.llm.adapt import CallableLLM, model_name
from subagent.llm.fallback import FallbackLLM
from subagent.llm.litellm_client import LiteLLM
from subagent.llm.registry import ModelRegistry
from subagent.messages import LLM

_DEFAULT = ModelRegistry()


def resolve(llm: object, registry: ModelRegistry | Mapping[str, object] | None = None) -> LLM:
    """The model that `llm` stands for: an alias of the registry, a litellm model name, an object with `complete`, a callable of
    the request, a `litellm.Router` with one model group, or a list of these, each asked if the one before fails.

    Raises:
        TypeError: `llm` is none of these.
        ValueError: the list is empty, or a name is unknown; the message lists the known names.
    """
    names = (
        registry if isinstance(registry, ModelRegistry) else ModelRegistry(registry) if registry else _DEFAULT
    )
    if isinstance(llm, str):
        found = names.find(llm) if names.has(llm) else llm
        return LiteLLM(found) if isinstance(found, str) else resolve(found, registry)
    if isinstance(llm, list | tuple):
        return FallbackLLM(resolve(one, registry) for one in cast("list[object]", llm))
    if inspect.isclass(llm):
        raise TypeError(f"llm must be an object, not the class {llm.__name__}: pass {llm.__name__}(...)")
    method = getattr(llm, "complete", None)
    if callable(method):
        return llm if inspect.iscoroutinefunction(method) else CallableLLM(method, model=model_name(llm))  # type: ignore[return-value] - checked just above
    if callable(getattr(llm, "acompletion", None)) and callable(getattr(llm, "get_model_names", None)):
        return _routed(llm)
    if callable(llm):
        return CallableLLM(llm)
    raise TypeError(
        f"llm must be a model string, a callable, an object with `complete` or a list of these, got {type(llm).__name__}: "
        'for example llm="openai/gpt-4.1-mini" or llm=lambda request: "(return 1)"'
    )


def _routed(router: Any) -> LLM:
    groups = list(dict.fromkeys(router.get_model_names()))
    if len(groups) == 1:
        return LiteLLM(groups[0], router=router)
    raise ValueError(
        f"this litellm.Router has the model groups {', '.join(groups)}: name one with LiteLLM(name, router=router)"
    )
