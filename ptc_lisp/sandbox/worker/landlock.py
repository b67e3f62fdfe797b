"""Landlock: no file can be opened, nothing connected or bound, and no process outside be signalled.

The zygote enters it, and its workers inherit it. The system calls are made through ctypes: three calls and two structs are less
than a dependency would bring.
"""

from __future__ import annotations

import ctypes
import os

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same numbers on every architecture
_VERSION_FLAG = 1

# Access rights by the ABI version that brought them; the kernel refuses bits that it does not know.
_FS_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
_NET_SINCE, _NET_RIGHTS = 4, 0b11
_SCOPE_SINCE, _SCOPE_RIGHTS = 6, 0b11


class _Attributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def deny_all(libc: ctypes.CDLL | None) -> str:
    """Enters a rule set without a single permission; needs no-new-privileges. Gives what it covers. Raises OSError when the
    kernel has no Landlock, or does not enforce it."""
    if libc is None:
        raise OSError(0, "not available on this system")
    ruleset, covers = _create(libc)
    try:
        if libc.syscall(_RESTRICT_SELF, ruleset, 0) != 0:
            raise _error()
    finally:
        os.close(ruleset)
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_CLOEXEC))
    except PermissionError:
        return covers
    raise OSError(0, "the kernel accepts the rules and does not enforce them")


def _create(libc: ctypes.CDLL) -> tuple[int, str]:
    """The descriptor of a rule set, and what it covers."""
    abi = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    if abi < 1:
        number = ctypes.get_errno()
        raise OSError(number, f"the kernel has no Landlock ({os.strerror(number)})")
    bits = max(count for since, count in _FS_RIGHTS if abi >= since)
    attributes = _Attributes(
        (1 << bits) - 1,
        _NET_RIGHTS if abi >= _NET_SINCE else 0,
        _SCOPE_RIGHTS if abi >= _SCOPE_SINCE else 0,
    )
    size = 24 if abi >= _SCOPE_SINCE else 16 if abi >= _NET_SINCE else 8
    made = libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0)
    if made < 0:
        raise _error()
    covered = ["files", "TCP"][: 1 + (abi >= _NET_SINCE)] + ["signals"] * (abi >= _SCOPE_SINCE)
    return made, f"{', '.join(covered)} (ABI {abi})"


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
