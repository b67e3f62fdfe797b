"""`format`: Java's format strings, for the conversions that programs use.

Differences: `%s` of nil is empty (DIV-21), `%d` takes whole floats, `%f` takes integers, and decimals are rounded half up
on the exact binary value of the float.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal

import msgspec

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.support import type_fault
from ptc_lisp.builtins.texts import CORE_STRING, check_text
from ptc_lisp.faults import Trap
from ptc_lisp.values.printing import brief, display, int_text
from ptc_lisp.values.strings import grapheme_count, grapheme_slice
from ptc_lisp.values.types import Value

_MAX_WIDTH = 10_000
_MAX_PRECISION = 1_000
_SPEC = re.compile(r"%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])?")
_KNOWN = "%s text, %d integer, %f %.2f decimal, %e exponent, %x hexadecimal, %o octal, %b boolean, %c character, %n newline, %%"
_EXACT = Context(prec=2_500, rounding=ROUND_HALF_UP, Emax=MAX_EMAX, Emin=MIN_EMIN)


class _Spec(msgspec.Struct, frozen=True):
    """One `%...` of a format string."""

    text: str
    flags: str
    width: int
    precision: int | None
    conversion: str

    def bad(self, expected: str, got: Value) -> Trap:
        """The fault of an argument that does not fit."""
        hint = None
        if got is None:
            hint = "guard it: (or x 0)"
        elif got.__class__ is float and self.conversion == "d":
            hint = "use %.0f, or (round x) first"
        elif got.__class__ is str:
            hint = "convert it with parse-long or parse-double, or use %s"
        return type_fault(f"format: {self.text} needs {expected}, got {brief(got)}", hint)


@builtin(
    "format", "fmt & args", area="strings", ns=CORE_STRING, clojure="DIV-21",
    doc="Text from a format string as in Java: %s %d %f %.2f %e %x %o %b %c %n %%, with width and the flags - 0 + , ( and space.",
    examples=[
        ('(format "%s has %d" "a" 3)', '"a has 3"'), ('(format "%.2f" 2.345)', '"2.35"'),
        ('(format "%,d" 1234567)', '"1,234,567"'), ('(format "%-5s|%05d" "ab" 42)', '"ab   |00042"'),
    ],
    see_also=("str", "join"),
)  # fmt: skip
def format_(fmt: Value, *args: Value) -> str:
    """`(format fmt & args)`. Raises type_error for a bad conversion, a missing argument or one of the wrong kind."""
    template = check_text(fmt, "format")
    out: list[str] = []
    position = last = next_arg = 0
    for found in _SPEC.finditer(template):
        out.append(template[position : found.start()])
        position = found.end()
        spec = _spec(found)
        if spec.conversion in "%n":
            out.append(_padded(spec, "%") if spec.conversion == "%" else "\n")
            continue
        if found[1] is not None:
            last = int(found[1]) - 1
        elif found[2] is None:
            last, next_arg = next_arg, next_arg + 1
        if not 0 <= last < len(args):
            raise type_fault(
                f"format: {spec.text} has no argument: {brief(template)} needs {last + 1}, got {len(args)}",
                "give one value for each conversion; write %% for a percent sign",
            )
        out.append(_converted(spec, args[last]))
    out.append(template[position:])
    return "".join(out)


def _spec(found: re.Match[str]) -> _Spec:
    conversion = found[6]
    if conversion is None or conversion not in "sSdfeEgGxXobBcCn%":
        raise type_fault(
            f"format: unknown conversion {found[0]}",
            f"known: {_KNOWN}" if conversion else "write %% for a percent sign",
        )
    width = int(found[4]) if found[4] and len(found[4]) < 9 else _MAX_WIDTH + 1 if found[4] else 0
    precision = None if found[5] is None else int(found[5]) if len(found[5]) < 9 else _MAX_PRECISION + 1
    if width > _MAX_WIDTH or (precision or 0) > _MAX_PRECISION:
        raise type_fault(
            f"format: width may be {_MAX_WIDTH:,} and precision {_MAX_PRECISION:,} at most: {found[0][:40]}"
        )
    return _Spec(found[0], found[3], width, precision, conversion)


def _converted(spec: _Spec, value: Value) -> str:
    text = _CONVERSIONS[spec.conversion.lower()](spec, value)
    if spec.conversion.isupper():
        text = text.upper()
    return _padded(spec, text)


def _padded(spec: _Spec, text: str) -> str:
    missing = spec.width - grapheme_count(text)
    if missing <= 0:
        return text
    return text + " " * missing if "-" in spec.flags else " " * missing + text


def _as_text(spec: _Spec, value: Value) -> str:
    text = display(value)
    return text if spec.precision is None else grapheme_slice(text, 0, spec.precision)


def _as_boolean(_spec: _Spec, value: Value) -> str:
    return "false" if value is None or value is False else "true"


def _as_character(spec: _Spec, value: Value) -> str:
    if value.__class__ is str and grapheme_count(value) == 1:
        return value
    if value.__class__ is int and 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF:
        return chr(value)
    raise spec.bad("a one-character string", value)


def _as_integer(spec: _Spec, value: Value) -> str:
    number = value
    if value.__class__ is float and math.isfinite(value) and value == int(value):
        number = int(value)
    if number.__class__ is not int:
        raise spec.bad("an integer", value)
    digits = int_text(abs(number))
    return _signed(spec, f"{int(digits):,}" if "," in spec.flags else digits, negative=number < 0)


def _as_radix(spec: _Spec, value: Value) -> str:
    if value.__class__ is not int:
        raise spec.bad("an integer", value)
    digits = f"{abs(value):{'o' if spec.conversion == 'o' else 'x'}}"
    prefix = "" if "#" not in spec.flags else "0" if spec.conversion == "o" else "0x"
    return _signed(spec, prefix + digits, negative=value < 0)


def _as_fixed(spec: _Spec, value: Value) -> str:
    return _decimal(
        spec,
        value,
        lambda number, digits: f"{_EXACT.quantize(number, Decimal(1).scaleb(-digits)):{_grouping(spec)}f}",
    )


def _as_exponent(spec: _Spec, value: Value) -> str:
    return _decimal(spec, value, _scientific)


def _as_general(spec: _Spec, value: Value) -> str:
    def general(number: Decimal, digits: int) -> str:
        digits = max(1, digits)
        rounded = number.normalize(Context(prec=digits, rounding=ROUND_HALF_UP))
        exponent = rounded.adjusted() if rounded else 0
        if -4 <= exponent < digits:
            return f"{_EXACT.quantize(number, Decimal(1).scaleb(exponent + 1 - digits)):{_grouping(spec)}f}"
        return _scientific(number, digits - 1)

    return _decimal(spec, value, general)


def _scientific(number: Decimal, digits: int) -> str:
    rounded = number.normalize(Context(prec=digits + 1, rounding=ROUND_HALF_UP))
    exponent = rounded.adjusted() if rounded else 0
    mantissa = f"{_EXACT.scaleb(rounded, -exponent):.{digits}f}"
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _decimal(spec: _Spec, value: Value, render: Callable[[Decimal, int], str]) -> str:
    if value.__class__ is not float and value.__class__ is not int:
        raise spec.bad("a number", value)
    if value.__class__ is float and not math.isfinite(value):
        if value != value:  # noqa: PLR0124 - the test for NaN
            return "NaN"
        return _signed(
            _Spec(spec.text, spec.flags.replace("0", ""), 0, None, "s"), "Infinity", negative=value < 0
        )
    if value.__class__ is int:
        int_text(value)
    number = Decimal(value)
    digits = 6 if spec.precision is None else spec.precision
    return _signed(spec, render(number.copy_abs(), digits), negative=number.is_signed())


def _grouping(spec: _Spec) -> str:
    return "," if "," in spec.flags else ""


def _signed(spec: _Spec, digits: str, *, negative: bool) -> str:
    """Digits with their sign and, with flag 0, zeros up to the width."""
    before, after = ("(", ")") if "(" in spec.flags and negative else ("-", "") if negative else ("", "")
    if not negative:
        before = "+" if "+" in spec.flags else " " if " " in spec.flags else ""
    zeros = spec.width - len(before) - len(digits) - len(after)
    if "0" in spec.flags and "-" not in spec.flags and zeros > 0:
        digits = "0" * zeros + digits
    return before + digits + after


_CONVERSIONS: dict[str, Callable[[_Spec, Value], str]] = {
    "s": _as_text,
    "b": _as_boolean,
    "c": _as_character,
    "d": _as_integer,
    "x": _as_radix,
    "o": _as_radix,
    "f": _as_fixed,
    "e": _as_exponent,
    "g": _as_general,
}
