"""Posting to an address outside: one attempt, with a hard deadline, and what its answer means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

import httpx2

from handover_rules.detectors.retries import asked_wait
from handover_rules.errors import UsageError
from service.clock import utc_now
from service.outbox.targets import Outcome, Refused, Retry, Sent

__all__ = ["DEADLINE", "Answer", "Endpoint", "open_client"]

# Seconds for one attempt, from looking up the name to the end of the answer.
DEADLINE: Final = 10.0

# Statuses below 500 that may go otherwise the next time.
_PASSING: Final = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        # An attempt with the same idempotency key is under way there: draft-ietf-httpapi-idempotency-key-header, 2.6.
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)

# Bytes of an answer that are read so that the connection can be used again. A longer answer closes it.
_READ_AT_MOST: Final = 65_536


def _without_addresses(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO


def open_client() -> httpx2.AsyncClient:
    """The HTTP client that all targets share; whoever opens it closes it, in the same event loop.

    It follows no redirects: what a customer wrote goes where the operator said, and nowhere else.
    """
    # The client logs the address of every request, and addresses are secrets here: who knows Slack's may post.
    logging.getLogger("httpx2").addFilter(_without_addresses)
    return httpx2.AsyncClient(
        # The deadline of an attempt covers all of it; the client's own timeouts begin anew with every byte.
        timeout=None,
        follow_redirects=False,
        headers={"User-Agent": "handover", "Accept-Encoding": "identity"},
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, how many seconds the server asked to be left alone, and the beginning of what it said."""

    status: int
    after: float | None
    content: bytes


class Endpoint:
    """An address to post to, JSON if the headers do not say otherwise. The address shows in no error, log or repr.

    `codes` are the answers, word for word, that errors may quote; of others they tell the status alone, since an answer
    may repeat what it was sent. Raises UsageError for an address that cannot be one; `name` is what to call it.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        url: str,
        *,
        name: str,
        codes: Collection[str] = (),
        deadline: float = DEADLINE,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        try:
            self._url = httpx2.URL(url)
        except httpx2.InvalidURL:
            # Not from the error, whose text quotes the address.
            self._url = httpx2.URL()
        if self._url.scheme not in ("http", "https") or not self._url.host:
            raise UsageError(f"the address of {name} is no web address; write one such as https://example.org/hook")
        self.deadline = deadline
        self._client = client
        self._codes = frozenset(codes)
        self._now = now

    async def post(self, content: bytes, headers: Mapping[str, str] | None = None) -> Outcome:
        """One attempt, and what came of it by the status alone."""
        answer = await self.ask(content, headers)
        return answer if isinstance(answer, Retry) else self.outcome(answer)

    async def ask(self, content: bytes, headers: Mapping[str, str] | None = None) -> Answer | Retry:
        """One attempt. Once there is a status it counts, whether or not the rest of the answer comes."""
        status, retry_after, said = None, None, b""
        try:
            async with (
                asyncio.timeout(self.deadline),
                self._client.stream(
                    "POST", self._url, content=content, headers={"Content-Type": "application/json", **(headers or {})}
                ) as response,
            ):
                status, retry_after = response.status_code, response.headers.get("Retry-After")
                said = await _beginning(response)
        except TimeoutError:
            if status is None:
                return Retry(None, f"no answer within {self.deadline:g} s")
        except httpx2.HTTPError as error:
            if status is None:
                return Retry(None, f"no answer: {_cause(error)}")
        assert status is not None
        return Answer(status, None if retry_after is None else asked_wait(retry_after, self._now()), said)

    def outcome(self, answer: Answer) -> Outcome:
        """What an answer's status means."""
        status = answer.status
        if 200 <= status < 300:
            return Sent()
        error = _status_line(status)
        if (code := answer.content.decode("ascii", "replace").strip()) in self._codes:
            error = f"{error}: {code}"
        if status >= 500 or status in _PASSING:
            return Retry(answer.after, error)
        return Refused(f"{error}: redirects are not followed" if status < 400 else error)


async def _beginning(response: httpx2.Response) -> bytes:
    """The first bytes of an answer, all of them if they are few."""
    read = bytearray()
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) > _READ_AT_MOST:
            break
    return bytes(read)


def _status_line(status: int) -> str:
    """The status in the words of RFC 9110, not in the server's."""
    try:
        return f"status {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"


def _cause(error: BaseException) -> str:
    """The kind of what went wrong at the bottom, such as ConnectionRefusedError; texts may hold addresses."""
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return type(error).__name__
