"""Collects the garbage cycles that an owner left behind."""

from __future__ import annotations

import gc
import sys
from typing import Final

_GENERATIONAL: Final = sys.version_info < (3, 14)
"""Whether collecting the young generations looks at all that was made since the last collection."""


class Garbage:
    """Knows whether something older than the youngest objects has to be looked at.

    What has lived through a collection is old. Where none has taken place since the last owner, all that the present one made
    is young. A full collection takes four times as long, and gives memory back that is needed again at once.
    """

    __slots__ = ("_collections",)

    def __init__(self) -> None:
        self._collections = -1

    def collect(self) -> None:
        """Gets rid of all garbage."""
        young = _GENERATIONAL and self._collections == _collections()
        gc.collect(1 if young else 2)
        self._collections = _collections()


def _collections() -> int:
    """How often garbage was collected in this process."""
    return sum([generation["collections"] for generation in gc.get_stats()])
