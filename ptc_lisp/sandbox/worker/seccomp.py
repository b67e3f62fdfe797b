"""seccomp: the list of system calls that a worker may make. Everything else fails with EPERM.

Two filters, since the kernel takes 0.1 ms to install a long one and asks all of them. The zygote's is the list of workers and
what the zygote itself needs to rehearse, start and end workers; the worker's, which is short, takes that away again. Together
they let a worker talk over the socket it has, manage its own memory, time and signals, and end. No new process or thread, no
new descriptor, no memory that could hold new machine code; limits of the worker itself only, and only those of data and CPU
time, which nobody without privileges can raise again once they are lowered for good. Calls of another architecture or ABI
kill the process.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from typing import NamedTuple

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM = 1

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGS_AT = 0, 4, 16
_X32_BIT = 0x40000000

_ALLOWED = (
    "read", "write", "close", "poll", "ppoll", "munmap", "mremap", "madvise", "brk",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "setitimer", "clock_gettime", "clock_getres",
    "clock_nanosleep", "gettimeofday", "getpid", "gettid", "getrusage", "exit", "exit_group", "restart_syscall",
    "getrandom", "sched_yield",
)  # fmt: skip


class _Only(NamedTuple):
    """A condition on a call: of argument number `argument`, the bits of `mask` (of the lower 32) are all zero."""

    argument: int
    mask: int


_PROT_EXEC = 4
_SHARED_OR_STACK = 0x101  # MAP_SHARED and MAP_GROWSDOWN: the limit of data does not count such memory
_OUT_OF_BAND = 1
_PRIORITY_LOCKS = 4  # and some other rare operations; nothing but wait and wake is needed
_ANYTHING = 0xFFFFFFFF
_CPU_OR_DATA = 0xFFFFFFFF ^ resource.RLIMIT_DATA  # RLIMIT_CPU is 0, so one mask covers both
_CONDITIONS: dict[str, tuple[_Only, ...]] = {
    "mmap": (_Only(2, _PROT_EXEC), _Only(3, _SHARED_OR_STACK)),
    "mprotect": (_Only(2, _PROT_EXEC),),
    "prlimit64": (_Only(0, _ANYTHING), _Only(1, _CPU_OR_DATA)),
    "sendto": (_Only(3, _OUT_OF_BAND), _Only(4, _ANYTHING)),
    "recvfrom": (_Only(3, _OUT_OF_BAND),),
    "futex": (_Only(1, _PRIORITY_LOCKS),),
}
_OF_ZYGOTE = (
    "clone", "clone3", "fork", "wait4", "kill", "getppid", "recvmsg", "sendmsg", "prctl", "dup3", "set_robust_list", "rseq",
    "socketpair", "shutdown", "lseek",
)  # fmt: skip
_CONDITIONS_OF_ZYGOTE = {**_CONDITIONS, "prlimit64": (_Only(0, _ANYTHING),)}

# name: (x86-64, aarch64); None where the architecture has no such call.
_NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63), "write": (1, 64), "recvfrom": (45, 207), "sendto": (44, 206), "close": (3, 57),
    "poll": (7, None), "ppoll": (271, 73), "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226),
    "madvise": (28, 233), "brk": (12, 214), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "setitimer": (38, 103), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115), "gettimeofday": (96, 169), "getpid": (39, 172), "gettid": (186, 178),
    "getrusage": (98, 165), "futex": (202, 98), "exit": (60, 93), "exit_group": (231, 94), "restart_syscall": (219, 128),
    "getrandom": (318, 278), "prlimit64": (302, 261), "sched_yield": (24, 124),
    "clone": (56, 220), "clone3": (435, 435), "fork": (57, None), "wait4": (61, 260), "kill": (62, 129), "getppid": (110, 173),
    "recvmsg": (47, 212), "sendmsg": (46, 211), "prctl": (157, 167), "dup3": (292, 24), "set_robust_list": (273, 99),
    "rseq": (334, 293), "socketpair": (53, 199), "shutdown": (48, 210), "lseek": (8, 62),
}  # fmt: skip
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class Filter:
    """The compiled lists of this architecture."""

    def __init__(self, libc: ctypes.CDLL | None) -> None:
        self._libc = libc
        machine = os.uname().machine
        column, audit = _ARCHITECTURES.get(machine, (None, 0))
        self._why_not = (
            f"no list of system calls for {machine}" if column is None else "not available on this system"
        )
        self._zygote = _program(b"" if column is None else zygote_filter(column, audit))
        self._worker = _program(b"" if column is None else worker_filter(column))
        self.arguments = (_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(self._worker), 0, 0)
        """What `prctl` is called with in a worker, when `begin` was called before it was forked."""
        self.words = f"{len(_ALLOWED) + len(_CONDITIONS)} system calls"

    def begin(self) -> str:
        """In the zygote: its own filter. Gives what a worker may call once it has the other one as well. Needs
        no-new-privileges. Raises OSError where there is no seccomp."""
        if self._libc is None or not self._zygote.length:
            raise OSError(0, self._why_not)
        if self._libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(self._zygote), 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return self.words


def _program(code: bytes) -> _Program:
    """Code as the kernel takes it; the buffer lives as long."""
    buffer = ctypes.create_string_buffer(code, len(code))
    return _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))


def zygote_filter(column: int, audit: int) -> bytes:
    """Allows what workers and the zygote need, on one architecture."""
    numbers = _numbers(column)
    code: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_JUMP_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
    ]
    for name in (*_ALLOWED, *_OF_ZYGOTE):
        if name in numbers:
            code += [(_JUMP_EQUAL, 0, 1, numbers[name]), (_RETURN, 0, 0, _ALLOW)]
    for name, conditions in _CONDITIONS_OF_ZYGOTE.items():
        code += _when(numbers[name], conditions)
    code.append((_RETURN, 0, 0, _ERRNO | _EPERM))
    return _packed(code)


def worker_filter(column: int) -> bytes:
    """Refuses what the zygote's filter allows for the zygote's own sake, and other limits than the worker's own."""
    numbers = _numbers(column)
    refused = [numbers[name] for name in _OF_ZYGOTE if name in numbers]
    [_, own] = _CONDITIONS["prlimit64"]
    rest = [
        (_JUMP_EQUAL, 0, 2, numbers["prlimit64"]),
        (_LOAD, 0, 0, _ARGS_AT + 8 * own.argument),
        (_JUMP_SET, 1, 0, own.mask),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
    ]
    jumps = [
        (_JUMP_EQUAL, len(refused) - place + len(rest) - 2, 0, number) for place, number in enumerate(refused)
    ]
    return _packed([(_LOAD, 0, 0, _NUMBER_AT), *jumps, *rest])


def _numbers(column: int) -> dict[str, int]:
    return {name: found for name, row in _NUMBERS.items() if (found := row[column]) is not None}


def _packed(code: list[tuple[int, int, int, int]]) -> bytes:
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def _when(number: int, conditions: tuple[_Only, ...]) -> list[tuple[int, int, int, int]]:
    """Decides about one call: allowed when all conditions hold, refused when one does not."""
    checks: list[tuple[int, int, int, int]] = []
    for left, condition in zip(reversed(range(len(conditions))), conditions, strict=True):
        load = (_LOAD, 0, 0, _ARGS_AT + 8 * condition.argument)
        checks += [load, (_JUMP_SET, 2 * left + 1, 0, condition.mask)]
    checks += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    return [(_JUMP_EQUAL, 0, len(checks), number), *checks]
