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
        "not-every?", "distinct?",
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
    if is_stable(value):
        first = again = value
    else:
        temporary = e.temporary()
        first, again = py.walrus(temporary, value, line), py.name(temporary, line)
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
        total = args[0]
        for other in args[1:]:
            # Products of two unknown integers go to the helper: it bounds their size, squaring in a loop is a bomb.
            product = op is ast.Mult and not (_small_constant(total) or _small_constant(other))
            if product:
                total = py.call_name(helper, [total, other], line)
            else:
                total = _binary(e, op, helper, total, other, line)
        return total

    return inline


def _binary(  # noqa: PLR0917 - private, called in one way
    e: Emitter, op: type[ast.operator], helper: str, left: ast.expr, right: ast.expr, line: int
) -> ast.expr:
    left, right = e.as_name(left, line), e.as_name(right, line)
    slow = py.call_name(helper, [left, right], line)
    operands = [operand for operand in (left, right) if not _int_constant(operand)]
    if not operands or any(isinstance(operand, ast.Constant) for operand in operands):
        return slow
    check = py.all_of([py.class_is(operand, "int", line) for operand in operands], line)
    return py.choose(check, py.binary(op(), left, right, line), slow, line)


def _step(op: type[ast.operator], helper: str) -> Inline:
    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        value = e.as_name(args[0], line)
        if isinstance(value, ast.Constant):
            return None
        fast = py.binary(op(), value, py.constant(1, line), line)
        return py.choose(py.class_is(value, "int", line), fast, py.call_name(helper, [value], line), line)

    return inline


def _ordering(op: type[ast.cmpop], helper: str) -> Inline:
    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        if len(args) != 2:
            return None
        left, right = e.as_name(args[0], line), e.as_name(args[1], line)
        slow = py.call_name(helper, [left, right], line)
        fast = py.compare(op(), left, right, line)
        constants = [_int_constant(left), _int_constant(right)]
        if all(constants):
            return slow
        if any(constants):
            other = left if constants[1] else right
            number = [py.class_is(other, "int", line), py.class_is(other, "float", line)]
            return py.choose(py.any_of(number, line), fast, slow, line)
        check = py.all_of([py.class_is(left, "int", line), py.class_is(right, "int", line)], line)
        return py.choose(check, fast, slow, line)

    return inline


def _equal(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    if len(args) != 2:
        return None
    left, right = node.args
    for constant, known, other in ((left, args[0], args[1]), (right, args[1], args[0])):
        if isinstance(constant, core.KeywordConst) and not isinstance(other, ast.Constant):
            return py.is_(other, known, line)
        if isinstance(constant, core.Const):
            return _equal_constant(e, constant.value, known, other, line)
    first, second = e.as_name(args[0], line), e.as_name(args[1], line)
    check = py.all_of([py.class_is(first, "int", line), py.class_is(second, "int", line)], line)
    same = py.compare(ast.Eq(), first, second, line)
    return py.choose(check, same, py.call_name("equals", [first, second], line), line)


def _equal_constant(e: Emitter, value: object, known: ast.expr, other: ast.expr, line: int) -> ast.expr:
    if isinstance(other, ast.Constant):
        return py.call_name("equals", [other, known], line)
    if value is None or isinstance(value, bool):
        return py.is_(other, known, line)
    if isinstance(value, str):
        return py.compare(ast.Eq(), other, known, line)
    if isinstance(value, int):
        name = e.as_name(other, line)
        same = py.compare(ast.Eq(), name, known, line)
        return py.all_of(
            [same, py.is_not(py.attribute(name, "__class__", line), py.name("bool", line), line)], line
        )
    return py.call_name("equals", [other, known], line)


def _not_equal(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    equal = _equal(e, node, args, line)
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
        value = e.as_name(args[0], line)
        if isinstance(value, ast.Constant):
            return None
        slow = py.call_name(e.unit.builtin(ref), [value], line)
        fast = py.compare(op(), value, py.constant(0, line), line)
        return py.choose(py.class_is(value, "int", line), fast, slow, line)

    return inline


def _parity(remainder: int, ref: str) -> Inline:
    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        value = e.as_name(args[0], line)
        if isinstance(value, ast.Constant):
            return None
        slow = py.call_name(e.unit.builtin(ref), [value], line)
        bit = py.binary(ast.BitAnd(), value, py.constant(1, line), line)
        fast = py.compare(ast.Eq(), bit, py.constant(remainder, line), line)
        return py.choose(py.class_is(value, "int", line), fast, slow, line)

    return inline


INLINE: dict[str, Inline] = {
    "+": _arithmetic(ast.Add, "add2"),
    "-": _arithmetic(ast.Sub, "sub2"),
    "*": _arithmetic(ast.Mult, "mul2"),
    "inc": _step(ast.Add, "inc1"),
    "dec": _step(ast.Sub, "dec1"),
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
