"""Python annotations, functions and docstrings to signatures."""

from __future__ import annotations

import enum
import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, NotRequired, Optional, TypedDict, TypeVar

import msgspec
import pytest

from ptc_lisp.signature import SignatureError, describe, from_function, from_python, render


class Color(enum.Enum):
    RED = "red"


class Size(enum.IntEnum):
    BIG = 1


class Row(TypedDict):
    id: int
    note: NotRequired[str]


@dataclass
class Order:
    number: int
    lines: list[Row]
    tags: list[str] = field(default_factory=list)
    parent: Order | None = None


class Point(msgspec.Struct):
    x: float
    y: float = 0.0


UserId = NewType("UserId", int)
T = TypeVar("T")


class Page:
    """Looks like a pydantic model to the converter only if it is one."""

    model_fields = "not a mapping"


ANNOTATIONS: list[tuple[Any, str]] = [
    (str, ":string"),
    (int, ":int"),
    (float, ":float"),
    (bool, ":bool"),
    (Decimal, ":float"),
    (bytes, ":string"),
    (datetime, ":datetime"),
    (date, ":string"),
    (Any, ":any"),
    (object, ":any"),
    (None, ":any"),
    (dict, ":map"),
    (dict[str, int], ":map"),
    (list, "[:any]"),
    (list[int], "[:int]"),
    (Sequence[str], "[:string]"),
    (set[int], "[:int]"),
    (tuple[int, ...], "[:int]"),
    (tuple[int, str], "[:any]"),
    (int | None, ":int?"),
    (Optional[str], ":string?"),  # noqa: UP045 - the old spelling is what is tested
    (list[int] | None, "[:int]?"),
    (int | float, ":float"),
    (int | str, ":any"),
    (int | str | None, ":any?"),
    (Literal["a", "b"], ":string"),
    (Literal[1, 2], ":int"),
    (Literal["a", None], ":string?"),  # noqa: PYI061 - as above
    (Literal["a", 1], ":any"),
    (Color, ":string"),
    (Size, ":int"),
    (Annotated[int, "meters"], ":int"),
    (UserId, ":int"),
    (T, ":any"),
    (Callable[[], int], ":any"),
    (Row, "{id :int, note :string?}"),
    (Point, "{x :float, y :float?}"),
    (Order, "{number :int, lines [{id :int, note :string?}], tags [:string]?, parent :map?}"),
    (Page, ":any"),
]


@pytest.mark.parametrize(("annotation", "text"), ANNOTATIONS)
def test_annotations(annotation: Any, text: str) -> None:
    assert render(from_python(annotation)) == text


def test_pydantic_models() -> None:
    pydantic = pytest.importorskip("pydantic")
    model = pydantic.create_model("Model", name=(str, ...), size=(int | None, None))
    assert render(from_python(model)) == "{name :string, size :int?}"


def search(query: str, limit: int = 10, *, tags: list[str] | None = None, **rest: Any) -> list[Row]:
    """Searches the orders.

    Newest first.

    Args:
        query: words that must
            occur
        limit (int): how many at most

    Returns:
        the rows found
    """
    raise NotImplementedError


def test_functions() -> None:
    assert render(from_function(search)) == (
        "(query :string, limit :int?, tags [:string]?) -> [{id :int, note :string?}]"
    )


def test_functions_without_annotations_take_anything() -> None:
    assert render(from_function(lambda a, b=1: a)) == "(a :any, b :any?) -> :any"


def test_annotations_that_cannot_be_evaluated_are_any() -> None:
    def odd(a: Missing, b: int, c: list[str] | None = None) -> AlsoMissing:  # noqa: F821 - that is the point
        raise NotImplementedError

    assert render(from_function(odd)) == "(a :any, b :int, c [:string]?) -> :any"

    @dataclass
    class Partly:
        a: Missing  # noqa: F821 - as above
        b: int

    assert render(from_python(Partly)) == "{a :any, b :int}"


def test_methods_partials_and_callables() -> None:
    class Tool:
        def run(self, a: int) -> str:
            raise NotImplementedError

        def __call__(self, b: int) -> str:
            raise NotImplementedError

    assert render(from_function(Tool().run)) == "(a :int) -> :string"
    assert render(from_function(Tool())) == "(b :int) -> :string"
    assert render(from_function(functools.partial(search, limit=3))).startswith("(query :string, limit :int?")


def test_names_that_only_type_checkers_know_without_the_future_import() -> None:
    """From Python 3.14 on, annotations are evaluated when they are asked for; before, such a function must quote them."""
    missing = "Missing" if sys.version_info >= (3, 14) else "'Missing'"
    space: dict[str, Any] = {}
    source = f"def odd(a: {missing}, b: int, c: list[str] | None = None) -> {missing}: ..."
    exec(compile(source, "odd", "exec", dont_inherit=True), space)
    assert render(from_function(space["odd"])) == "(a :any, b :int, c [:string]?) -> :any"


def test_async_functions() -> None:
    async def fetch(url: str) -> None:
        raise NotImplementedError

    assert render(from_function(fetch)) == "(url :string) -> :any"


def test_positional_only_parameters_are_refused() -> None:
    with pytest.raises(SignatureError, match="positional-only"):
        from_function(lambda a, /: a)


def test_google_docstrings() -> None:
    described = describe(search)
    assert described.summary == "Searches the orders.\n\nNewest first."
    assert described.params == {"query": "words that must occur", "limit": "how many at most"}
    assert described.returns == "the rows found"


def test_other_docstrings() -> None:
    def sphinx() -> None:
        """Adds.

        :param a: the first
        :returns: the sum
        """

    def numpy() -> None:
        """Adds.

        Parameters
        ----------
        a : int
            the first

        Returns
        -------
        int
            the sum
        """

    for fn in (sphinx, numpy):
        described = describe(fn)
        assert (described.summary, described.params, described.returns) == (
            "Adds.",
            {"a": "the first"},
            "the sum",
        )


def test_no_docstring_and_odd_docstrings() -> None:
    assert describe(lambda: None).summary == ""

    def odd() -> None:
        """Args:
        :param
        """

    assert isinstance(describe(odd).summary, str)
