"""Builtins that are compiled in place: integer arithmetic, comparisons, and tests. Each falls back to the builtin
itself for every operand that is not of the expected class, so that there is one meaning.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.emitter import Emitter, is_stable

Inline = Callable[[Emitter, core.Call, list[ast.expr], int], "ast.expr | None"]

BOOLEAN = frozenset(
    {
        "=", "==", "not=", "<", ">", "<=", ">=", "not", "boolean", "nil?", "some?", "true?", "false?", "zero?", "pos?",
        "neg?", "even?", "odd?", "empty?", "contains?", "string?", "number?", "map?", "vector?", "keyword?", "set?",
        "coll?", "integer?", "int?", "starts-with?", "ends-with?", "includes?", "blank?", "every?", "not-any?",
        "not-every?", "distinct?", "dsl/eq", "dsl/neq", "dsl/gt", "dsl/gte", "dsl/lt", "dsl/lte", "dsl/contains", "dsl/in",
        "dsl/starts-with", "dsl/ends-with", "dsl/matches", "dsl/boolean",
    }
)  # fmt: skip
"""Builtins that always give true or false."""

_SMALL = 1 << 32
_BOOLEAN_INTRINSICS = frozenset({"not", "nil?", "case-eq"})


def truth(e: Emitter, node: core.Node, value: ast.expr, line: int) -> ast.expr:
    """A Python condition for the truthiness of `value`, which is the expression of `node`."""
    if isinstance(node, core.Call) and isinstance(node.fn, core.BuiltinRef) and node.fn.ref in BOOLEAN:
        return value
    if isinstance(node, core.Intrinsic) and node.op in _BOOLEAN_INTRINSICS:
        return value
    if isinstance(value, ast.Constant):
        return py.constant(value.value is not None and value.value is not False, line)
    first, again = e.twice(value, line)
    none, false = py.constant(None, line), py.constant(False, line)
    return py.all_of([py.is_not(first, none, line), py.is_not(again, false, line)], line)


def _int_constant(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value.__class__ is int


def _small_constant(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, int) and abs(value.value) < _SMALL


def _arithmetic(op: type[ast.operator], helper: str) -> Inline:
    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        if len(args) < 2:
            return None
        total, whole = args[0], e.unit.known.of(node.args[0]) == "int"
        for form, other in zip(node.args[1:], args[1:], strict=True):
            other_whole = e.unit.known.of(form) == "int"
            # Products of two unknown integers go to the helper: it bounds their size, squaring in a loop is a bomb.
            product = op is ast.Mult and not (_small_constant(total) or _small_constant(other))
            if product:
                total = py.call_name(helper, [total, other], line)
            else:
                total = _binary(e, op, helper, (total, whole), (other, other_whole), line)
            whole = whole and other_whole
        return total

    return inline


Operand = tuple[ast.expr, bool]
"""An expression, and whether it is known to be an integer."""


def _binary(  # noqa: PLR0917 - private, called in one way
    e: Emitter, op: type[ast.operator], helper: str, one: Operand, two: Operand, line: int
) -> ast.expr:
    operands = [one[0], two[0]]
    unknown = e.is_cold and not (one[1] and two[1])
    if unknown or any([isinstance(x, ast.Constant) and not _int_constant(x) for x in operands]):  # noqa: C419 - quicker
        return py.call_name(helper, operands, line)
    left, right, checks = _guarded(e, one, two, line)
    if not checks:
        return py.binary(op(), left, right, line)
    slow = py.call_name(helper, [left, right], line)
    return py.choose(py.all_of(checks, line), py.binary(op(), left, right, line), slow, line)


def _guarded(e: Emitter, one: Operand, two: Operand, line: int) -> tuple[ast.expr, ast.expr, list[ast.expr]]:
    """Two operands, and the conditions under which both are integers; with conditions, to be written after those.

    What is not yet evaluated is evaluated in the first condition if there is only one such operand.
    """
    if one[1] and two[1]:
        return one[0], two[0], []
    pair = [one, two]
    waiting = [place for place in (0, 1) if not is_stable(pair[place][0])]
    if len(waiting) == 1 and not pair[waiting[0]][1]:
        place = waiting[0]
        first, again = e.twice(pair[place][0], line)
        values = [again, two[0]] if place == 0 else [one[0], again]
        checks = [py.class_is(first, "int", line)]
        if not pair[1 - place][1]:
            checks.append(py.class_is(values[1 - place], "int", line))
        return values[0], values[1], checks
    values = [e.as_name(value, line) for value, _ in pair]
    checks = [
        py.class_is(value, "int", line) for value, (_, whole) in zip(values, pair, strict=True) if not whole
    ]
    return values[0], values[1], checks


def _step(op: type[ast.operator], helper: str) -> Inline:
    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        one = py.constant(1, line)
        if e.unit.known.of(node.args[0]) == "int":
            return py.binary(op(), args[0], one, line)
        if isinstance(args[0], ast.Constant):
            return None
        first, value = e.twice(args[0], line)
        slow = py.call_name(helper, [value], line)
        return py.choose(py.class_is(first, "int", line), py.binary(op(), value, one, line), slow, line)

    return inline


def _remainder(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    """`(mod x 3)`: Python's `%` means the same for integers, and a constant is no zero."""
    if not (_small_constant(args[1]) and _int_constant(args[1])) or args[1].value == 0:  # type: ignore[attr-defined] - a constant
        return None
    if e.unit.known.of(node.args[0]) == "int":
        return py.binary(ast.Mod(), args[0], args[1], line)
    first, value = e.twice(args[0], line)
    slow = py.call_name(e.unit.builtin("mod"), [value, args[1]], line)
    return py.choose(py.class_is(first, "int", line), py.binary(ast.Mod(), value, args[1], line), slow, line)


def _ordering(op: type[ast.cmpop], helper: str) -> Inline:
    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        if len(args) != 2:
            return None
        whole = [e.unit.known.of(form) == "int" for form in node.args]
        if all(whole):
            return py.compare(op(), args[0], args[1], line)
        if e.is_cold:
            return py.call_name(helper, args, line)
        left, right, checks = _guarded(e, (args[0], whole[0]), (args[1], whole[1]), line)
        slow = py.call_name(helper, [left, right], line)
        fast = py.compare(op(), left, right, line)
        check = py.all_of(checks, line)
        if any(whole):
            other = left if whole[1] else right
            check = py.any_of([check, py.class_is(other, "float", line)], line)
        return py.choose(check, fast, slow, line)

    return inline


def _equal(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    if len(args) != 2:
        return None
    whole = [e.unit.known.of(form) == "int" for form in node.args]
    if all(whole):
        return py.compare(ast.Eq(), args[0], args[1], line)
    left, right = node.args
    for constant, known, other in ((left, args[0], args[1]), (right, args[1], args[0])):
        if isinstance(constant, core.KeywordConst) and not isinstance(other, ast.Constant):
            return py.is_(other, known, line)
        if isinstance(constant, core.Const):
            return _equal_constant(e, constant.value, known, other, line)
    if not any(whole):
        return _equal_unknown(e, args, line)
    first, second, checks = _guarded(e, (args[0], whole[0]), (args[1], whole[1]), line)
    same = py.compare(ast.Eq(), first, second, line)
    return py.choose(py.all_of(checks, line), same, py.call_name("equals", [first, second], line), line)


def _equal_unknown(e: Emitter, args: list[ast.expr], line: int) -> ast.expr:
    """Python's own comparison is right where one side is a string, whatever the other is, and between integers."""
    waiting = [place for place in (0, 1) if not is_stable(args[place])]
    if len(waiting) == 2:
        args, waiting = [e.as_name(arg, line) for arg in args], []
    place = waiting[0] if waiting else 0
    first, again = e.twice(args[place], line)
    other = args[1 - place]
    pair = [again, other] if place == 0 else [other, again]
    integers = py.all_of([py.class_is(again, "int", line), py.class_is(other, "int", line)], line)
    check = py.any_of([py.class_is(first, "str", line), integers], line)
    same = py.compare(ast.Eq(), pair[0], pair[1], line)
    return py.choose(check, same, py.call_name("equals", pair, line), line)


def _equal_constant(e: Emitter, value: object, known: ast.expr, other: ast.expr, line: int) -> ast.expr:
    if isinstance(other, ast.Constant):
        return py.call_name("equals", [other, known], line)
    if value is None or isinstance(value, bool):
        return py.is_(other, known, line)
    if isinstance(value, str):
        return py.compare(ast.Eq(), other, known, line)
    if isinstance(value, int):
        first, again = e.twice(other, line)
        same = py.compare(ast.Eq(), first, known, line)
        return py.all_of(
            [same, py.is_not(py.attribute(again, "__class__", line), py.name("bool", line), line)], line
        )
    return py.call_name("equals", [other, known], line)


def _not_equal(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    equal = _equal(e, node, args, line)
    if isinstance(equal, ast.Compare) and isinstance(equal.ops[0], ast.Eq):
        return py.compare(ast.NotEq(), equal.left, equal.comparators[0], line)
    return None if equal is None else py.negate(equal, line)


def _not(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    return py.negate(truth(e, node.args[0], args[0], line), line)


def _is_nil(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    if isinstance(args[0], ast.Constant):
        return py.constant(args[0].value is None, line)
    return py.is_(args[0], py.constant(None, line), line)


def _is_some(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    if isinstance(args[0], ast.Constant):
        return py.constant(args[0].value is not None, line)
    return py.is_not(args[0], py.constant(None, line), line)


def _sign(op: type[ast.cmpop], ref: str) -> Inline:
    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        if isinstance(args[0], ast.Constant):
            return None
        zero = py.constant(0, line)
        if e.unit.known.of(node.args[0]) == "int":
            return py.compare(op(), args[0], zero, line)
        first, value = e.twice(args[0], line)
        slow = py.call_name(e.unit.builtin(ref), [value], line)
        return py.choose(py.class_is(first, "int", line), py.compare(op(), value, zero, line), slow, line)

    return inline


def _parity(remainder: int, ref: str) -> Inline:
    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        if isinstance(args[0], ast.Constant):
            return None
        whole = e.unit.known.of(node.args[0]) == "int"
        first, value = (args[0], args[0]) if whole else e.twice(args[0], line)
        bit = py.binary(ast.BitAnd(), value, py.constant(1, line), line)
        fast = py.compare(ast.Eq(), bit, py.constant(remainder, line), line)
        if whole:
            return fast
        slow = py.call_name(e.unit.builtin(ref), [value], line)
        return py.choose(py.class_is(first, "int", line), fast, slow, line)

    return inline


INLINE: dict[str, Inline] = {
    "+": _arithmetic(ast.Add, "add2"),
    "-": _arithmetic(ast.Sub, "sub2"),
    "*": _arithmetic(ast.Mult, "mul2"),
    "inc": _step(ast.Add, "inc1"),
    "dec": _step(ast.Sub, "dec1"),
    "mod": _remainder,
    "<": _ordering(ast.Lt, "lt2"),
    ">": _ordering(ast.Gt, "gt2"),
    "<=": _ordering(ast.LtE, "le2"),
    ">=": _ordering(ast.GtE, "ge2"),
    "=": _equal,
    "==": _equal,
    "not=": _not_equal,
    "not": _not,
    "nil?": _is_nil,
    "some?": _is_some,
    "zero?": _sign(ast.Eq, "zero?"),
    "pos?": _sign(ast.Gt, "pos?"),
    "neg?": _sign(ast.Lt, "neg?"),
    "even?": _parity(0, "even?"),
    "odd?": _parity(1, "odd?"),
    "%not": _not,
    "%nil?": _is_nil,
    "%case-eq": _equal,
}
"""By registry ref; `%op` are intrinsics."""
