"""What the host side of the sandbox raises."""

from __future__ import annotations


class SandboxError(RuntimeError):
    """No worker can be started on this machine; the message says why."""
