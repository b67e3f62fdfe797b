"""Printing: each call adds one entry to the run's prints and gives nil."""

from __future__ import annotations

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import doors
from ptc_lisp.values.persistent import is_vector, vec_list
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.strings import grapheme_count
from ptc_lisp.values.types import Value

AREA = "output"


@builtin(
    "println", "& xs", area=AREA, pure=False, clojure="DIV-36",
    doc="Prints its arguments, joined with spaces; strings raw, everything else readably. A vector of characters, such as "
    '`(take 3 "hello")`, prints as their text. Gives nil.',
    examples=[('(println "total:" 3)', "nil")], see_also=("prn", "pr-str"),
)  # fmt: skip
def println(*xs: Value) -> None:
    """`(println & xs)`."""
    doors().emit(_raw(xs))


@builtin(
    "print", "& xs", area=AREA, pure=False, doc="As `println`: each call is one printed entry.",
    examples=[('(print "a" :b)', "nil")], see_also=("println",),
)  # fmt: skip
def print_(*xs: Value) -> None:
    """`(print & xs)`."""
    doors().emit(_raw(xs))


@builtin(
    "prn", "& xs", area=AREA, pure=False, doc="Prints its arguments readably, strings quoted, joined with spaces. Gives nil.",
    examples=[('(prn "a" 1)', "nil")], see_also=("println", "pr-str"),
)  # fmt: skip
def prn(*xs: Value) -> None:
    """`(prn & xs)`."""
    doors().emit(" ".join([pr_str(x) for x in xs]))


@builtin(
    "pr", "& xs", area=AREA, pure=False, doc="As `prn`: each call is one printed entry.",
    examples=[('(pr "a")', "nil")], see_also=("prn",),
)  # fmt: skip
def pr(*xs: Value) -> None:
    """`(pr & xs)`."""
    doors().emit(" ".join([pr_str(x) for x in xs]))


def _raw(xs: tuple[Value, ...]) -> str:
    return " ".join([x if x.__class__ is str else _text_of(x) for x in xs])


def _text_of(x: Value) -> str:
    """How a value that is no string prints; the characters of a text that was taken apart stand together again."""
    if is_vector(x):
        items = vec_list(x)
        if items and all(
            item.__class__ is str and (len(item) == 1 or grapheme_count(item) == 1) for item in items
        ):
            return "".join(items)
    return pr_str(x)
