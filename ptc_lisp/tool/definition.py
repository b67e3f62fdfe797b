"""Tools: functions of the host that a program can call as `(tool/name {:arg value})`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from ptc_lisp.tool.binding import Binding, BoundCall
from ptc_lisp.tool.options import UNSET, Effect, Expose, NativeResult, Visibility, check_options
from ptc_lisp.tool.results import agathered, gathered

if TYPE_CHECKING:
    from ptc_lisp.signature import Signature, Validation

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.?!*+<>=-]*")

Tools = Iterable["Callable[..., Any] | Tool"] | Mapping[str, Any]
"""What `tools=` takes. The values of a dict are functions, Tools, or a function with its signature or options as a pair."""

Around = Callable[[BoundCall], BoundCall]
"""What a host puts around every call that is really made (not around hits of the cache): it sees the call as one, its
retries and its time limit inside."""


@dataclass(frozen=True)
class Tool:
    """A function with the name, description and types that programs and models see.

    fn: a plain or `async def` function, or a generator of either kind. Its parameters are filled by name from the map of
        the call (`:order-id` becomes `order_id`); annotated parameters are checked, and simple types converted.
    name: default: the function's. description: default: the text of its docstring before the sections.
    descriptions: a line per parameter; default: what the docstring (Google, NumPy or Sphinx style) says.
    signature: `"(order-id :int) -> {total :float}"` or a Signature; default: from the annotations.
    effect: "read" changes nothing; "idempotent" may be repeated without harm; "write" changes something and is refused
        unless the run allows it (`allow_effects`). None: not declared, which is allowed.
    cache: whether an equal call within a run gets the result of the first. Errors are not cached, hits are not counted.
    timeout_ms: after this time a call, including its retries, is abandoned. on_timeout: its result then: a value, or a
        function of the arguments (a dict) and the partial result (what a generator has yielded, or what was passed to
        `note_partial`); without it, the call is an error.
    retries: how often a call that raised is repeated, after 0.1, 0.2, 0.4 ... seconds.
    max_result: the largest result, in encoded bytes.
    validation: of arguments: "enabled" converts and checks them, "strict" only checks, "warn_only" accepts what does not
        fit with a warning in the ledger, "disabled" accepts everything.
    visibility: "private" tools are in no prompt, and only functions of preludes can call them.
    expose: who may call it if an agent offers native tools beside programs: "native" (the model), "program", "both".
    positional: whether a call may pass the value of the only required argument without its name, `(tool/fetch "d7")`, or
        a row that contains it, `(tool/fetch row)`, of which only the arguments are used; otherwise both are faults whose
        hints show the named form.
    native_result: see `NativeResult`. details: whatever the host wants to keep with the tool.

    Tools run in a helper thread (coroutines in an event loop), never in a worker. Raises TypeError or ValueError if an
    option is unusable, with the remedy.
    """

    fn: Callable[..., Any]
    name: str = ""
    description: str | None = None
    signature: str | Signature | None = None
    effect: Effect | None = None
    _: KW_ONLY
    descriptions: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)
    cache: bool = False
    timeout_ms: int | None = None
    on_timeout: Any = UNSET
    retries: int = 0
    max_result: int | None = None
    validation: Validation = "enabled"
    visibility: Visibility = "public"
    expose: Expose = "native"
    positional: bool = False
    native_result: NativeResult | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)
    around: Around | None = field(default=None, compare=False, repr=False)

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
        if self.description is None or not self.descriptions:
            self._read_docstring()
        check_options(self)
        if isinstance(self.signature, str):
            from ptc_lisp.signature import parse  # noqa: PLC0415 - loads a grammar, only needed for such tools

            object.__setattr__(self, "signature", parse(self.signature))

    @classmethod
    def from_mcp(cls, descriptor: object, call: Callable[[dict[str, Any]], Any], **options: Any) -> Tool:
        """A tool from an MCP descriptor: name, description, inputSchema, outputSchema, annotations.

        call: takes one dict of arguments, named as in the schema, and returns a value or an MCP result (content,
        structuredContent, isError). options: further fields of Tool, which take precedence over the descriptor.

        Raises:
            ValueError, TypeError: the descriptor has no name or no usable schema, or an option is wrong.
        """
        from ptc_lisp.tool.mcp import described  # noqa: PLC0415 - loads a grammar, only needed for such tools

        return cls(**{**described(descriptor, call), **options})

    def surrounded(self, around: Around, *, positional: bool = False) -> Tool:
        """The same tool with something else around its calls, and `positional` if that is wanted. What was found out about its
        function is not looked for again."""
        other = replace(self, around=around, positional=self.positional or positional)
        vars(other).update(is_async=self.is_async, _binding=self._binding)
        return other

    @cached_property
    def is_async(self) -> bool:
        """Whether a call has to be awaited: `fn` is a coroutine function or an async generator function."""
        kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
        return any(kind(fn) for kind in kinds for fn in (self.fn, type(self.fn).__call__))

    @cached_property
    def contract(self) -> Signature:
        """The signature, given or read from the function."""
        if self.signature is not None:
            return cast("Signature", self.signature)
        from ptc_lisp.signature import from_function  # noqa: PLC0415 - as above

        return from_function(self.fn)

    @cached_property
    def notes(self) -> dict[str, str]:
        """What is known of arguments beyond their kind, by name, or by path for fields inside: `descriptions`, and what
        annotations say (descriptions, allowed values, limits)."""
        if self.signature is not None:
            return dict(self.descriptions)
        from ptc_lisp.signature.notes import joined  # noqa: PLC0415 - only prompts need it

        derived = self._binding.notes()
        names = dict.fromkeys([*self.descriptions, *derived])
        said = {name: [self.descriptions.get(name), derived.get(name)] for name in names}
        return {name: joined([text for text in dict.fromkeys(texts) if text]) for name, texts in said.items()}

    @property
    def values(self) -> dict[str, tuple[Any, ...]]:
        """The values that arguments may have, where annotations list all of them; by name or path, as `notes`."""
        return self._binding.values() if self.signature is None else {}

    @cached_property
    def _binding(self) -> Binding:
        return Binding(self.name, self.fn, cast("Signature | None", self.signature), self.validation)

    @property
    def parameters(self) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        """Names of the required and the optional arguments as programs write them, and whether it takes any others."""
        return self._binding.parameters()

    @property
    def sole(self) -> str | None:
        """The argument whose value may stand alone in a call, without its name: of a `positional` tool the only required one, or
        the only one at all. A map alone is always the map of arguments, and may have more."""
        required, optional, more = self.parameters
        names = required or optional
        return names[0] if self.positional and len(names) == 1 and not more else None

    @property
    def kinds(self) -> dict[str, str]:
        """Kinds of arguments by name, for those that take one kind of value only: `int float string bool list map`."""
        return self._binding.kinds()

    def prepare(self, args: dict[str, Any]) -> BoundCall:
        """The call with arguments bound by name. Raises a Trap (invalid_tool_args) that names what is accepted."""
        call, warnings = self._binding.bind(args)
        return BoundCall(
            self._gathering(call),
            args,
            is_async=self.is_async,
            warnings=warnings,
            again=lambda other: self._gathering(self._binding.bind(other)[0]),
        )

    def _gathering(self, call: Callable[[], Any]) -> Callable[[], Any]:
        """The call with iterators read to their end."""
        return (lambda: agathered(call())) if self.is_async else (lambda: gathered(call()))

    def _read_docstring(self) -> None:
        """Fills in what the host did not say about the tool and its parameters."""
        text = inspect.getdoc(self.fn) or ""
        summary, descriptions = text, dict[str, str]()
        if "\n" in text or text.startswith(":"):
            from ptc_lisp.signature import parse_docstring  # noqa: PLC0415 - loads a parser, for longer texts only

            parsed = parse_docstring(text)
            summary, descriptions = parsed.summary, parsed.params
        if self.description is None:
            object.__setattr__(self, "description", summary)
        if not self.descriptions:
            object.__setattr__(self, "descriptions", descriptions)


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
    if isinstance(item, tuple):
        return _from_pair(cast("tuple[Any, ...]", item), name)
    if isinstance(item, Tool) or hasattr(item, "as_tool"):
        tool = _as_tool(item)
        return tool if tool.name == name else replace(tool, name=name)
    if not callable(item):
        raise TypeError(f"tools[{name!r}] must be a function or a Tool, got {type(item).__name__}")
    return Tool(item, name=name)


def _as_tool(item: object) -> Tool:
    if isinstance(item, Tool):
        return item
    if isinstance(item, tuple):
        return _from_pair(cast("tuple[Any, ...]", item))
    maker = getattr(item, "as_tool", None)
    if maker is not None:
        return cast("Tool", maker())
    if not callable(item):
        raise TypeError(f"a tool must be a function or a Tool, got {type(item).__name__}: {item!r}")
    return Tool(item)


def _from_pair(pair: tuple[Any, ...], name: str = "") -> Tool:
    """`(fn, "(a :int) -> :int")` or `(fn, {"cache": True, ...})`."""
    if len(pair) == 2 and isinstance(pair[1], str):
        return Tool(pair[0], name, signature=pair[1])
    if len(pair) == 2 and isinstance(pair[1], Mapping):
        options: dict[str, Any] = {"name": name, **pair[1]}
        return Tool(pair[0], **options)
    raise TypeError(
        f"a tool must be a function, (function, signature) or (function, options), got {pair!r:.200}"
    )
