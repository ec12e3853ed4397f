"""A small HTTP server on 127.0.0.1 whose every reply a test decides, failing ones among them."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

__all__ = ["LocalServer", "Received", "Reply", "dropped", "held", "nobody_listens"]

# Seconds after which a reply that nobody released is sent all the same, so that a failing test ends.
_PATIENCE = 30.0

# Seconds from byte to byte of a reply that trickles.
_TRICKLE = 0.02


@dataclass(frozen=True)
class Reply:
    """What to do with one request: `body` None closes the connection, `until` holds the reply back.

    `trickles` sends it byte by byte, all of it or only the body.
    """

    status: int = 200
    body: str | None = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    until: threading.Event | None = None
    trickles: Literal["whole", "body"] | None = None


@dataclass(frozen=True)
class Received:
    """A request that the server got: header names in lower case, `content` as it came."""

    path: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The content, read as JSON."""
        return json.loads(self.content)


def dropped() -> Reply:
    """The connection is closed without a reply."""
    return Reply(body=None)


def held(until: threading.Event, reply: Reply) -> Reply:
    """A reply that waits for the event."""
    return Reply(reply.status, reply.body, reply.headers, until)


@contextmanager
def nobody_listens() -> Iterator[str]:
    """An address whose connections are refused for as long as the block lasts."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


class LocalServer:
    """A server for `with`. Replies come from `script`, in the order of requests, and then from `otherwise`.

    `received` is what was asked, over how many `connections`; `peak` is how many requests were under way at most.
    """

    def __init__(self, *script: Reply, otherwise: Callable[[Received], Reply] = lambda _: Reply()) -> None:
        self.script = deque(script)
        self.otherwise = otherwise
        self.received: list[Received] = []
        self.connections = 0
        self.peak = 0
        self._active = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply_to(self, received: Received) -> Reply:
        """The reply to a request; counts it as under way until `done`."""
        with self._lock:
            self.received.append(received)
            self._active += 1
            self.peak = max(self.peak, self._active)
            if self.script:
                return self.script.popleft()
        return self.otherwise(received)

    def done(self) -> None:
        with self._lock:
            self._active -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body may be two writes; without this, the second waits for the first's acknowledgement.
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                with server._lock:
                    server.connections += 1

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = server.reply_to(Received(self.path, headers, content))
                try:
                    if reply.until is not None:
                        reply.until.wait(_PATIENCE)
                finally:
                    server.done()
                if reply.body is None:
                    self.close_connection = True
                    return
                head, body = _written(reply, reply.body)
                at_once, slowly = {
                    None: (head + body, b""),
                    "body": (head, body),
                    "whole": (b"", head + body),
                }[reply.trickles]
                try:
                    self.wfile.write(at_once)
                    for byte in slowly:
                        if server._closing.wait(_TRICKLE):
                            break
                        self.wfile.write(bytes([byte]))
                except OSError:
                    # The client gave up meanwhile.
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Tests print nothing."""

        return Handler


def _written(reply: Reply, text: str) -> tuple[bytes, bytes]:
    """Head and body of a reply, as they are sent."""
    body = text.encode()
    headers = {"Content-Type": "application/json", **reply.headers, "Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1"), body
