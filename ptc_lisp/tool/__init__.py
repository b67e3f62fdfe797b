"""Functions of the host that programs can call."""

from ptc_lisp.tool.current import ToolCallInfo, current_call
from ptc_lisp.tool.definition import Tool, Tools, tool_table

__all__ = ["Tool", "ToolCallInfo", "Tools", "current_call", "tool_table"]
