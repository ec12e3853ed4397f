"""A small OpenAI-compatible chat server on 127.0.0.1 whose every reply a test decides."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests import servers
from tests.servers import LocalServer, Received, Reply, dropped

__all__ = ["Asked", "FakeOpenAI", "Reply", "answer", "completion", "dropped", "error", "held"]


@dataclass(frozen=True)
class Asked(Received):
    """A request that the server got: `system` and `user` are its two messages."""

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


def held(until: threading.Event, reply: Reply | None = None) -> Reply:
    """A reply that waits for the event."""
    return servers.held(until, reply or answer())


class FakeOpenAI(LocalServer):
    """A server for `with`. Replies come from `script`, in the order of requests, and then from `judge`.

    `judge` is given the message's text. `requests` is what was asked, `peak` how many were under way at most.
    """

    def __init__(self, *script: Reply, judge: Callable[[str], Reply] = lambda _: answer()) -> None:
        super().__init__(*script, otherwise=lambda received: judge(json.loads(_asked(received).user)["message"]))

    @property
    def requests(self) -> list[Asked]:
        return [asked for asked in self.received if isinstance(asked, Asked)]

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def reply_to(self, received: Received) -> Reply:
        return super().reply_to(_asked(received))


def _asked(received: Received) -> Asked:
    return Asked(received.path, received.headers, received.content)
