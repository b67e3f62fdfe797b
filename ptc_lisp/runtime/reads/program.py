"""Which parts of its data a program reads, found out before it runs, so that the rest need not be decoded.

Follows values that come from `data/x` through the program: rows into the functions of `map` and `filter`, through `let`,
`reduce`, `group-by` and destructuring. A literal lookup reads a field. Anything that is not known to read only fields (a call of
an unknown function, a tool, the result, a comparison) reads the whole. So the answer may be too much, never too little.

A function is followed where it is called, if it is known which one it is. A function used as a value can be called from
anywhere, so what it captures and what it returns is read whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from ptc_lisp.core import nodes as n
from ptc_lisp.core.walk import children, free_locals
from ptc_lisp.runtime.reads import spots
from ptc_lisp.runtime.reads.args import Arg, literal_index, literal_name
from ptc_lisp.runtime.reads.calls import BUILTINS, COMBINERS
from ptc_lisp.runtime.reads.spots import NOTHING, Held, Spot
from ptc_lisp.values.partial import Need

_MOST_VISITS = 20_000
_MOST_TURNS = 3


class Needs(NamedTuple):
    """What has to be decoded, of entries of the data by name and of results of tool calls by the identity of their nodes. Where all
    is needed, nothing stands here."""

    entries: dict[str, Need]
    results: dict[int, Need]


def needs(program: n.Program, names: frozenset[str], fns: Mapping[str, n.Fn]) -> Needs:
    """What a program needs of the entries `names`, and of what it gets from tools.

    fns: the user names that the program surely defines, once, as a function.
    """
    reading = _Reading(names, fns)
    try:
        given = NOTHING
        for form in program.forms:
            given = reading.form(form)
        spots.spoil(given)
    except _TooLong:
        return Needs({}, {})
    entries = {name: spot.needed() for name, spot in reading.entries.items()}
    results = {node: spot.needed() for node, spot in reading.results.items()}
    return Needs(
        {name: need for name, need in entries.items() if need is not None},
        {node: need for node, need in results.items() if need is not None},
    )


class _TooLong(Exception):  # noqa: N818 - a decision, not an error
    pass


class _Frame:
    """A `loop` or function around the current node, which `recur` goes back to."""

    __slots__ = ("closed", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.closed = False


class _Reading:
    def __init__(self, names: frozenset[str], fns: Mapping[str, n.Fn]) -> None:
        self.entries: dict[str, Spot] = {}
        self.results: dict[int, Spot] = {}
        self._names = names
        self._global_fns = fns
        self._defined: set[str] = set()
        self._locals: dict[str, Held] = {}
        self._local_fns: dict[str, n.Node] = {}
        self._frames: list[_Frame] = []
        self._entered: set[int] = set()
        self._recursive: set[int] = set()
        self._left = _MOST_VISITS

    def form(self, node: n.Node) -> Held:
        """A form of the top level: what it defines is known from here on."""
        if isinstance(node, n.Do):
            return [self.form(item) for item in node.items][-1]
        held = self.value(node)
        if isinstance(node, n.Def) and node.name in self._global_fns:
            self._defined.add(node.name)
        return held

    # --- what calls of builtins ask for (`args.Reader`) ---

    def value(self, node: n.Node) -> Held:
        """What the value of a node may be or hold of the data."""
        self._left -= 1
        if self._left < 0:
            raise _TooLong
        handler = _VALUES.get(type(node))
        return NOTHING if handler is None else handler(self, node)

    def apply(self, fn: n.Node, args: list[Held]) -> Held:
        """What a call of the function that is the value of `fn` gives."""
        match fn:
            case n.KeywordConst() if 1 <= len(args) <= 2:
                found = spots.look_up if len(args) == 1 else spots.look
                return found(args[0], fn.name) | spots.union(args[1:])
            case n.Fn():
                return self._enter(fn, args)
            case n.BuiltinRef():
                return (
                    BUILTINS[fn.ref](self, [Arg(self, held=arg) for arg in args])
                    if fn.ref in BUILTINS
                    else _lost(args)
                )
            case n.Local() if fn.name in self._local_fns:
                return self.apply(self._local_fns[fn.name], args)
            case n.Global() if fn.name in self._defined:
                return self.apply(self._global_fns[fn.name], args)
            case n.Call(fn=n.BuiltinRef(ref=ref), args=parts) if self._is_function(fn):
                return COMBINERS[ref](self, parts, args)
            case _:
                spots.spoil(self.value(fn))
                return _lost(args)

    def settled(self, start: Held, turn: Callable[[Held], Held]) -> Held:
        """What an accumulator may hold that begins so and that each turn makes from what it was."""
        held = start
        for _ in range(_MOST_TURNS):
            more = held | turn(held)
            if more == held:
                return held
            held = more
        spots.spoil(held)
        spots.spoil(turn(NOTHING))
        return NOTHING

    # --- nodes ---

    def data(self, node: n.DataRef) -> Held:
        if node.name not in self._names:
            return NOTHING
        if node.name not in self.entries:
            self.entries[node.name] = Spot()
        return frozenset({self.entries[node.name]})

    def tool_call(self, node: n.ToolCall) -> Held:
        _lost([self.value(arg) for arg in node.args])
        return frozenset({self.results.setdefault(id(node), Spot())})

    def local(self, node: n.Local) -> Held:
        fn = self._local_fns.get(node.name)
        if fn is not None:
            return self.value(fn)
        if node.name not in self._locals:
            raise _TooLong  # bound in a way that is not known here
        return self._locals[node.name]

    def literal(self, node: n.VectorNode | n.MapNode | n.SetNode) -> Held:
        return _lost([self.value(item) for item in node.items])

    def choice(self, node: n.If) -> Held:
        self.value(node.test)
        return self.value(node.then) | self.value(node.otherwise)

    def either(self, node: n.And | n.Or) -> Held:
        return spots.union([self.value(item) for item in node.items])

    def sequence(self, node: n.Do) -> Held:
        return [self.value(item) for item in node.items][-1]

    def let(self, node: n.Let) -> Held:
        self._bind(node.bindings)
        return self.value(node.body)

    def loop(self, node: n.Loop) -> Held:
        for binding in node.bindings:
            self._add(binding.name, self.value(binding.value))
        return self._turning(tuple([binding.name for binding in node.bindings]), node.body)

    def recur(self, node: n.Recur) -> Held:
        held = [self.value(arg) for arg in node.args]
        frame = self._frames[-1] if self._frames else None
        if frame is None or frame.closed or len(held) != len(frame.names):
            return _lost(held)
        for name, more in zip(frame.names, held, strict=True):
            self._add(name, more)
        return NOTHING

    def function(self, node: n.Fn) -> Held:
        """As a value: called by anybody with anything that is not from here."""
        if id(node) in self._entered:
            self._recursive.add(id(node))
            return NOTHING
        for name in free_locals(node):
            spots.spoil(self._locals.get(name, NOTHING))
        for arity in node.arities:
            names = arity.params if arity.rest is None else (*arity.params, arity.rest)
            for name in names:
                self._add(name, NOTHING)
            _lost([self._inside(node, partial(self._turning, names, arity.body))])
        return NOTHING

    def call(self, node: n.Call) -> Held:
        fn = node.fn
        if isinstance(fn, n.BuiltinRef) and fn.ref in BUILTINS:
            return BUILTINS[fn.ref](self, [Arg(self, node=arg) for arg in node.args])
        if isinstance(fn, n.BuiltinRef) and fn.ref in COMBINERS:
            return _lost([self.value(part) for part in node.args])
        if isinstance(fn, n.Local) and len(node.args) == 1 and fn.name not in self._local_fns:
            # A row in the place of a function: `(row :k)`.
            return self._called(self.local(fn), node.args[0])
        return self.apply(fn, [self.value(arg) for arg in node.args])

    def _called(self, held: Held, key: n.Node) -> Held:
        name = literal_name(key)
        if name is not None:
            return spots.look(held, name, only_maps=True)
        spots.spoil(held)
        return _lost([self.value(key)])

    def intrinsic(self, node: n.Intrinsic) -> Held:
        args = node.args
        held = [self.value(arg) for arg in args]
        name, index = (literal_name(args[1]), literal_index(args[1])) if len(args) > 1 else (None, None)
        match node.op:
            case "get" if name is not None:
                return spots.look_up(held[0], name, only_maps=True)
            case "get-or" if name is not None:
                return spots.look(held[0], name, only_maps=True) | held[2]
            case "nth":
                return spots.at(held[0], index)
            case "rest":
                return spots.many(spots.at(held[0], None))
            case "as-map":
                return spots.as_map(held[0])
            case "as-seq":
                return spots.as_seq(held[0])
            case "not" | "nil?":
                return NOTHING
            case _:
                return _lost(held)

    def define(self, node: n.Def) -> Held:
        spots.spoil(self.value(node.value))
        return NOTHING

    def comprehension(self, node: n.For) -> Held:
        for clause in node.clauses:
            match clause:
                case n.Each():
                    self._add(clause.name, spots.items(self.value(clause.source)))
                case n.Bind():
                    self._bind(clause.bindings)
                case _:
                    self.value(clause.test)
        held = self.value(node.body)
        return spots.many(held) if node.collect else NOTHING

    def gone(self, node: n.Stop | n.Task) -> Held:
        """What leaves the program, or is kept beyond it."""
        return _lost([self.value(inner) for inner in children(node)])

    # --- functions and locals ---

    def _enter(self, fn: n.Fn, args: list[Held]) -> Held:
        arity = _arity_for(fn, len(args))
        if arity is None or id(fn) in self._entered:
            # A function that calls itself: what it gives is read whole, so it does not matter what is read of it.
            self._recursive.add(id(fn))
            return _lost(args)
        count = len(arity.params)
        for name, held in zip(arity.params, args[:count], strict=True):
            self._add(name, held)
        names = arity.params
        if arity.rest is not None:
            names = (*names, arity.rest)
            self._add(arity.rest, spots.many(spots.union(args[count:])))
        return self._inside(fn, lambda: self._turning(names, arity.body))

    def _inside(self, fn: n.Fn, go: Callable[[], Held]) -> Held:
        if fn.self_name is not None:
            self._local_fns[fn.self_name] = fn
        self._entered.add(id(fn))
        held = go()
        self._entered.discard(id(fn))
        return _lost([held]) if id(fn) in self._recursive else held

    def _turning(self, names: tuple[str, ...], body: n.Node) -> Held:
        """What a body gives that may go round with new values of `names`."""
        frame = _Frame(names)
        self._frames.append(frame)
        held = NOTHING
        for _ in range(_MOST_TURNS):
            before = [self._locals.get(name) for name in names]
            held |= self.value(body)
            if before == [self._locals.get(name) for name in names]:
                break
        else:
            frame.closed = True
            for name in names:
                spots.spoil(self._locals.pop(name, NOTHING))
                self._add(name, NOTHING)
            held |= self.value(body)
        self._frames.pop()
        return held

    def _bind(self, bindings: tuple[n.Binding, ...]) -> None:
        for name, value in [(binding.name, binding.value) for binding in bindings]:
            if self._is_function(value):
                self._local_fns[name] = self._local_fns[value.name] if isinstance(value, n.Local) else value
            else:
                self._add(name, self.value(value))

    def _is_function(self, node: n.Node) -> bool:
        """Whether it can be told from here what a call of it does, and making it reads nothing."""
        match node:
            case n.Fn() | n.KeywordConst() | n.BuiltinRef():
                return True
            case n.Local():
                return node.name in self._local_fns
            case n.Call(fn=n.BuiltinRef(ref=ref), args=parts):
                return ref in COMBINERS and all(map(self._is_function, parts))
            case _:
                return False

    def _add(self, name: str, held: Held) -> None:
        self._locals[name] = self._locals.get(name, NOTHING) | held


def _arity_for(fn: n.Fn, count: int) -> n.FnArity | None:
    exact = [arity for arity in fn.arities if arity.rest is None and len(arity.params) == count]
    open_ended = [arity for arity in fn.arities if arity.rest is not None and len(arity.params) <= count]
    return next(iter(exact + open_ended), None)


def _lost(parts: list[Held]) -> Held:
    """They may be looked at whole, so it does not matter where they are from here on."""
    for held in parts:
        spots.spoil(held)
    return NOTHING


_VALUES: dict[type, Callable[[_Reading, Any], Held]] = {
    n.DataRef: _Reading.data,
    n.Local: _Reading.local,
    n.VectorNode: _Reading.literal,
    n.MapNode: _Reading.literal,
    n.SetNode: _Reading.literal,
    n.If: _Reading.choice,
    n.And: _Reading.either,
    n.Or: _Reading.either,
    n.Do: _Reading.sequence,
    n.Let: _Reading.let,
    n.Loop: _Reading.loop,
    n.Recur: _Reading.recur,
    n.Fn: _Reading.function,
    n.Call: _Reading.call,
    n.Intrinsic: _Reading.intrinsic,
    n.Def: _Reading.define,
    n.For: _Reading.comprehension,
    n.Stop: _Reading.gone,
    n.Task: _Reading.gone,
    n.ToolCall: _Reading.tool_call,
}
"""The nodes that are not here hold nothing of the data and nothing inside."""
