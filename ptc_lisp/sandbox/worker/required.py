"""Refuses to work with less protection than the host requires. The worker itself decides: it knows what took effect."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.sandbox.wire import Layer


def insist(layers: list[Layer], required: AbstractSet[str]) -> None:
    """Raises Trap (protection_missing) when a required layer is not in force."""
    if not required:
        return
    state = {layer.name: layer for layer in layers}
    missing = {
        name: state[name].detail if name in state else "not applied"
        for name in sorted(required)
        if name not in state or not state[name].active
    }
    if missing:
        words = ", ".join(f"{name} ({why})" for name, why in missing.items())
        raise Trap(
            FaultKind.PROTECTION_MISSING,
            f"programs must not run here without {words}: see `ptc doctor`, or lower Limits.require",
            details={"missing": missing},
        )
