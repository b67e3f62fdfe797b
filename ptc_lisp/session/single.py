"""Running one program: `run`, `arun`, `check`; and `warm_up`, before the first. Errors are as in `sessions`."""

from __future__ import annotations

import sys
from functools import cache

from ptc_lisp._loading import LOADING
from ptc_lisp.sandbox import launch

TYPE_CHECKING = False  # as in `ptc_lisp`

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from ptc_lisp.faults import Fault
    from ptc_lisp.limits import Limits
    from ptc_lisp.session.arguments import Isolation
    from ptc_lisp.session.contexts import Context
    from ptc_lisp.session.one_program import OneProgram
    from ptc_lisp.session.preludes import Preludes
    from ptc_lisp.signature import Signature
    from ptc_lisp.step import Step
    from ptc_lisp.tool import ToolCache, Tools
    from ptc_lisp.tool.options import Effect
    from ptc_lisp.values.memory import Memory

_HEAVY = "ptc_lisp.session.sessions"


def run(
    source: str,
    *,
    context: Mapping[str, Any] | None = None,
    tools: Tools | None = None,
    memory: Mapping[str, Any] | Memory | bytes | None = None,
    limits: Limits | None = None,
    signature: str | Signature | None = None,
    journal: Mapping[str, Any] | Memory | bytes | None = None,
    tool_cache: ToolCache | None = None,
    allow_effects: Collection[Effect] | None = None,
    strict_data: bool = False,
    isolation: Isolation = "run",
    prelude: Preludes | None = None,
) -> Step:
    """Runs one program in a worker process and returns its Step. Errors of the program are in `step.error`, not raised.

    context: what the program reads as `data/name`. Pass a `Memory` for data that many runs share: it is already encoded.
    tools: what the program may call as `tool/name`: a list of functions and Tools, or a dict by name.
    memory: definitions of earlier programs (`step.memory`), or plain values by name.
    limits: time, memory and so on, see `Limits`.
    signature: the type of the value, such as `"{total :float}"` or `"(x :int) -> :int"`.
    journal: results of `(task id …)` from an earlier run (`step.journal`).
    tool_cache: results of earlier tool calls, see `ToolCache`.
    allow_effects: which declared effects of tools are allowed; default `["read", "idempotent"]`.
    strict_data: whether reading an unknown `data/x` is a fault instead of nil.
    isolation: "run" and "session" use a fresh process; "reuse" may use one that has served others, cleaned.
    prelude: namespaces of functions for the program: a `Prelude`, its source, or a list of these. One that cannot be
        attached is a `prelude_attach_failed` fault.

    Raises:
        TypeError, ValueError: an argument is unusable; the message says how to fix it.
        SandboxError: this machine cannot start worker processes, or lacks a protection in `limits.require`.
    """
    with _session_type()(
        context=_early(context, tools), tools=tools, memory=memory, limits=limits, journal=journal, tool_cache=tool_cache,
        allow_effects=allow_effects, isolation=isolation, strict_data=strict_data, prelude=prelude,
    ) as session:  # fmt: skip
        return session.eval(source, signature=signature)


async def arun(
    source: str,
    *,
    context: Mapping[str, Any] | None = None,
    tools: Tools | None = None,
    memory: Mapping[str, Any] | Memory | bytes | None = None,
    limits: Limits | None = None,
    signature: str | Signature | None = None,
    journal: Mapping[str, Any] | Memory | bytes | None = None,
    tool_cache: ToolCache | None = None,
    allow_effects: Collection[Effect] | None = None,
    strict_data: bool = False,
    isolation: Isolation = "run",
    prelude: Preludes | None = None,
) -> Step:
    """`run` for coroutines (asyncio or trio). Cancelling it kills the worker."""
    with _session_type()(
        context=_early(context, tools), tools=tools, memory=memory, limits=limits, journal=journal, tool_cache=tool_cache,
        allow_effects=allow_effects, isolation=isolation, strict_data=strict_data, prelude=prelude,
    ) as session:  # fmt: skip
        return await session.aeval(source, signature=signature)


def check(
    source: str,
    *,
    tools: Tools | None = None,
    memory: Mapping[str, Any] | Memory | bytes | None = None,
    prelude: Preludes | None = None,
) -> list[Fault]:
    """All faults that can be found without running the program; empty if there are none. Without `tools`, every tool name is
    accepted."""
    with _session_type()(tools=tools, memory=memory, prelude=prelude) as session:
        return session.check(source, any_tool=tools is None)


def warm_up(*, wait: bool = False) -> None:
    """Starts the processes that programs need, so that the first program does not have to wait for them (about 0.15 s).

    For services, when they start. Calling it is never necessary: the first program starts what is missing. Returns
    immediately, or, with `wait`, when a program can run at once.

    Raises:
        SandboxError: with `wait`, if this machine cannot start worker processes. Without it, the first program raises.
    """
    launch.begin()
    if wait:
        run("nil")


@cache
def _session_type() -> type[OneProgram]:
    """The first program starts the zygote before this process loads its own half: both take a while."""
    if _HEAVY not in sys.modules:
        launch.begin()
    with LOADING:
        from ptc_lisp.session.one_program import OneProgram  # noqa: PLC0415 - as said

    return OneProgram


def _early(context: Mapping[str, Any] | None, tools: Tools | None) -> Context | None:
    """The context for a single program, which may begin before all of it has been sent and looked at. If it has tools, each part is
    looked at before it is sent: they would have to wait for the look at the whole, and their time counts as the program's."""
    if context is None:
        return None
    from ptc_lisp.session.contexts import Context  # noqa: PLC0415 - loaded with sessions

    return Context.drafted(context, watched=bool(tools))
