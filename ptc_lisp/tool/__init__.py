"""Functions of the host that programs can call."""

from ptc_lisp.tool.definition import Tool, Tools, tool_table

__all__ = ["Tool", "Tools", "tool_table"]
