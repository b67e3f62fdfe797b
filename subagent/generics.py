"""What type checkers know of an answer: `SubAgent(output=Total).run(...).value` is a Total, and without `output` anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar  # with defaults, which `typing` has from Python 3.13 on

    Out = TypeVar("Out", default=Any)
    Next = TypeVar("Next", default=Any)
else:
    from typing import TypeVar

    Out = TypeVar("Out")
    Next = TypeVar("Next")
