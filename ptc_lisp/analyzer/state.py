"""What one analysis knows and collects: the environment, the faults, the names given out, the definitions seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import msgspec

from ptc_lisp.core import nodes as n
from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.prelude.parts import Library


class Place(Protocol):
    """Anything with character offsets: a form or a node."""

    @property
    def start(self) -> int:
        """Offset of the first character."""
        ...

    @property
    def end(self) -> int:
        """Offset after the last character."""
        ...


class ToolShape(msgspec.Struct, frozen=True):
    """Parameter names of a tool; `more`: it takes others as well. Hyphens and underscores count as the same.

    kinds: for parameters that take only one kind of value `int`, `float`, `string`, `bool`, `list` or `map`. sole: see
    `Tool.sole`.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    more: bool = False
    kinds: Mapping[str, str] = {}
    sole: str | None = None


class Env(msgspec.Struct, frozen=True):
    """What a program may refer to.

    defined: user names of earlier programs.
    tools: names of the tools; None: any name is taken for a tool. shapes: parameters of those whose calls can be checked.
    data: names in the context; None: not known. strict_data: whether another name is a fault; otherwise it is nil.
    libraries: attached preludes by namespace. private_tools: tools that only these may call.
    """

    defined: frozenset[str] = frozenset()
    tools: frozenset[str] | None = None
    data: frozenset[str] | None = None
    shapes: Mapping[str, ToolShape] = {}
    strict_data: bool = False
    libraries: Mapping[str, Library] = {}
    private_tools: frozenset[str] = frozenset()


class AnalysisFailed(Exception):  # noqa: N818 - carries faults of a program, is not an error of the host
    """The program cannot run. `traps`: everything that is wrong with it, in the order of the text."""

    def __init__(self, traps: list[Trap]) -> None:
        super().__init__("; ".join(trap.message for trap in traps))
        self.traps = traps


class UserCall(NamedTuple):
    """A direct call of a user name or a local, checked when all functions are known."""

    name: str
    args: int
    start: int
    end: int


class ForwardRef(NamedTuple):
    """A user name that a definition mentions before its own definition."""

    name: str
    inside: str
    start: int
    end: int


_LONGEST = 1_000


def _cut(text: str) -> str:
    """A message that quotes a name of any length, bounded."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


class State(msgspec.Struct):
    """The mutable part of one analysis."""

    env: Env
    traps: list[Trap] = []
    known: set[str] = set()
    """User names that may be used from here on."""
    pending: dict[str, int] = {}
    """Names being defined, with the function depth of their definition: visible only inside functions."""
    find_later: Callable[[], set[str]] = set[str]
    """Finds the names that this program defines somewhere."""
    current: str | None = None
    """The outermost definition being analysed."""
    mentions: dict[str, set[str]] = {}
    """User names that each outermost definition mentions."""
    forward: list[ForwardRef] = []
    calls: list[UserCall] = []
    local_calls: list[UserCall] = []
    local_fns: dict[str, n.Fn] = {}
    """Functions by the unique locals that are bound to them and to nothing else."""
    definitions: dict[str, list[n.Def]] = {}
    reported: set[str] = set()
    """Unknown names that were reported."""
    ended: list[dict[str, str]] = []
    """The names of each `let` that has ended."""
    used: set[str] = set()
    """Unique locals that are read."""
    broken: int = 0
    """How many forms could not be analysed, those of a name that was reported before included."""
    threaded: dict[tuple[int, int], str] = {}
    """Steps of threading forms by their place: whether the value goes in `first` or `last`."""
    recurs: int = 0
    """How many `recur`s were seen."""
    data: dict[str, None] = {}
    """Names of `data/…` that are mentioned, in order."""
    tools: dict[str, None] = {}
    """Names of `tool/…` that are mentioned, in order."""
    _counts: dict[str, int] = {}
    _later: set[str] | None = None

    @property
    def later(self) -> set[str]:
        """Names that this program defines somewhere; most programs never need to know."""
        if self._later is None:
            self._later = self.find_later()
        return self._later

    def fault(
        self, kind: FaultKind, message: str, place: Place, *, hint: str | None = None, **details: object
    ) -> n.Const:
        """Collects a fault; gives a node to go on with."""
        self.broken += 1
        message, hint = _cut(message), None if hint is None else _cut(hint)
        self.traps.append(
            Trap(
                kind,
                message,
                hint=hint,
                details=details,
                start=place.start,
                end=place.end,
                phase=Phase.ANALYZE,
            )
        )
        return n.Const(place.start, place.end, None)

    def bad_form(self, message: str, place: Place, *, hint: str | None = None) -> n.Const:
        """Collects an invalid_form."""
        return self.fault(FaultKind.INVALID_FORM, message, place, hint=hint)

    def unique(self, name: str) -> str:
        """A name for a local that no other local of this program has."""
        seen = self._counts.get(name, 0)
        self._counts[name] = seen + 1
        return name if seen == 0 else f"{name}~{seen}"

    def temp(self, name: str) -> str:
        """A unique name for a local that the program cannot mention."""
        seen = max(1, self._counts.get(name, 0))
        self._counts[name] = seen + 1
        return f"{name}~{seen}"
