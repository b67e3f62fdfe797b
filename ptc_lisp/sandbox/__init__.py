"""Running programs in processes that can reach nothing. The host side never evaluates what a model wrote."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `ptc_lisp`

if TYPE_CHECKING:
    from collections.abc import Callable

    from ptc_lisp.sandbox.attacks.campaign import Verdict as _Verdict
    from ptc_lisp.sandbox.wire import Layer as _Layer

__all__ = ["attack", "protections"]


def protections() -> list[_Layer]:
    """The protections of a fresh worker on this machine, in the order in which an attacker would meet them.

    Raises SandboxError if no worker can be started."""
    # Imported here: a worker imports this package too, and has no use for the host's side.
    from ptc_lisp.sandbox.inspection import inspect_worker  # noqa: PLC0415

    return inspect_worker()


def attack(told: Callable[[_Verdict], None] | None = None) -> list[_Verdict]:
    """Tries to break the sandbox of this machine, harmlessly: programs against the language, raw Python against the
    lockdown, forged messages against the host. Takes about 20 seconds.

    Returns a verdict per attempt: whether it was `stopped`, and `by` what. `told` is called with each verdict as soon as it
    is known. Raises SandboxError if no worker can be started.
    """
    from ptc_lisp.sandbox.attacks import campaign  # noqa: PLC0415 - as above

    return campaign.attack(told)
