"""The messages between host and zygote (see `zygote`): op and two tokens, 0 for none; in replies op, token and a number.

They travel over a socket that preserves message boundaries. Other systems than Linux have none between processes; there each
message is preceded by its length.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterable

TYPE_CHECKING = False  # as in `ptc_lisp`

if TYPE_CHECKING:
    from typing import Any

REQUEST = struct.Struct("!cQQ")
REPLY = struct.Struct("!cQq")
MAX_MESSAGE = 8_192
_HEADER_BYTES = 2
_STDERR_FD = 2


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets, for the host and for another process, on which `send` and `recv` are about whole messages."""
    if sys.platform.startswith("linux"):
        return patient(*map(lifted, socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)))
    ours, theirs = map(lifted, socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM))
    return patient(MessageStream(fileno=ours.detach()), theirs)


def patient(ours: socket.socket, theirs: socket.socket) -> tuple[socket.socket, socket.socket]:
    """The same, waiting as long as it takes: hosts have default timeouts (`socket.setdefaulttimeout`), or sockets of their own that
    never wait in the kernel (gevent), which the other process would inherit."""
    if ours.gettimeout() is not None:
        ours.settimeout(None)
    os.set_blocking(theirs.fileno(), True)
    return ours, theirs


def lifted(sock: socket.socket) -> socket.socket:
    """The same connection with a descriptor beyond those of standard input, output and error, which a host may have closed. It would
    get what is printed, or be replaced in a new process."""
    if sock.fileno() > _STDERR_FD:
        return sock
    import fcntl  # noqa: PLC0415 - hardly ever needed

    with sock:
        return type(sock)(fileno=fcntl.fcntl(sock, fcntl.F_DUPFD_CLOEXEC, _STDERR_FD + 1))


def adopt(fd: int) -> socket.socket:
    """The other end of a pair, in another process."""
    found = socket.socket(fileno=fd)
    return MessageStream(fileno=found.detach()) if found.type == socket.SOCK_STREAM else found


class MessageStream(socket.socket):
    """A stream of messages of at most MAX_MESSAGE bytes. A message is never split by MSG_DONTWAIT."""

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Sends one message."""
        framed = _framed(data)
        sent = super().send(framed, flags)
        super().sendall(framed[sent:])
        return len(data)

    def sendmsg(
        self,
        buffers: Iterable[Any],
        ancdata: Iterable[Any] = (),
        flags: int = 0,
        address: Any = None,
        /,
    ) -> int:
        """Sends one message with descriptors."""
        del address
        data = b"".join(buffers)
        framed = _framed(data)
        sent = super().sendmsg([framed], ancdata, flags)
        super().sendall(framed[sent:])
        return len(data)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receives one message; b"" at the end of the stream."""
        del bufsize
        return self._rest(super().recv(_HEADER_BYTES, flags))

    def recvmsg(
        self, bufsize: int, ancbufsize: int = 0, flags: int = 0, /
    ) -> tuple[bytes, list[Any], int, Any]:
        """Receives one message with descriptors; b"" at the end of the stream."""
        del bufsize
        header, ancillary, flags, address = super().recvmsg(_HEADER_BYTES, ancbufsize, flags)
        return self._rest(header), ancillary, flags, address

    def _rest(self, header: bytes) -> bytes:
        if not header:
            return b""
        header += self._exactly(_HEADER_BYTES - len(header))
        return self._exactly(int.from_bytes(header, "big"))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = super().recv(size - len(data))
            if not chunk:
                raise ConnectionResetError("the stream ended in the middle of a message")
            data += chunk
        return data


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(_HEADER_BYTES, "big") + data
