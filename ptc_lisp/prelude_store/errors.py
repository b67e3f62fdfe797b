"""What a store of preludes refuses."""

from __future__ import annotations

from typing import Any, Literal

from ptc_lisp.faults import Portable

Reason = Literal[
    "invalid_id",
    "invalid_ref",
    "invalid_source",
    "invalid_metadata",
    "not_found",
    "stale_base",
    "checksum_mismatch",
    "namespace_mismatch",
    "source_too_large",
    "metadata_too_large",
    "too_many_versions",
    "too_many_preludes",
    "store_full",
    "unusable_file",
]


class PreludeStoreError(Portable, ValueError):
    """A store refuses a request. `reason` says why in one word, `hint` how to fix it, `details` has the figures (JSON-shaped).
    Sources that do not compile raise PreludeError instead."""

    def __init__(self, reason: Reason, message: str, hint: str, **details: Any) -> None:
        super().__init__(f"{reason}: {message}. {hint[:1].upper()}{hint[1:]}")
        self.reason: Reason = reason
        self.message = message
        self.hint = hint
        self.details = details
