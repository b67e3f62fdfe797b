"""One request to the model, with its events."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from subagent.drive.pieces import Splitter
from subagent.drive.scope import Scope
from subagent.events import ModelFinished, ModelStarted, ModelToken, Part
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.streaming import ask as asked
from subagent.loop.state import Broke, Replied
from subagent.messages import Delta, LLMRequest, LLMResponse, NativeToolCall
from subagent.usage import Usage
from subagent.wording import told, writable


async def ask(scope: Scope, model: str, request: LLMRequest) -> Replied | Broke:
    """The model's reply, or why there is none. Raises only what is no `Exception`: cancellation, Ctrl-C."""
    scope.emit(
        ModelStarted,
        turn=request.turn,
        model=model,
        message_count=len(request.messages),
        system=request.system,
        messages=tuple(message.as_openai() for message in request.messages),
        options=request.options,
    )
    started = time.perf_counter()
    tokens = Tokens(scope, request.turn, started) if scope.stream.tokens else None
    try:
        response = _writable(await asked(scope.llm, request, tokens))
    except Exception as error:  # noqa: BLE001 - whatever a model's client raises ends the run as a fault
        return _failed(scope, model, request.turn, error, _since(started))
    except BaseException as error:
        kind = type(error).__name__
        scope.emit(ModelFinished, turn=request.turn, model=model, ok=False, error_kind=kind)
        raise
    if tokens is not None:
        tokens.finish()
    _finished(scope, {"turn": request.turn, "model": model}, response, _since(started), tokens)
    scope.budget.spend(response.usage.input_tokens + response.usage.output_tokens, response.usage.cost_usd)
    return Replied(response, scope.clock())


class Tokens:
    """Turns the pieces of one reply into events."""

    def __init__(self, scope: Scope, turn: int, started: float) -> None:
        self.first_ms: float | None = None
        self._scope = scope
        self._turn = turn
        self._started = started
        self._splitter = Splitter(scope.language)

    def __call__(self, delta: Delta) -> None:
        """Takes one piece."""
        if self.first_ms is None:
            self.first_ms = _since(self._started)
        if delta.kind == "text":
            self._emit(self._splitter.feed(delta.text))
        else:
            self._emit([(delta.kind, delta.text)])

    def finish(self) -> None:
        """The reply is complete."""
        self._emit(self._splitter.finish())

    def _emit(self, pieces: Sequence[tuple[Part, str]]) -> None:
        for part, text in pieces:
            self._scope.emit(ModelToken, turn=self._turn, text=text, part=part)


def _writable(response: LLMResponse) -> LLMResponse:
    """The reply with texts that can be written down: JSON can hold halves of characters."""
    said = (response.content, response.reasoning, response.tool_calls)
    try:
        msgspec.json.encode(said)
    except UnicodeEncodeError:
        content, reasoning, calls = writable(msgspec.to_builtins(said))
        made = msgspec.convert(calls, tuple[NativeToolCall, ...])
        return msgspec.structs.replace(response, content=content, reasoning=reasoning, tool_calls=made)
    return response


def _finished(
    scope: Scope, head: dict[str, Any], response: LLMResponse, took_ms: float, tokens: Tokens | None
) -> None:
    usage = response.usage
    scope.emit(
        ModelFinished,
        **head,
        ok=True,
        content=response.content,
        tool_calls=tuple(msgspec.to_builtins(call) for call in response.tool_calls),
        response_model=response.model,
        response_id=response.id,
        finish_reason=response.finish_reason,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cost_usd=usage.cost_usd,
        attempts=response.attempts,
        first_token_ms=None if tokens is None else tokens.first_ms,
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
    return LLMError(LLMErrorKind.RAISED, f"the model {model} raised {told(error)}")
