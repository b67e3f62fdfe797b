"""seccomp: the list of system calls that a worker may make. Everything else fails with EPERM.

The filter is compiled to BPF in the zygote and only installed in the worker. Calls that could name another process
(prlimit) are allowed for the worker itself only; new threads are allowed, new processes are not.
"""

from __future__ import annotations

import ctypes
import os
import struct

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGS_AT = 0, 4, 16
_X32_BIT = 0x40000000
_CLONE_THREAD = 0x10000

_ALLOWED = (
    "read", "write", "readv", "writev", "pread64", "recvfrom", "recvmsg", "sendto", "sendmsg", "close", "lseek", "fstat",
    "poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "mmap", "munmap", "mremap", "mprotect", "madvise",
    "brk", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "setitimer", "getitimer", "clock_gettime",
    "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "getpid", "gettid", "getppid", "getrusage", "futex",
    "exit", "exit_group", "restart_syscall", "sched_yield", "getrandom", "set_robust_list", "rseq", "setrlimit", "getrlimit",
    "sched_getaffinity", "times",
)  # fmt: skip

# name: (x86-64, aarch64); None where the architecture has no such call.
_NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "recvfrom": (45, 207), "recvmsg": (47, 212), "sendto": (44, 206), "sendmsg": (46, 211),
    "close": (3, 57), "lseek": (8, 62), "fstat": (5, 80), "poll": (7, None), "ppoll": (271, 73),
    "select": (23, None), "pselect6": (270, 72), "epoll_wait": (232, None), "epoll_pwait": (281, 22),
    "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226), "madvise": (28, 233), "brk": (12, 214),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "setitimer": (38, 103), "getitimer": (36, 102), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115), "nanosleep": (35, 101), "gettimeofday": (96, 169),
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getrusage": (98, 165), "futex": (202, 98),
    "exit": (60, 93), "exit_group": (231, 94), "restart_syscall": (219, 128), "sched_yield": (24, 124),
    "getrandom": (318, 278), "set_robust_list": (273, 99), "rseq": (334, 293), "setrlimit": (160, 164), "getrlimit": (97, 163),
    "sched_getaffinity": (204, 123), "times": (100, 153),
    "prlimit64": (302, 261), "clone": (56, 220), "clone3": (435, 435),
}  # fmt: skip
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class Filter:
    """The compiled allow-list of this architecture."""

    def __init__(self, libc: ctypes.CDLL | None) -> None:
        self._libc = libc
        machine = os.uname().machine
        column, audit = _ARCHITECTURES.get(machine, (None, 0))
        self._why_not = (
            f"no list of system calls for {machine}" if column is None else "not available on this system"
        )
        code = b"" if column is None else _compile(column, audit)
        self._code = ctypes.create_string_buffer(code, len(code))
        self._program = _Program(len(code) // 8, ctypes.cast(self._code, ctypes.c_void_p))

    def apply(self) -> None:
        """Installs the filter in this process; needs no-new-privileges. Raises OSError where there is no seccomp."""
        if self._libc is None or not self._program.length:
            raise OSError(0, self._why_not)
        if self._libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(self._program), 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _compile(column: int, audit: int) -> bytes:
    numbers = {name: found for name, row in _NUMBERS.items() if (found := row[column]) is not None}
    code: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_JUMP_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
    ]
    for name in _ALLOWED:
        if name in numbers:
            code += [(_JUMP_EQUAL, 0, 1, numbers[name]), (_RETURN, 0, 0, _ALLOW)]
    code += [
        # glibc asks clone3 first, whose flags a filter cannot see; it falls back to clone.
        (_JUMP_EQUAL, 0, 1, numbers["clone3"]),
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
        (_JUMP_EQUAL, 0, 3, numbers["clone"]),
        (_LOAD, 0, 0, _ARGS_AT),
        (_JUMP_SET, 0, 4, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_JUMP_EQUAL, 0, 2, numbers["prlimit64"]),
        (_LOAD, 0, 0, _ARGS_AT),
        (_JUMP_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)
