"""What a zygote knows about its workers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from ptc_lisp.sandbox.control import REPLY

_MAX_REMEMBERED = 1_024


class Children(NamedTuple):
    """The tables. Replies are bytes of `control.REPLY`."""

    tokens: dict[int, int]  # by pid
    pids: dict[int, int]  # by token, of the same workers
    dying: set[int]  # pids of those killed and not yet reaped
    asked: set[int]  # tokens of those whose end somebody wants to know
    replies: deque[bytes]
    ended: deque[tuple[int, int]]  # token and wait status of workers that ended unasked

    @staticmethod
    def none() -> Children:
        """Tables without any."""
        return Children({}, {}, set(), set(), deque(), deque(maxlen=_MAX_REMEMBERED))

    def anew(self) -> Children:
        """The same in other places of the memory, numbers included."""
        tokens, _, dying, asked, replies, ended = self
        tokens = {pid + 0: token + 0 for pid, token in tokens.items()}
        pids = {token: pid for pid, token in tokens.items()}
        return Children(tokens, pids, set(dying), set(asked), replies.copy(), ended.copy())

    def tell(self, token: int, *, in_the_end: bool) -> None:
        """Answers who a worker is or what became of it. in_the_end: and again when it ends, should it be alive."""
        for ended, status in self.ended:
            if ended == token:
                self.replies.append(REPLY.pack(b"X", token, status))
                return
        pid = self.pids.get(token, 0)
        self.replies.append(REPLY.pack(b"P", token, pid))
        if pid and in_the_end:
            self.asked.add(token)


def reaper(children: Children) -> Callable[[], None]:
    """What takes note of all that have ended. It has what it needs at hand, as `zygote.Zygote.run`."""
    tokens, pids, dying, asked, replies, ended = children
    wait, at_once, forget, forget_token = os.waitpid, os.WNOHANG, tokens.pop, pids.pop
    is_dead, remember = dying.discard, ended.append

    def reap() -> None:
        while tokens:
            try:
                pid, status = wait(-1, at_once)
            except ChildProcessError:
                return
            if pid == 0:
                return
            is_dead(pid)
            token = forget(pid, None)
            if token is None:
                continue
            forget_token(token)
            if token in asked:
                asked.discard(token)
                replies.append(REPLY.pack(b"X", token, status))
            else:
                remember((token, status))

    return reap
