"""Values as bytes and back: msgpack, with extension types for what msgpack has no form for.

    encode(value)        any value; functions need a hook that turns them into data
    decode(data)         the value again; functions need a hook that makes them
    decode_data(data)    the same for the context of a program, as compiled code expects it

What the host makes of such bytes: `values.received`.

Nothing is pickled: decoding never runs anything, so bytes from a worker may be decoded by the host. Plain data
(what JSON has, and instants) passes without a Python-level walk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final, Protocol

import msgspec

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.keys import Boxed, key
from ptc_lisp.values.persistent import LispSet, PMap, PVec, map_raw, vec_list
from ptc_lisp.values.plain import JSON_KEYS, JSON_LEAVES, is_plain
from ptc_lisp.values.types import Composed, Keyword, Regex, Stream, Symbol, ToolRef, Value, Var, kw

_Ext = msgspec.msgpack.Ext

MAX_DEPTH: Final = 500
"""Levels of vectors and maps in an encoded value: the host decodes it within Python's default stack of 1,000."""

_EXT_WEIGHT = (
    8  # a set or a function is an encoding in an encoding: each costs its reader several Python calls
)

KEYWORD, BIG_INT, DATE, DURATION, SET, BOXED, SYMBOL, VAR, TOOL, REGEX, CLOSURE, COMPOSED, BUILTIN = range(
    1, 14
)

_NATIVE = JSON_LEAVES | {dt.datetime}
_NATIVE_KEYS = JSON_KEYS | {type(None)}
_WITH_KEYWORDS, _KEYS_WITH_KEYWORDS = _NATIVE | {Keyword}, _NATIVE_KEYS | {Keyword}
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_MICROSECOND: Final = dt.timedelta(microseconds=1)

DumpClosure = Callable[[Value], Value]
"""Turns a closure into an encodable value (its core node as `bytes`, its captured names)."""


class FunctionMaker(Protocol):
    """What `decode` asks for the functions in its data."""

    def closure(self, payload: Value) -> Value:
        """The closure of what the `DumpClosure` hook gave."""
        ...

    def builtin(self, ref: str) -> Value:
        """The builtin of a registry ref."""
        ...

    def composed(self, maker: str, parts: list[Value]) -> Value:
        """What the combinator `maker` makes of `parts`."""
        ...

    def regex(self, source: str) -> Value:
        """The compiled regex of a pattern."""
        ...


# --- encoding ----------------------------------------------------------------------------------------------------------


def encode(value: Value, fn_hook: DumpClosure | None = None) -> bytes:
    """The bytes of a value.

    Raises:
        Trap: type_error for what cannot be stored (an endless sequence; a closure without `fn_hook`).
            recursion_limit_exceeded for what is nested so deep that no reader could be sure to decode it.
        MemoryError: too large.
    """
    if value.__class__ in JSON_LEAVES or is_plain(value, _WITH_KEYWORDS, _KEYS_WITH_KEYWORDS):
        try:
            return _ENCODER.encode(value)
        except OverflowError:
            pass  # an integer beyond 64 bits somewhere: the walk finds it
    return _ENCODER.encode(_Lowering(fn_hook).lower(value))


class _Wrapped:
    """An Ext that can be the key of a dict on its way through the encoder."""

    __slots__ = ("code", "data")

    def __init__(self, code: int, data: bytes) -> None:
        self.code = code
        self.data = data


def _for_encoder(value: Any) -> Any:
    if value.__class__ is Keyword:
        return _Ext(KEYWORD, value.name.encode())
    if value.__class__ is _Wrapped:
        return _Ext(value.code, value.data)
    raise TypeError(
        f"{type(value).__name__} has no encoding"
    )  # a class that no program value has: our mistake


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_for_encoder)


class _Lowering:
    """Replaces, in fresh containers, what msgpack does not have."""

    def __init__(self, fn_hook: DumpClosure | None) -> None:
        self._fn_hook = fn_hook
        self._depth = 0

    def lower(self, value: Value) -> Any:
        cls = value.__class__
        if cls is int:
            return value if _LEAST <= value <= _MOST else _Wrapped(BIG_INT, _int_bytes(value))
        if cls in _NATIVE or cls is Keyword or cls is bytes or cls is _Wrapped:
            return value
        is_vector, is_map = cls is list or cls is PVec, cls is dict or cls is PMap
        weight = 1 if is_vector or is_map else _EXT_WEIGHT
        self._depth += weight
        if self._depth > MAX_DEPTH:
            raise too_deep()
        made: Any
        if is_vector:
            made = [self.lower(item) for item in vec_list(value)]
        elif is_map:
            made = {self._key(k): self.lower(v) for k, v in map_raw(value).items()}
        else:
            made = self._special(value, cls)
        self._depth -= weight
        return made

    def _key(self, raw: Value) -> Any:
        if raw.__class__ in _NATIVE or raw.__class__ is Keyword:
            return raw if raw.__class__ is not int else self.lower(raw)
        if raw.__class__ is Boxed:
            return _Wrapped(BOXED, self._packed([_text(raw.value), raw.value]))
        return self.lower(raw)

    def _packed(self, value: Value) -> bytes:
        return _ENCODER.encode(self.lower(value))

    def _special(self, value: Value, cls: type) -> _Wrapped:
        if cls is LispSet:
            return _Wrapped(SET, self._packed(list(map_raw(value.raw).values())))
        if cls is dt.date:
            return _Wrapped(DATE, value.isoformat().encode())
        if cls is dt.timedelta:
            return _Wrapped(DURATION, str(value // _MICROSECOND).encode())
        code = _NAMED.get(cls)
        if code is not None:
            return _Wrapped(code, (value.source if cls is Regex else value.name).encode())
        if cls is Builtin:
            return _Wrapped(BUILTIN, value.ref.encode())
        if cls is Composed:
            return _Wrapped(COMPOSED, self._packed([_text(value), value.maker, value.parts]))
        if cls is FunctionType and self._fn_hook is not None:
            return _Wrapped(CLOSURE, self._packed([_text(value), self._fn_hook(value)]))
        raise unstorable(value)


_NAMED = {Symbol: SYMBOL, Var: VAR, ToolRef: TOOL, Regex: REGEX}


def too_deep() -> Trap:
    """The fault for a value that is nested deeper than `MAX_DEPTH`."""
    return Trap(
        FaultKind.RECURSION_LIMIT_EXCEEDED,
        f"a value nested more than {MAX_DEPTH} levels deep cannot be returned, stored or passed to a tool",
        hint="keep nested data flat, e.g. one vector of rows",
    )


def unstorable(value: Value) -> Trap:
    """The fault for a value that cannot leave its run."""
    if value.__class__ is Stream:
        return Trap(
            FaultKind.TYPE_ERROR,
            f"the endless sequence {value.text} cannot be stored or returned",
            hint=f"bound it first, e.g. (take 10 {value.text})",
        )
    return Trap(FaultKind.TYPE_ERROR, f"{_text(value)} cannot be stored")


def _int_bytes(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _text(value: Value) -> str:
    # Printing loads regexes and tables that the host does not need.
    from ptc_lisp.values.printing import pr_str  # noqa: PLC0415

    return pr_str(value)


# --- decoding ----------------------------------------------------------------------------------------------------------


def decode(data: bytes | bytearray, fn_hook: FunctionMaker | None = None) -> Value:
    """The value of bytes made by `encode`.

    Raises:
        ValueError: the bytes are damaged, or hold a function and there is no `fn_hook`.
    """
    return _Raising(fn_hook).decode(data) if fn_hook is not None else _WITHOUT_FUNCTIONS.decode(data)


def decoder_of(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    """A decoder of values without functions and keywords that are of a Python type, for `decode_with`."""
    return msgspec.msgpack.Decoder(kind, ext_hook=_without_keywords)


# TypeError: an unhashable map key, LookupError: a part is missing, RecursionError: nesting that no encoder would make.
_DAMAGE = (msgspec.DecodeError, UnicodeError, TypeError, LookupError, OverflowError, RecursionError)


def decode_with(decoder: msgspec.msgpack.Decoder[Any], data: bytes | bytearray | memoryview) -> Any:
    """What a decoder makes of bytes from `encode`. Raises ValueError: they are damaged, or no value of its type."""
    try:
        return decoder.decode(data)
    except _DAMAGE as error:
        raise ValueError(f"damaged value: {error}") from error


def decode_data(data: bytes | bytearray | memoryview) -> Value:
    """As `decode` without functions, for the context of a program: no plain dict in it has a keyword among its keys.

    Compiled code relies on that, and so finds `(:k row)` with one lookup. Maps with keywords as keys, which only a host
    makes that passes keywords on purpose, become `PMap`s. Raises as `decode`.
    """
    try:
        return decode_with(_MOST_DATA, data)
    except ValueError:  # a keyword, or damage
        pass
    decoder = _Noting()
    value = decoder.decode(data)
    return _apart(value) if decoder.keywords else value


def _apart(value: Value) -> Value:
    cls = value.__class__
    if cls is list:
        return [_apart(item) for item in value]
    if cls is dict:
        made = {_apart(raw): _apart(item) for raw, item in value.items()}
        return PMap(made) if any(raw.__class__ is Keyword for raw in made) else made
    if cls is LispSet:
        return LispSet({_apart(raw): _apart(item) for raw, item in map_raw(value.raw).items()})
    return Boxed(_apart(value.value)) if cls is Boxed else value


def common(code: int, data: memoryview) -> Any:
    """What all decoders read alike; None for the other codes."""
    if code == BIG_INT:
        return int.from_bytes(data, "big", signed=True)
    if code == DATE:
        return dt.date.fromisoformat(str(data, "ascii"))
    if code == DURATION:
        return _MICROSECOND * int(str(data, "ascii"))
    return None


class _Raising:
    """Makes language values."""

    def __init__(self, fn_hook: FunctionMaker | None) -> None:
        self._hook = fn_hook
        self._decoder = msgspec.msgpack.Decoder(ext_hook=self.ext)

    def decode(self, data: bytes | bytearray | memoryview) -> Value:
        return decode_with(self._decoder, data)

    def ext(self, code: int, data: memoryview) -> Value:
        """The value of an extension type."""
        if code == KEYWORD:
            return kw(str(data, "utf-8"))
        if code == SET:
            return LispSet({key(item): item for item in self.decode(data)})
        if code == BOXED:
            return Boxed(self.decode(data)[1])
        if code in {SYMBOL, VAR, TOOL}:
            made = {SYMBOL: Symbol, VAR: Var, TOOL: ToolRef}[code]
            return made(str(data, "utf-8"))
        made = common(code, data)
        return self._function(code, data) if made is None else made

    def _function(self, code: int, data: memoryview) -> Value:
        hook = self._hook
        if hook is None:
            raise ValueError("damaged value: a function where none can be made")
        if code == REGEX:
            return hook.regex(str(data, "utf-8"))
        if code == BUILTIN:
            return hook.builtin(str(data, "utf-8"))
        if code == CLOSURE:
            return hook.closure(self.decode(data)[1])
        if code == COMPOSED:
            _, maker, parts = self.decode(data)
            return hook.composed(maker, parts)
        raise ValueError(f"damaged value: unknown extension {code}")


_WITHOUT_FUNCTIONS = _Raising(None)


def _without_keywords(code: int, data: memoryview) -> Value:
    inside = _Noting() if code in {SET, BOXED} else None  # which have an encoding of their own inside
    value = (inside or _WITHOUT_FUNCTIONS).ext(code, data)
    if code == KEYWORD or (inside is not None and inside.keywords):
        raise ValueError("a keyword where there should be none")
    return value


_MOST_DATA = decoder_of(Any)


class _Noting(_Raising):
    """Notes whether there are keywords."""

    def __init__(self) -> None:
        super().__init__(None)
        self.keywords = False

    def ext(self, code: int, data: memoryview) -> Value:
        """As above."""
        self.keywords = self.keywords or code == KEYWORD
        return super().ext(code, data)
