"""Isolation from the rest of the machine: a network namespace without interfaces, no capabilities, and never root.

Called once, in the zygote; its workers inherit all of it. Nothing here can be undone from inside."""

from __future__ import annotations

import contextlib
import ctypes
import os

_NEW_USER, _NEW_NET, _NEW_IPC, _NEW_UTS = 0x10000000, 0x40000000, 0x08000000, 0x04000000
_NOBODY = 65534
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


class Privileges:
    """What this process can give away. Without a libc (elsewhere than Linux) every method raises OSError."""

    def __init__(self, libc: ctypes.CDLL | None) -> None:
        self._libc = libc
        self._user = os.geteuid()  # in a user namespace everybody looks like nobody

    def separate(self) -> str:
        """Enters namespaces of its own; gives their names. Raises OSError where the system does not allow it.

        Root needs no user namespace for that, and must not have one: it could no longer become nobody.
        """
        if self._user == 0:
            self._unshare(_NEW_NET | _NEW_IPC | _NEW_UTS)
            return "network, ipc, uts"
        self._unshare(_NEW_USER | _NEW_NET | _NEW_IPC | _NEW_UTS)
        return "user, network, ipc, uts"

    def drop(self) -> str:
        """Gives up every capability; root becomes nobody. Gives what is left. Raises OSError when that is not possible."""
        libc = self._needed()
        if self._user == 0:
            self._user = _NOBODY
            with contextlib.suppress(PermissionError):
                os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        empty = (_Sets * 2)()
        if libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), ctypes.byref(empty)) != 0:
            raise _error()
        return f"none left, user {self._user}"

    def _unshare(self, kinds: int) -> None:
        if self._needed().unshare(kinds) != 0:
            raise _error()

    def _needed(self) -> ctypes.CDLL:
        if self._libc is None:
            raise OSError(0, "not available on this system")
        return self._libc


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
