"""A small OpenAI-compatible chat server on 127.0.0.1 whose every reply a test decides."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests import servers
from tests.servers import LocalServer, Received, Reply, dropped

__all__ = ["Asked", "FakeOpenAI", "Reply", "answer", "completion", "dropped", "error", "held", "token", "weighed"]


@dataclass(frozen=True)
class Asked(Received):
    """A request that the server got: `system` and `user` are its two messages."""

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def user(self) -> str:
        return str(self.body["messages"][1]["content"])


def completion(
    content: object,
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: object = None,
    tokens: object = None,
) -> Reply:
    """A chat completion with this content, whatever it is; `usage` and `tokens` (with their logprobs) likewise."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    logprobs = None if tokens is None else {"content": tokens}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": logprobs}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return Reply(body=json.dumps(body | ({} if usage is None else {"usage": usage})))


def answer(
    needed: object = True,
    confidence: object = 0.9,
    reason: object = "asks for a person",
    *,
    took: tuple[object, object] | None = None,
) -> Reply:
    """A chat completion that answers in the form asked for, with these values of any type.

    `took` are the tokens of question and answer that it reports.
    """
    usage = None if took is None else {"prompt_tokens": took[0], "completion_tokens": took[1]}
    return completion(_content(needed, confidence, reason), usage=usage)


def token(text: str, likely: float = 1.0, among: Mapping[str, float] | None = None) -> dict[str, object]:
    """A token of a completion and its probability, `among` the alternatives and theirs."""

    def one(text: str, likely: float) -> dict[str, object]:
        return {"token": text, "logprob": math.log(likely), "bytes": list(text.encode())}

    return one(text, likely) | {"top_logprobs": [one(*other) for other in (among or {text: likely}).items()]}


def weighed(needed: bool, among: Mapping[str, float], confidence: float = 0.9) -> Reply:
    """An answer whose value of `handover_needed` was chosen `among` these tokens, each with its probability."""
    content = _content(needed, confidence, "asks for a person")
    written = " true" if needed else " false"
    before, after = content.split(written, 1)
    pieces = [token(piece) for piece in re.findall(r"\w+|\W", before)]
    rest = [token(piece) for piece in re.findall(r"\w+|\W", after)]
    return completion(content, tokens=[*pieces, token(written, among.get(written, 0.5), among), *rest])


def _content(needed: object, confidence: object, reason: object) -> str:
    return json.dumps({"handover_needed": needed, "confidence": confidence, "reason": reason})


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
