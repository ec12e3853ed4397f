"""The detector that asks an OpenAI-compatible chat model whether a message needs a person.

The SDK is used without its own retries: it would sleep past our deadline where a Retry-After is long, and
answers a Retry-After of 0 with a backoff. Importing this module takes over a second; `build_detectors` does
so only where needed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from openai import APIConnectionError, APIStatusError, AsyncOpenAI

from handover_rules.detectors.answer_format import read_completion
from handover_rules.detectors.base import Query
from handover_rules.detectors.openai_request import (
    DEFAULT_BASE_URL,
    MAX_TOKENS,
    TEMPERATURE,
    Prompt,
    openai_fingerprint,
    user_message,
)
from handover_rules.detectors.reasons import (
    BAD_PROMPT,
    RATE_LIMITED,
    REFUSED,
    REJECTED,
    SERVER_ERROR,
    TIMED_OUT,
    UNAUTHORISED,
    UNREACHABLE,
)
from handover_rules.detectors.retries import Pacing
from handover_rules.errors import DetectorError, TemplateFailed
from handover_rules.signals import Score, Signal, Unavailable

if TYPE_CHECKING:
    from handover_rules.ruleset import OpenAISpec

__all__ = ["OpenAIDetector"]

_log = logging.getLogger(__name__)

_WORTH_A_RETRY: Final = frozenset({RATE_LIMITED, SERVER_ERROR, UNREACHABLE})

# A message without text asks for nobody; there is nothing that a model could add.
_NOTHING_SAID: Final = Score(0.0, needed=False, confidence=1.0, reason="the message has no text")


@dataclass(frozen=True, slots=True)
class _Failure:
    """One try that failed."""

    reason: str
    status: int | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class _PerLoop:
    """What is bound to one event loop: connections and the limit on requests under way."""

    client: AsyncOpenAI
    limit: asyncio.Semaphore


class OpenAIDetector:
    """Asks a chat model; score = its confidence where it says that a person is needed, else 0.

    An object may be used from several event loops, one after the other or at once: connections and the
    concurrency limit belong to the loop they are used in, so call `close` in each loop before it ends.
    `base_url` None is OpenAI. Raises DetectorError for a prompt, key or address that cannot work.
    """

    remote = True

    def __init__(
        self, spec: OpenAISpec, *, api_key: str, base_url: str | None = None, pacing: Pacing | None = None
    ) -> None:
        if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
            raise DetectorError("OPENAI_API_KEY is empty or holds characters that no key has: copy it again")
        self._base_url = base_url or DEFAULT_BASE_URL
        if not _is_web_address(self._base_url):
            raise DetectorError("OPENAI_BASE_URL is not a web address; write one such as https://example.org/v1")
        self.name = spec.name
        self.fingerprint = openai_fingerprint(spec, base_url)
        self._spec = spec
        self._api_key = api_key
        self._pacing = pacing or Pacing()
        self._prompt = Prompt(spec.prompt, spec.prompt_file)
        self._per_loop: dict[asyncio.AbstractEventLoop, _PerLoop] = {}

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        """One signal a query, in order; all are asked at once, up to `max_concurrency` in this event loop.

        `timeout_ms` bounds each answer, retries included, from the moment when its turn comes.
        """
        here = self._in_this_loop()
        async with asyncio.TaskGroup() as tasks:
            answers = [tasks.create_task(self._answer(here, query)) for query in queries]
        return [answer.result() for answer in answers]

    async def close(self) -> None:
        """Closes the connections of the running event loop."""
        here = self._per_loop.pop(asyncio.get_running_loop(), None)
        if here is not None:
            await here.client.close()

    def _in_this_loop(self) -> _PerLoop:
        loop = asyncio.get_running_loop()
        here = self._per_loop.get(loop)
        if here is None:
            # A copy of the keys, since another thread's loop may add its own meanwhile.
            for other in list(self._per_loop):
                if other.is_closed():
                    self._per_loop.pop(other, None)
            # No timeout of the SDK's own: the deadline of the whole answer covers each try.
            try:
                client = AsyncOpenAI(api_key=self._api_key, base_url=self._base_url, max_retries=0, timeout=None)
            except Exception as error:
                # Whatever the HTTP client makes of the environment. Its words may hold a proxy's password.
                raise DetectorError(
                    "no connection can be set up from the environment; correct HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, "
                    f"SSL_CERT_FILE or SSL_CERT_DIR ({type(error).__name__})"
                ) from None
            here = self._per_loop[loop] = _PerLoop(client, asyncio.Semaphore(self._spec.max_concurrency))
        return here

    async def _answer(self, here: _PerLoop, query: Query) -> Signal:
        if not query.text.strip():
            return _NOTHING_SAID
        try:
            system = self._prompt.system_message(query.context, query.language)
        except TemplateFailed:
            return self._unavailable(_Failure(BAD_PROMPT), 0.0)
        async with here.limit:
            began = time.perf_counter()
            try:
                async with asyncio.timeout(self._spec.timeout_ms / 1000) as deadline:
                    answer = await self._with_retries(here.client, system, user_message(query), deadline)
            except TimeoutError:
                answer = _Failure(TIMED_OUT)
            took = time.perf_counter() - began
        if isinstance(answer, _Failure):
            return self._unavailable(answer, took)
        if isinstance(answer, Unavailable):
            return self._unavailable(_Failure(answer.reason, 200), took)
        _log.debug("detector %s answered in %.0f ms", self.name, took * 1000)
        return answer

    async def _with_retries(
        self, client: AsyncOpenAI, system: str, user: str, deadline: asyncio.Timeout
    ) -> Signal | _Failure:
        """An answer, or the failure after which there was no try or no time left."""
        retry = 0
        while True:
            answer = await self._try(client, system, user)
            if not isinstance(answer, _Failure) or answer.reason not in _WORTH_A_RETRY:
                return answer
            wait = self._pacing.wait(retry, answer.retry_after)
            ends = deadline.when()
            if retry == self._spec.max_retries or (
                ends is not None and asyncio.get_running_loop().time() + wait >= ends
            ):
                return answer
            await self._pacing.sleep(wait)
            retry += 1

    async def _try(self, client: AsyncOpenAI, system: str, user: str) -> Signal | _Failure:
        try:
            response = await client.chat.completions.with_raw_response.create(
                model=self._spec.model,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": user}],
                response_format={"type": "json_object"},
                temperature=TEMPERATURE,
                # Compatible endpoints know this name; most do not know its successor, max_completion_tokens.
                max_tokens=MAX_TOKENS,
            )
        except APIStatusError as error:
            return _Failure(_reason(error), error.status_code, error.response.headers.get("retry-after"))
        except APIConnectionError:
            return _Failure(UNREACHABLE)
        # Read from the text: the SDK's objects are not validated, and may hold values of any type.
        return read_completion(response.text)

    def _unavailable(self, failure: _Failure, seconds: float) -> Unavailable:
        _log.warning(
            "detector %s is unavailable: %s (status %s, after %.0f ms)",
            self.name,
            failure.reason,
            failure.status,
            seconds * 1000,
        )
        return Unavailable(failure.reason)


def _is_web_address(url: str) -> bool:
    try:
        address = urlsplit(url)
        # Reading the port checks it.
        return address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:
        return False


def _reason(error: APIStatusError) -> str:
    match error.status_code:
        case 401 | 403:
            return UNAUTHORISED
        case 429:
            return RATE_LIMITED
        case 408 | 409:
            return SERVER_ERROR
        case status if status >= 500:
            return SERVER_ERROR
        case _:
            # Some providers filter before the model sees the message, and answer with a 400.
            return REFUSED if error.code == "content_filter" else REJECTED
