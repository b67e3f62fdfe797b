"""What one evaluation gives back to the worker loop."""

from __future__ import annotations

from typing import Any

import msgspec

from ptc_lisp.faults import Fault


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one evaluation.

    value: JSON-shaped Python (keywords are strings, sets lists). shown: the value as the language prints it, bounded.
    faults: empty when ok; several only before anything ran. returned: whether `(return …)` ended it.
    failed: the value of `(fail v)` when that ended it, as JSON-shaped Python, in a 1-tuple.
    memory: the encoded user names that changed. dropped: names that could not be kept, with the reason.
    steps: the deterministic work count. discard: whether the worker's state can no longer be trusted (a limit hit).
    """

    ok: bool
    value: Any = None
    shown: str = ""
    faults: tuple[Fault, ...] = ()
    returned: bool = False
    failed: tuple[Any, ...] = ()
    memory: dict[str, bytes] = {}
    dropped: dict[str, str] = {}
    summaries: dict[str, str] = {}
    journal: dict[str, bytes] = {}
    steps: int = 0
    discard: bool = False
