"""One request to the model, with its events."""

from __future__ import annotations

import time

from subagent.drive.scope import Scope
from subagent.events import ModelFinished, ModelStarted
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.loop.state import Broke, Replied
from subagent.messages import LLMRequest, LLMResponse
from subagent.usage import Usage


async def ask(scope: Scope, model: str, request: LLMRequest) -> Replied | Broke:
    """The model's reply, or why there is none. Raises only what is no `Exception`: cancellation, Ctrl-C."""
    scope.emit(
        ModelStarted,
        turn=request.turn,
        model=model,
        message_count=len(request.messages),
        system=request.system,
        messages=tuple({"role": m.role, "content": m.content} for m in request.messages),
        options=request.options,
    )
    started = time.perf_counter()
    try:
        response = await scope.llm.complete(request)
    except Exception as error:  # noqa: BLE001 - whatever a model's client raises ends the run as a fault
        return _failed(scope, model, request.turn, error, _since(started))
    except BaseException as error:
        kind = type(error).__name__
        scope.emit(ModelFinished, turn=request.turn, model=model, ok=False, error_kind=kind)
        raise
    _finished(scope, model, request.turn, response, _since(started))
    scope.budget.spend(response.usage.input_tokens + response.usage.output_tokens, response.usage.cost_usd)
    return Replied(response, scope.clock())


def _finished(scope: Scope, model: str, turn: int, response: LLMResponse, took_ms: float) -> None:
    usage = response.usage
    scope.emit(
        ModelFinished,
        turn=turn,
        model=model,
        ok=True,
        content=response.content,
        response_model=response.model,
        response_id=response.id,
        finish_reason=response.finish_reason,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cost_usd=usage.cost_usd,
        attempts=response.attempts,
        duration_ms=took_ms,
    )


def _failed(scope: Scope, model: str, turn: int, error: Exception, took_ms: float) -> Broke:
    fault = _as_llm_error(error, model).to_fault()
    attempts = int(fault.details["attempts"])
    scope.emit(
        ModelFinished,
        turn=turn,
        model=model,
        ok=False,
        error=fault,
        error_kind=str(fault.details["error"]),
        attempts=attempts,
        duration_ms=took_ms,
    )
    return Broke(fault, Usage(llm_requests=attempts, llm_ms=took_ms), scope.clock())


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _as_llm_error(error: Exception, model: str) -> LLMError:
    if isinstance(error, LLMError):
        return error
    return LLMError(LLMErrorKind.RAISED, f"the model {model} raised {type(error).__name__}: {error}")
