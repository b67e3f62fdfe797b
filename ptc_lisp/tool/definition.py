"""Tools: functions of the host that a program can call as `(tool/name {:arg value})`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from ptc_lisp.tool.binding import Binding

if TYPE_CHECKING:
    from ptc_lisp.signature import Signature

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.?!*+<>=-]*")

Tools = Iterable["Callable[..., Any] | Tool"] | Mapping[str, "Callable[..., Any] | Tool"]
"""What `tools=` takes."""


@dataclass(frozen=True)
class Tool:
    """A function with the name, description and types that programs and models see.

    fn: a plain or `async def` function; its parameters are filled by name from the call's map (`:order-id` reaches
    `order_id`), annotated ones are checked and simple types coerced. name: default the function's. description: default
    its docstring. signature: `"(order-id :int) -> {total :float}"` or a Signature; default: read from the annotations.
    effect: `"read"` for calls that change nothing.

    Tools run in a helper thread (coroutines in an event loop), never in a worker. Raises TypeError or ValueError when
    something of it is unusable, with the remedy.
    """

    fn: Callable[..., Any]
    name: str = ""
    description: str | None = None
    signature: str | Signature | None = None
    effect: Literal["read", "write"] = "write"
    details: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)

    def __post_init__(self) -> None:
        if not callable(self.fn):
            raise TypeError(f"a tool must be callable, got {type(self.fn).__name__}")
        name = self.name or getattr(self.fn, "__name__", "")
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{name or self.fn!r} is no usable tool name: give one of letters, digits, - and _, "
                'e.g. Tool(fn, name="find-order") or tools={"find-order": fn}'
            )
        object.__setattr__(self, "name", name)
        if self.description is None:
            object.__setattr__(self, "description", inspect.getdoc(self.fn) or "")
        if self.effect not in {"read", "write"}:
            raise ValueError(f'Tool.effect must be "read" or "write", got {self.effect!r}')
        if isinstance(self.signature, str):
            from ptc_lisp.signature import parse  # noqa: PLC0415 - loads a grammar, only needed for such tools

            object.__setattr__(self, "signature", parse(self.signature))

    @property
    def is_async(self) -> bool:
        """Whether `fn` is a coroutine function."""
        return any(map(inspect.iscoroutinefunction, (self.fn, type(self.fn).__call__)))

    @cached_property
    def contract(self) -> Signature:
        """The signature, given or read from the function."""
        if self.signature is not None:
            return cast("Signature", self.signature)
        from ptc_lisp.signature import from_function  # noqa: PLC0415 - as above

        return from_function(self.fn)

    @cached_property
    def _binding(self) -> Binding:
        return Binding(self.name, self.fn, cast("Signature | None", self.signature))

    @property
    def parameters(self) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        """Names of the required and the optional arguments as programs write them, and whether it takes any others."""
        return self._binding.parameters()

    @property
    def kinds(self) -> dict[str, str]:
        """Kinds of arguments by name, for those that take one kind of value only: `int float string bool list map`."""
        return self._binding.kinds()

    def prepare(self, args: dict[str, Any]) -> Callable[[], Any]:
        """The call with arguments bound by name. Raises a Trap (invalid_tool_args) that names what is accepted."""
        return self._binding.bind(args)


def tool_table(tools: Tools | None) -> dict[str, Tool]:
    """Tools by name. Raises TypeError or ValueError for what cannot be a tool, and for a name given twice."""
    if tools is None:
        return {}
    if isinstance(tools, Mapping):
        return {name: _named(name, tool) for name, tool in cast("Mapping[str, Any]", tools).items()}
    if isinstance(tools, str) or not isinstance(tools, Iterable):
        raise TypeError(
            f"tools must be a list of functions or a dict of them by name, got {type(tools).__name__}"
        )
    table: dict[str, Tool] = {}
    for item in tools:
        tool = _as_tool(item)
        if tool.name in table:
            raise ValueError(f"two tools are called {tool.name}: rename one, e.g. Tool(fn, name=...)")
        table[tool.name] = tool
    return table


def _named(name: object, item: object) -> Tool:
    if not isinstance(name, str):
        raise TypeError(f"tool names must be str, got {name!r}")
    if isinstance(item, Tool) or hasattr(item, "as_tool"):
        return replace(_as_tool(item), name=name)
    if not callable(item):
        raise TypeError(f"tools[{name!r}] must be a function or a Tool, got {type(item).__name__}")
    return Tool(item, name=name)


def _as_tool(item: object) -> Tool:
    if isinstance(item, Tool):
        return item
    maker = getattr(item, "as_tool", None)
    if maker is not None:
        return cast("Tool", maker())
    if not callable(item):
        raise TypeError(f"a tool must be a function or a Tool, got {type(item).__name__}: {item!r}")
    return Tool(item)
