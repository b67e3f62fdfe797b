"""Turns what users pass as `llm=` into the `LLM` protocol."""

from __future__ import annotations

import inspect

from subagent.llm.adapt import CallableLLM, model_name
from subagent.llm.litellm_client import LiteLLM
from subagent.messages import LLM


def resolve(llm: object) -> LLM:
    """The model behind `llm`: a litellm model string, an object with `complete`, or a callable of the request.

    Raises:
        TypeError: `llm` is none of these.
    """
    if isinstance(llm, str):
        return LiteLLM(llm)
    if inspect.isclass(llm):
        raise TypeError(f"llm must be an object, not the class {llm.__name__}: pass {llm.__name__}(...)")
    method = getattr(llm, "complete", None)
    if callable(method):
        return llm if inspect.iscoroutinefunction(method) else CallableLLM(method, model=model_name(llm))  # type: ignore[return-value] - checked just above
    if callable(llm):
        return CallableLLM(llm)
    raise TypeError(
        f"llm must be a model string, a callable or an object with `complete`, got {type(llm).__name__}: "
        'for example llm="openai/gpt-4.1-mini" or llm=lambda request: "(return 1)"'
    )
