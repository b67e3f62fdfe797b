"""Running programs in processes that can reach nothing. The host side never evaluates what a model wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptc_lisp.sandbox.wire import Layer as _Layer

__all__ = ["protections"]


def protections() -> list[_Layer]:
    """The protections of a fresh worker on this machine, in the order in which an escape would meet them.

    Raises SandboxError when no worker can be started.
    """
    # Imported here: a worker imports this package too, and has no use for the host's side.
    from ptc_lisp.sandbox.inspection import inspect_worker  # noqa: PLC0415

    return inspect_worker()
