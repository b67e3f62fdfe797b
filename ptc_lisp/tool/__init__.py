"""Functions of the host that programs can call."""

from ptc_lisp.tool.binding import BoundCall
from ptc_lisp.tool.cache import ToolCache, call_key
from ptc_lisp.tool.current import ToolCallInfo, current_call
from ptc_lisp.tool.definition import Tool, Tools, tool_table
from ptc_lisp.tool.options import ALLOWED_EFFECTS, UNSET, NativeResult, allowed_effects
from ptc_lisp.tool.results import PARTIAL, Partial, note_partial

__all__ = [
    "ALLOWED_EFFECTS",
    "PARTIAL",
    "UNSET",
    "BoundCall",
    "NativeResult",
    "Partial",
    "Tool",
    "ToolCache",
    "ToolCallInfo",
    "Tools",
    "allowed_effects",
    "call_key",
    "current_call",
    "note_partial",
    "tool_table",
]
