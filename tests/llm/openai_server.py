# pyright: basic
"""A real HTTP server on loopback that speaks the part of the OpenAI chat API which the agent uses.

    with serve([Reply("hello"), Failure(429, headers={"Retry-After": "0"})]) as server:
        ...  # server.url, server.requests

Each request takes the next prepared behaviour; the last one repeats.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    text: str
    prompt_tokens: int = 11
    completion_tokens: int = 7
    finish_reason: str = "stop"
    tool_calls: list[tuple[str, str, str]] = field(default_factory=list)  # id, name, arguments as JSON text
    reasoning: str = ""


@dataclass
class Failure:
    status: int
    message: str = "no"
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Raw:
    """A body sent as it is."""

    body: bytes
    content_type: str = "application/json"


@dataclass
class Slow:
    """Headers at once, then silence until the server is closed."""

    head: bytes = b'{"id": "x", '


Behaviour = Reply | Failure | Raw | Slow


class Server:
    def __init__(self, script: list[Behaviour]) -> None:
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/v1"

    def take(self, request: dict[str, Any]) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            return self.script[min(len(self.requests), len(self.script)) - 1]


@contextmanager
def serve(script: list[Behaviour]) -> Iterator[Server]:
    server = Server(script)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            behaviour = server.take(body)
            match behaviour:
                case Reply() if body.get("stream"):
                    self._stream(behaviour, body)
                case Reply():
                    self._send(200, json.dumps(_completion(behaviour, body)).encode())
                case Failure():
                    error = {"error": {"message": behaviour.message, "type": "test", "code": behaviour.code}}
                    self._send(behaviour.status, json.dumps(error).encode(), behaviour.headers)
                case Raw():
                    self._send(200, behaviour.body, {"Content-Type": behaviour.content_type})
                case Slow():
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", "100000")
                    self.end_headers()
                    self.wfile.write(behaviour.head)
                    self.wfile.flush()
                    server.closing.wait(30)
                    self.close_connection = True

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, reply: Reply, body: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for event in _chunks(reply, body):
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                self.wfile.flush()
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

    return Handler


def _usage(reply: Reply) -> dict[str, int]:
    total = reply.prompt_tokens + reply.completion_tokens
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "total_tokens": total,
    }


def _completion(reply: Reply, body: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.tool_calls:
        message["tool_calls"] = [
            {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
            for id_, name, arguments in reply.tool_calls
        ]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": _usage(reply),
    }


def _chunks(reply: Reply, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    yield {
        **head,
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}],
    }
    for delta in _deltas(reply):
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish_reason}]}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": _usage(reply)}


def _deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    for start in range(0, len(reply.reasoning), 5):
        yield {"reasoning_content": reply.reasoning[start : start + 5]}
    for start in range(0, len(reply.text), 5):
        yield {"content": reply.text[start : start + 5]}
    for index, (id_, name, arguments) in enumerate(reply.tool_calls):
        head = {"index": index, "id": id_, "type": "function", "function": {"name": name, "arguments": ""}}
        yield {"tool_calls": [head]}
        for start in range(0, len(arguments), 7):
            yield {"tool_calls": [{"index": index, "function": {"arguments": arguments[start : start + 7]}}]}
