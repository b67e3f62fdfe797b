"""The filter itself, instruction by instruction, for every architecture and every system call there is."""

from __future__ import annotations

import struct

import pytest

from ptc_lisp.sandbox.worker import seccomp

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
I386, ARM = 0x40000003, 0x40000028


def decide(programs, number, arch, *arguments):
    """What the kernel would answer: the severest of the filters."""
    return min(
        (answer(program, number, arch, *arguments) for program in programs), key=[KILL, REFUSE, ALLOW].index
    )


def answer(program, number, arch, *arguments):
    """A reading of the BPF instructions that a filter consists of."""
    arguments = [*arguments, *[0] * (6 - len(arguments))]
    call = struct.pack("=IIQ6Q", number, arch, 0, *(a & (1 << 64) - 1 for a in arguments))
    at = loaded = 0
    while True:
        code, yes, no, value = struct.unpack_from("HBBI", program, 8 * at)
        at += 1
        match code:
            case 0x20:
                loaded = struct.unpack_from("=I", call, value)[0]
            case 0x15:
                at += yes if loaded == value else no
            case 0x35:
                at += yes if loaded >= value else no
            case 0x45:
                at += yes if loaded & value else no
            case 0x06:
                return value
            case _:
                raise AssertionError(f"instruction {code:#x}")


@pytest.fixture(params=ARCHITECTURES)
def machine(request):
    """(decide for a worker of this architecture, numbers of its calls by name)"""
    column, audit = seccomp._ARCHITECTURES[request.param]
    assert audit == ARCHITECTURES[request.param]
    programs = [seccomp.zygote_filter(column, audit), seccomp.worker_filter(column)]
    numbers = {
        name: row[column]
        for name, row in seccomp._NUMBERS.items()
        if row[column] is not None and name not in seccomp._OF_ZYGOTE
    }
    return (lambda number, *args, arch=audit: decide(programs, number, arch, *args)), numbers


def test_every_other_call_is_refused(machine):
    decided, numbers = machine
    listed = set(numbers.values())
    assert {decided(number) for number in range(1024) if number not in listed} == {REFUSE}
    always = {numbers[name] for name in seccomp._ALLOWED if name in numbers}
    assert {decided(number, *[2**64 - 1] * 6) for number in always} == {ALLOW}


def test_nothing_that_opens_starts_or_reaches_is_on_the_list(machine):
    _, numbers = machine
    for word in ("open", "exec", "fork", "clone", "socket", "connect", "bind", "accept", "kill", "trace", "vm_", "dup", "pipe",
                 "msg", "mount", "chroot", "uring", "bpf", "key", "prctl", "seccomp", "ioctl", "fcntl", "set_uid"):  # fmt: skip
        assert not [name for name in numbers if word in name], word


def test_other_architectures_and_abis_kill(machine):
    decided, numbers = machine
    for arch in (I386, ARM, 0, 0xFFFFFFFF):
        assert decided(numbers["read"], arch=arch) == KILL
    for number in (0x40000000, 0x40000000 | numbers["read"], 0xFFFFFFFF):
        assert decided(number) == KILL


def test_memory_is_never_executable(machine):
    decided, numbers = machine
    for name in ("mmap", "mprotect"):
        assert decided(numbers[name], 0, 4096, 3) == ALLOW
        for prot in (4, 5, 6, 7, 0xFFFFFFFF, 4 | 1 << 40):
            assert decided(numbers[name], 0, 4096, prot) == REFUSE


def test_memory_is_always_counted(machine):
    """Shared memory and stacks are not: RLIMIT_DATA knows private, writable mappings only."""
    decided, numbers = machine
    private, shared, grows_down, anonymous = 2, 1, 0x100, 0x20
    assert decided(numbers["mmap"], 0, 4096, 3, private | anonymous) == ALLOW
    for flags in (shared | anonymous, 3 | anonymous, private | anonymous | grows_down):
        assert decided(numbers["mmap"], 0, 4096, 3, flags) == REFUSE


def test_rare_ways_of_common_calls_are_refused(machine):
    decided, numbers = machine
    out_of_band, wait_all, private = 1, 0x100, 128
    for name in ("sendto", "recvfrom"):
        assert decided(numbers[name], 3, 0, 1, 0) == decided(numbers[name], 3, 0, 1, wait_all) == ALLOW
        assert decided(numbers[name], 3, 0, 1, out_of_band) == REFUSE
    assert decided(numbers["sendto"], 3, 0, 1, 0, 0x7FFF00001000) == REFUSE  # an address to send to
    wait, wake, wait_bitset, lock_pi, requeue_pi = 0, 1, 9, 6, 12
    assert {decided(numbers["futex"], 0, op | private) for op in (wait, wake, wait_bitset)} == {ALLOW}
    assert {decided(numbers["futex"], 0, op | private) for op in (lock_pi, requeue_pi)} == {REFUSE}


def test_only_limits_of_its_own_data_and_time_can_be_set(machine):
    decided, numbers = machine
    cpu, data = 0, 2
    for resource in (cpu, data):
        assert decided(numbers["prlimit64"], 0, resource) == ALLOW
    for pid, resource in ((0, 1), (0, 3), (0, 7), (1, data), (12345, cpu), (2**32 - 1, data)):
        assert decided(numbers["prlimit64"], pid, resource) == REFUSE


def test_numbers_are_not_listed_twice(machine):
    _, numbers = machine
    assert len(set(numbers.values())) == len(numbers)
    assert set(numbers) <= {*seccomp._ALLOWED, *seccomp._CONDITIONS}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_zygote_may_start_and_end_workers_and_no_program(name):
    column, audit = seccomp._ARCHITECTURES[name]
    program = seccomp.zygote_filter(column, audit)
    numbers = {name: row[column] for name, row in seccomp._NUMBERS.items() if row[column] is not None}
    assert {answer(program, numbers[call], audit) for call in numbers} == {ALLOW}
    listed = set(numbers.values())
    assert {answer(program, number, audit) for number in range(1024) if number not in listed} == {REFUSE}
    for word in (
        "open",
        "exec",
        "socket",
        "connect",
        "trace",
        "vm_",
        "mount",
        "bpf",
        "unshare",
        "ioctl",
        "set_uid",
    ):
        # It rehearses over a pair of sockets, which leads nowhere else.
        assert not [call for call in numbers if word in call and call != "socketpair"], word
    assert answer(program, numbers["prlimit64"], audit, 1, 7) == REFUSE  # of another process
