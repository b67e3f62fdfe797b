"""PTC-Lisp: a small, safe, deterministic subset of Clojure for programs that language models write.

    step = ptc_lisp.run("(+ 1 2)")
    step.value                      # 3

Programs run in locked-down worker processes. Start with `run` (one program), `Session` (several programs that share
definitions), `Tool` (functions that programs may call) and `Limits`. Agents are in the package `subagent`.
"""

from __future__ import annotations

from importlib import import_module

from ptc_lisp._loading import LOADING as _LOADING
from ptc_lisp._version import __version__

TYPE_CHECKING = False  # `typing` takes 10 ms to load; type checkers know the name

if TYPE_CHECKING:
    from ptc_lisp.faults import Actor, Fault, FaultKind, Phase, PtcError
    from ptc_lisp.limits import Limits
    from ptc_lisp.prelude.compiling import bundle_preludes, compile_prelude
    from ptc_lisp.prelude.parts import Prelude, PreludeError
    from ptc_lisp.prelude_store.errors import PreludeStoreError
    from ptc_lisp.prelude_store.store import PreludeStore
    from ptc_lisp.prelude_store.versions import PreludeEntry, PreludeRef, PreludeVersion, StoreLimits
    from ptc_lisp.sandbox import attack, protections
    from ptc_lisp.sandbox.errors import SandboxError
    from ptc_lisp.session import Session, ToolOutcome, acall_tools, arun, check, run, warm_up
    from ptc_lisp.source import Span
    from ptc_lisp.step import Step, ToolCallRecord, Usage
    from ptc_lisp.tool import (
        BoundCall,
        NativeResult,
        Tool,
        ToolCache,
        ToolCallInfo,
        current_call,
        note_partial,
    )
    from ptc_lisp.values.memory import Memory
    from ptc_lisp.values.types import Keyword, kw

__all__ = [
    "Actor",
    "BoundCall",
    "Fault",
    "FaultKind",
    "Keyword",
    "Limits",
    "Memory",
    "NativeResult",
    "Phase",
    "Prelude",
    "PreludeEntry",
    "PreludeError",
    "PreludeRef",
    "PreludeStore",
    "PreludeStoreError",
    "PreludeVersion",
    "PtcError",
    "SandboxError",
    "Session",
    "Span",
    "Step",
    "StoreLimits",
    "Tool",
    "ToolCache",
    "ToolCallInfo",
    "ToolCallRecord",
    "ToolOutcome",
    "Usage",
    "__version__",
    "acall_tools",
    "arun",
    "attack",
    "bundle_preludes",
    "check",
    "compile_prelude",
    "current_call",
    "kw",
    "note_partial",
    "protections",
    "run",
    "warm_up",
]

# Names are loaded on first use: workers and `ptc --help` import this package without the host's side of it.
_HOME = {
    "Actor": "faults",
    "BoundCall": "tool",
    "Fault": "faults",
    "FaultKind": "faults",
    "Keyword": "values.types",
    "Limits": "limits",
    "Memory": "values.memory",
    "NativeResult": "tool",
    "Phase": "faults",
    "Prelude": "prelude.parts",
    "PreludeError": "prelude.parts",
    "PreludeEntry": "prelude_store.versions",
    "PreludeRef": "prelude_store.versions",
    "PreludeStore": "prelude_store.store",
    "PreludeStoreError": "prelude_store.errors",
    "PreludeVersion": "prelude_store.versions",
    "PtcError": "faults",
    "SandboxError": "sandbox.errors",
    "Session": "session",
    "Span": "source",
    "Step": "step",
    "StoreLimits": "prelude_store.versions",
    "Tool": "tool",
    "ToolCache": "tool",
    "ToolCallInfo": "tool",
    "ToolCallRecord": "step",
    "ToolOutcome": "session",
    "Usage": "step",
    "acall_tools": "session",
    "arun": "session",
    "attack": "sandbox",
    "bundle_preludes": "prelude.compiling",
    "check": "session",
    "compile_prelude": "prelude.compiling",
    "current_call": "tool",
    "kw": "values.types",
    "note_partial": "tool",
    "protections": "sandbox",
    "run": "session",
    "warm_up": "session",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with _LOADING:
        found = getattr(import_module(f"ptc_lisp.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
