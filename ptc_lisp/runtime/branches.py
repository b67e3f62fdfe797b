"""`pmap` and `pcalls`: branches whose tool calls wait in parallel, without threads.

A branch runs until it needs an answer that has not arrived. It is then abandoned, and runs again from its start when the answer
is there. What it learned before (answers, clock readings) is in its notes, so the second run takes the same path and gets
further. Programs are deterministic, so only time is spent twice, and a branch that would waste much of it waits in place instead.
Only one branch runs at a time; prints and steps count once, from the run that reached the end.

Whatever the timing, results, prints and faults are those of the branches in order: a branch starts when all but the
`max_parallel` before it have ended well, and every branch that started runs to its end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ptc_lisp.builtins.run_state import STEPS
from ptc_lisp.faults import Fault, FaultKind, Phase, Trap
from ptc_lisp.limits import Limits
from ptc_lisp.runtime.signals import Interrupted, Stopped
from ptc_lisp.values.types import ABSENT, Value

if TYPE_CHECKING:
    from ptc_lisp.runtime.namespace import UserNames

Path = tuple[int, ...]
Thunk = Callable[[], Value]

_MOST_NESTED = 64
"""pmap within pmap: each level keeps its place and its handlers on the stack, so endless recursion must end early."""

_REDONE_STEPS = 50_000
"""Steps of a branch that may be spent again and again; beyond, it waits in place for its answers."""


@runtime_checkable
class Wire(Protocol):
    """A host that takes several tool calls at a time."""

    def request(self, name: str, args: dict[str, Value], path: Path, origin: str) -> int:
        """Asks for a tool call and gives its number. `path`: its place among the calls of a pmap. origin: see
        `run_state.Doors`."""
        ...

    def answers(self) -> list[tuple[int, Value, Fault | None]]:
        """Waits until at least one answer is there: number, value, or the fault that the call is."""
        ...

    def bounded(self, limit_ms: int) -> AbstractContextManager[None]:
        """What is inside may take so long at most. Raises Interrupted then."""
        ...


class _Abandoned(BaseException):
    """A run of a branch has come as far as it can for now."""


class _Lane:
    """One run of a branch. `root`: the lane that is run again when this one is abandoned (itself, unless nested)."""

    __slots__ = ("_next", "allowance", "path", "printed", "prints", "root", "used", "waits", "wants")

    def __init__(self, path: Path, root: _Lane | None, *, waits: bool, allowance: int) -> None:
        """waits: it stays where an answer is missing. allowance: the count of steps beyond which it does, too."""
        self.path = path
        self.root = root or self
        self.waits = waits
        self.allowance = allowance
        self.used: list[Path] = []
        self.wants: list[Path] = []
        self.prints: list[str] = []
        self.printed = 0
        self._next = 0

    def place(self) -> Path:
        """The path of the next thing that this run does."""
        self._next += 1
        return (*self.path, self._next)


class _Branch:
    __slots__ = (
        "ended",
        "error",
        "journal",
        "path",
        "prints",
        "redone",
        "summaries",
        "thunk",
        "value",
        "wants",
    )

    def __init__(self, thunk: Thunk, path: Path) -> None:
        self.thunk = thunk
        self.path = path
        self.ended = False
        self.value: Value = None
        self.error: Exception | None = None
        self.wants: list[Path] = []
        self.redone = 0
        self.prints: list[str] = []
        self.journal: dict[str, Value] | None = None
        self.summaries: dict[str, str] = {}


class _Group:
    """One `pmap`: `values` of the branches that ended well without a gap, and the `branches` that began after those."""

    def __init__(self, thunks: list[Thunk], path: Path, names: UserNames) -> None:
        self.thunks = thunks
        self.path = path
        self._names = names
        self._before = names.snapshot()
        self._size = len(names.space)
        self.journal = names.journal
        self.summaries = names.summaries
        self.values: list[Value] = []
        self.branches: deque[_Branch] = deque()
        self.unended = len(thunks)
        self._began = 0
        self._marked: list[_Branch] = []

    def waiting(self) -> list[_Branch]:
        """The branches that began and have not ended."""
        return [branch for branch in self.branches if not branch.ended]

    def forget_defs(self) -> None:
        """Puts the user names back to what they were."""
        space = self._names.space
        if len(space) != self._size or any(space[name] is not value for name, value in self._before.items()):
            self._names.restore(self._before)

    def begin(self, width: int) -> _Branch | None:
        """The next branch, if its turn has come: when all but `width - 1` before it ended well."""
        if self._began == len(self.thunks) or len(self.branches) >= width:
            return None
        branch = _Branch(self.thunks[self._began], (*self.path, self._began))
        self._began += 1
        self.branches.append(branch)
        return branch

    def settle(self, show: Callable[[str], None]) -> None:
        """Notes that a branch has ended, and takes over those for which nothing before them is missing."""
        self.unended -= 1
        while self.branches and self.branches[0].ended and self.branches[0].error is None:
            branch = self.branches.popleft()
            self.values.append(branch.value)
            self._take(branch, show)

    def close(self, show: Callable[[str], None]) -> None:
        """Takes over what the branches printed and remembered (`task`, `step-done`), in order, however they ended."""
        for branch in self.branches:
            self._take(branch, partial(_show_late, show))
        before = dict(self.journal or {})
        for branch in self._marked:
            self.summaries.update(branch.summaries)
            if self.journal is None or branch.journal is None:
                continue
            for ident, value in branch.journal.items():
                if before.get(ident, ABSENT) is not value:
                    self.journal[ident] = value
            for ident in before.keys() - branch.journal.keys():
                self.journal.pop(ident, None)

    def result(self) -> list[Value]:
        """The values in order. Raises the first fault in order."""
        for branch in self.branches:
            if branch.error is not None:
                raise branch.error
        return self.values

    def _take(self, branch: _Branch, show: Callable[[str], None]) -> None:
        for text in branch.prints:
            show(text)
        if branch.summaries or _differ(branch.journal or {}, self.journal or {}):
            self._marked.append(branch)


class Branches:
    """The branches of one evaluation, and what they do to the outside: tool calls, prints, clock readings."""

    def __init__(self, wire: Wire | None, limits: Limits, names: UserNames) -> None:
        """Without a `wire`, branches call their tools one at a time."""
        self._wire = wire
        self._names = names
        self._width = limits.max_parallel
        self._limit_ms = limits.parallel_timeout_ms
        self._print_bytes = limits.max_print_bytes
        # A limit that all branches share is met by the same one every time only if they go on in step.
        self._in_step = limits.max_tool_calls is not None or limits.step_limit is not None
        self._lane: _Lane | None = None
        self._groups = 0
        self._known: dict[Path, tuple[Value, Fault | None]] = {}
        self._asked: set[Path] = set()
        self._queue: deque[tuple[Path, str, dict[str, Value], str]] = deque()
        self._open: dict[int, Path] = {}
        self._lost = 0  # steps of abandoned runs; they are not in the count of the program

    def hold_print(self, text: str) -> bool:
        """Keeps a printed entry until it is its branch's turn; False outside of branches."""
        lane = self._lane
        if lane is None:
            return False
        if lane.printed <= self._print_bytes:
            lane.printed += len(text.encode("utf-8", "replace")) + 1
            lane.prints.append(text)
        return True

    def call(self, name: str, args: dict[str, Value], origin: str, direct: Callable[[], Value]) -> Value:
        """The result of a tool call; `direct` performs it where nothing else can go on meanwhile."""
        lane, wire = self._lane, self._wire
        if lane is None or wire is None:
            return direct()
        path = lane.place()
        lane.used.append(path)
        if path not in self._known:
            self._ask(wire, (path, name, args, origin))
            root = lane.root
            root.waits = root.waits or self._spent() > root.allowance
            if not root.waits:
                lane.wants.append(path)
                raise _Abandoned
            while path not in self._known:
                self._receive(wire)
        value, fault = self._known[path]
        if fault is not None:
            raise Trap(fault.kind, fault.message, hint=fault.hint, details=fault.details)
        return value

    def reading(self, read: Callable[[], int]) -> int:
        """A clock reading, the same in every run of a branch."""
        lane = self._lane
        if lane is None:
            return read()
        path = lane.place()
        lane.used.append(path)
        found: int = self._known.setdefault(path, (read(), None))[0]
        return found

    def run(self, thunks: list[Thunk], show: Callable[[str], None]) -> list[Value]:
        """The results of the branches, in order; what they `def` is forgotten. `show` takes their prints, in order."""
        lane, limit = self._lane, self._limit_ms
        if lane is not None and len(lane.path) > 2 * _MOST_NESTED:
            raise _too_nested()
        if lane is None and self._wire is not None and limit is not None:
            with self._wire.bounded(limit):
                return self._run(None, thunks, show)
        return self._run(lane, thunks, show)

    def _run(self, lane: _Lane | None, thunks: list[Thunk], show: Callable[[str], None]) -> list[Value]:
        self._groups += lane is None
        group = _Group(thunks, (self._groups,) if lane is None else lane.place(), self._names)
        try:
            while self._go_round(group, show):
                if any(map(self._is_ready, group.waiting())):
                    continue
                if lane is not None and not lane.root.waits:
                    raise _Abandoned
                if self._wire is not None:
                    self._receive(self._wire)
        finally:
            group.close(show)
        return group.result()

    def _go_round(self, group: _Group, show: Callable[[str], None]) -> bool:
        """Runs every branch that can go on, and begins those whose turn it is; whether any has not ended."""
        for branch in group.waiting():
            if self._is_ready(branch):
                self._advance(group, branch, show)
        while (branch := group.begin(self._width)) is not None:
            self._advance(group, branch, show)
        return bool(group.waiting())

    def _is_ready(self, branch: _Branch) -> bool:
        return all(path in self._known for path in branch.wants)

    def _advance(self, group: _Group, branch: _Branch, show: Callable[[str], None]) -> None:
        """Runs a branch from its start, to its end or as far as it can."""
        outer, started, counts = self._lane, self._spent(), (STEPS.cell.cell_contents, STEPS.count)
        nested = outer is not None and not outer.root.waits
        lane = _Lane(
            branch.path,
            outer.root if outer is not None and nested else None,
            waits=self._width == 1 or group.unended == 1,
            allowance=started + _REDONE_STEPS - branch.redone,
        )
        try:
            self._run_in(lane, group, branch)
        except _Abandoned:
            self._lost += self._spent() - self._lost - int(sum(counts))
            STEPS.cell.cell_contents, STEPS.count = counts
            branch.redone += self._spent() - started
        if nested and outer is not None:
            outer.used += lane.used
            outer.wants += lane.wants
        branch.wants = lane.wants
        if branch.ended:
            if not nested:
                self._forget(lane.used)
            group.settle(show)

    def _run_in(self, lane: _Lane, group: _Group, branch: _Branch) -> None:
        names, outer = self._names, self._lane
        self._lane = lane
        names.journal = None if group.journal is None else dict(group.journal)
        names.summaries = {}
        try:
            branch.value = branch.thunk()
            branch.ended = True
        except Stopped as stopped:
            branch.error, branch.ended = _leaves(stopped), True
        except (MemoryError, SystemError, RecursionError):
            raise  # the whole program is at its end: going on with the other branches would meet the same limit again
        except Exception as error:
            if isinstance(error, Trap) and error.kind is FaultKind.PARALLEL_CAPACITY_EXCEEDED:
                raise  # as above
            # It is raised again when all branches before it have ended well.
            branch.error, branch.ended = error, True
        finally:
            self._lane = outer
            branch.prints, branch.journal, branch.summaries = lane.prints, names.journal, names.summaries
            names.journal, names.summaries = group.journal, group.summaries
            group.forget_defs()

    def _forget(self, paths: list[Path]) -> None:
        """Lets go of what no later run will ask for."""
        for path in paths:
            self._known.pop(path, None)
            self._asked.discard(path)

    def _ask(self, wire: Wire, call: tuple[Path, str, dict[str, Value], str]) -> None:
        if call[0] not in self._asked:
            self._asked.add(call[0])
            self._queue.append(call)
            self._send(wire)

    def _send(self, wire: Wire) -> None:
        while self._queue and len(self._open) < self._width:
            path, name, args, origin = self._queue.popleft()
            try:
                self._open[wire.request(name, args, path, origin)] = path
            except Trap as trap:  # arguments that cannot be sent: the fault belongs to the branch that asked
                fault = Fault(trap.kind, Phase.RUN, trap.message, hint=trap.hint, details=trap.details)
                self._known[path] = None, fault

    def _receive(self, wire: Wire) -> None:
        """Waits for an answer; for all of them when the branches go on in step."""
        while True:
            for number, value, fault in wire.answers():
                self._known[self._open.pop(number)] = value, fault
            self._send(wire)
            if not (self._in_step and self._open):
                return

    def _spent(self) -> int:
        """All steps so far, those of abandoned runs included."""
        return STEPS.total() + self._lost


def _too_nested() -> Trap:
    return Trap(
        FaultKind.PARALLEL_CAPACITY_EXCEEDED,
        f"pmap and pcalls are nested more than {_MOST_NESTED} levels deep",
        hint="use pmap for the outer level only, and map inside",
        details={"limit": _MOST_NESTED},
    )


def _show_late(show: Callable[[str], None], text: str) -> None:
    """Shows an entry of a branch that did not settle. When the time is over, that is being said already."""
    with suppress(Interrupted):
        show(text)


def _differ(one: dict[str, Value], other: dict[str, Value]) -> bool:
    return one.keys() != other.keys() or any(other[ident] is not value for ident, value in one.items())


def _leaves(stopped: Stopped) -> Trap:
    form = "fail" if stopped.failed else "return"
    return Trap(
        FaultKind.INVALID_FORM,
        f"({form} …) cannot leave a branch of pmap or pcalls",
        hint=f"give the value back from the branch and call ({form} …) after the pmap",
    )
