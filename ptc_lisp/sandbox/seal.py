"""The seal: how much a worker may use in its whole life. It gives up the rest, irrevocably, before its first program.

The limits of a program are enforced by the worker itself, and a compromised worker would not enforce them. The seal is
enforced by the kernel: without privileges nobody can raise it again. It leaves room for what an honest worker could need.
"""

from __future__ import annotations

from ptc_lisp.limits import Limits
from ptc_lisp.sandbox.wire import Evaluate, Seal

_PER_INPUT_BYTE = 96
"""Memory that a byte of encoded data can become: an empty map in a vector."""
_INPUT_STEP = 1 << 16
"""Inputs count in steps, so that the next owner of a worker may bring a little more than the first one."""
_LATER_BYTES = 512 << 20
_OWN_BYTES = 128 << 20
_PROGRAMS = 20
_LEAST_CPU_S = 60


def seal_for(limits: Limits, input_bytes: int) -> Seal:
    """The seal of a worker for programs with at most these limits, that begins with so many bytes of inputs."""
    return Seal(
        memory_bytes=_PER_INPUT_BYTE * _INPUT_STEP * (input_bytes // _INPUT_STEP + 1)
        + limits.memory_bytes
        + 3 * limits.max_result_bytes
        + _OWN_BYTES
        + _LATER_BYTES,
        cpu_s=max(_LEAST_CPU_S, _PROGRAMS * limits.timeout_ms // 1000),
    )


def has_room_for(later_bytes: int) -> bool:
    """Whether a sealed worker can take so many bytes of inputs more; a fresh one is needed otherwise."""
    return _PER_INPUT_BYTE * later_bytes <= _LATER_BYTES


def input_bytes(request: Evaluate) -> int:
    """The size of everything that a request has in it."""
    tables = (request.context, request.memory, request.journal, request.data)
    size = sum(map(len, request.history)) if request.history else 0
    for table in tables:
        if table:
            size += sum(map(len, table.values()))
    return size
