"""How `ptc` ends. The numbers are part of the interface: scripts branch on them."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptc_lisp import Fault


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0  # the program or the agent answered; the check found nothing
    FAILED = 1  # the program or the agent failed; the check found faults
    USAGE = 2  # wrong options, unreadable or malformed input
    HOST = 3  # the model could not be reached, a worker died, or ptc itself is at fault
    INTERRUPTED = 130  # Ctrl-C
    PIPE_CLOSED = 141  # the reader of the output went away
    TERMINATED = 143  # SIGTERM


EXIT_HELP = (
    "Exit codes: 0 answered, 1 the program or agent failed, 2 wrong usage or input, "
    "3 model, worker or host trouble, 130 Ctrl-C."
)
# The kinds by name: the closed enum itself belongs to the language.
_HOST_KINDS = {"llm_error", "worker_crashed", "internal_error", "cancelled"}


class CliError(Exception):
    """Ends the command with one message on stderr and an exit code."""

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code


def exit_code(fault: Fault | None) -> Exit:
    """The exit code for what a Step says."""
    if fault is None:
        return Exit.OK
    return Exit.HOST if str(fault.kind) in _HOST_KINDS else Exit.FAILED
