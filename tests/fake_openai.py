"""A small OpenAI-compatible chat server on 127.0.0.1 whose every reply a test decides."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

__all__ = ["Asked", "FakeOpenAI", "Reply", "answer", "completion", "dropped", "error", "held"]

# Seconds after which a reply that nobody released is sent all the same, so that a failing test ends.
_PATIENCE = 30.0


@dataclass(frozen=True)
class Reply:
    """What to do with one request: `body` None closes the connection, `until` holds the reply back."""

    status: int = 200
    body: str | None = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    until: threading.Event | None = None


@dataclass(frozen=True)
class Asked:
    """A request that the server got: header names in lower case, `system` and `user` its two messages."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def user(self) -> str:
        return str(self.body["messages"][1]["content"])


def completion(content: object, *, finish_reason: str = "stop", refusal: str | None = None) -> Reply:
    """A chat completion with this content, whatever it is."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return Reply(body=json.dumps(body))


def answer(needed: object = True, confidence: object = 0.9, reason: object = "asks for a person") -> Reply:
    """A chat completion that answers in the form asked for, with these values of any type."""
    return completion(json.dumps({"handover_needed": needed, "confidence": confidence, "reason": reason}))


def error(status: int, *, retry_after: str | None = None, code: str | None = None) -> Reply:
    """An error as the API sends it."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Reply(status, json.dumps({"error": {"message": "no", "type": "error", "code": code}}), headers)


def dropped() -> Reply:
    """The connection is closed without a reply."""
    return Reply(body=None)


def held(until: threading.Event, reply: Reply | None = None) -> Reply:
    """A reply that waits for the event."""
    then = reply or answer()
    return Reply(then.status, then.body, then.headers, until)


class FakeOpenAI:
    """A server for `with`. Replies come from `script`, in the order of requests, and then from `judge`.

    `judge` is given the message's text. `requests` is what was asked, `peak` how many were under way at most.
    """

    def __init__(self, *script: Reply, judge: Callable[[str], Reply] = lambda _: answer()) -> None:
        self.script = deque(script)
        self.judge = judge
        self.requests: list[Asked] = []
        self.peak = 0
        self._active = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply_to(self, asked: Asked) -> Reply:
        """The reply to a request; counts it as under way until `done`."""
        with self._lock:
            self.requests.append(asked)
            self._active += 1
            self.peak = max(self.peak, self._active)
            if self.script:
                return self.script.popleft()
        return self.judge(json.loads(asked.user)["message"])

    def done(self) -> None:
        with self._lock:
            self._active -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body are two writes; without this, the second waits for the first's acknowledgement.
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = fake.reply_to(Asked(self.path, headers, body))
                try:
                    if reply.until is not None:
                        reply.until.wait(_PATIENCE)
                finally:
                    fake.done()
                if reply.body is None:
                    self.close_connection = True
                    return
                content = reply.body.encode()
                try:
                    self.send_response(reply.status)
                    for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    # The client gave up meanwhile.
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Tests print nothing."""

        return Handler
