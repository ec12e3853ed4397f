"""Asking a chat model once: the request, its retries, the form of its answer, and what it costs.

The one module that imports the SDK, which takes over a second. The SDK is used without its own retries: it would
sleep past our deadline where a Retry-After is long, and answers a Retry-After of 0 with a backoff.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openai import APIConnectionError, APIStatusError, AsyncOpenAI

from handover_rules.detectors.answer_format import read_completion
from handover_rules.detectors.foreign_json import strict_json
from handover_rules.detectors.logprobs import read_by_logprob
from handover_rules.detectors.openai_request import by_schema, max_tokens, request
from handover_rules.detectors.reasons import (
    OVER_BUDGET,
    RATE_LIMITED,
    REFUSED,
    REJECTED,
    SERVER_ERROR,
    UNAUTHORISED,
    UNREACHABLE,
)
from handover_rules.detectors.spending import NOTHING, Account, Tokens, read_usage
from handover_rules.errors import DetectorError
from handover_rules.signals import Signal

if TYPE_CHECKING:
    from handover_rules.detectors.retries import Pacing
    from handover_rules.ruleset import OpenAISpec

__all__ = ["ChatModel", "Failure", "connect"]

_log = logging.getLogger(__name__)

_WORTH_A_RETRY: Final = frozenset({RATE_LIMITED, SERVER_ERROR, UNREACHABLE})

# How servers say that they do not know a JSON Schema: OpenAI with the first, frameworks that check requests with both.
_NOT_UNDERSTOOD: Final = frozenset({400, 422})


@dataclass(frozen=True, slots=True)
class Failure:
    """One try that failed."""

    reason: str
    status: int | None = None
    retry_after: str | None = None


def connect(api_key: str, base_url: str) -> AsyncOpenAI:
    """Connections for the running event loop. Raises DetectorError for an environment that allows none."""
    # No timeout of the SDK's own: the deadline of the whole answer covers each try.
    try:
        return AsyncOpenAI(api_key=api_key, base_url=base_url, max_retries=0, timeout=None)
    except Exception as error:
        # Whatever the HTTP client makes of the environment. Its words may hold a proxy's password.
        raise DetectorError(
            "no connection can be set up from the environment; correct HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, "
            f"SSL_CERT_FILE or SSL_CERT_DIR ({type(error).__name__})"
        ) from None


class ChatModel:
    """The model of a detector; `account` is told of every request. Safe to use from several event loops."""

    def __init__(self, spec: OpenAISpec, account: Account, pacing: Pacing) -> None:
        self._spec = spec
        self._account = account
        self._pacing = pacing
        self._by_schema = by_schema(spec)
        self._read = read_by_logprob if spec.confidence == "logprob" else read_completion

    async def answer(self, client: AsyncOpenAI, system: str, user: str, deadline: asyncio.Timeout) -> Signal | Failure:
        """An answer, or the failure after which there was no try or no time left."""
        retry = 0
        while True:
            answer = await self._try(client, system, user, retry=retry > 0)
            if not isinstance(answer, Failure) or answer.reason not in _WORTH_A_RETRY:
                return answer
            wait = self._pacing.wait(retry, answer.retry_after)
            ends = deadline.when()
            if retry == self._spec.max_retries or (
                ends is not None and asyncio.get_running_loop().time() + wait >= ends
            ):
                return answer
            await self._pacing.sleep(wait)
            retry += 1

    async def _try(self, client: AsyncOpenAI, system: str, user: str, *, retry: bool) -> Signal | Failure:
        """One request; a second one in JSON mode where the server does not understand the schema."""
        schema = self._by_schema
        answer = await self._send(client, system, user, schema=schema, retry=retry)
        if not schema or self._spec.answers != "auto" or not _not_understood(answer):
            return answer
        answer = await self._send(client, system, user, schema=False, retry=retry)
        # Where this one fails too, it may have been for something else.
        if not isinstance(answer, Failure):
            self._by_schema = False
            _log.info("detector %s: the server refuses a JSON Schema; from now on in JSON mode", self._spec.name)
        return answer

    async def _send(
        self, client: AsyncOpenAI, system: str, user: str, *, schema: bool, retry: bool
    ) -> Signal | Failure:
        sent = request(self._spec, system, user, schema=schema)
        # No token is shorter than a byte.
        at_most = Tokens(len(json.dumps(sent)), max_tokens(self._spec))
        if not self._account.open(at_most, retry=retry):
            return Failure(OVER_BUDGET)
        # Also where the deadline strikes, or the answer does not say what it took: it may have been billed.
        used: Tokens | None = None
        try:
            response = await client.chat.completions.with_raw_response.create(**sent)
            # Read from the text: the SDK's objects are not validated, and may hold values of any type.
            completion = strict_json(response.text)
            used = read_usage(completion)
            return self._read(completion)
        except APIStatusError as error:
            used = NOTHING
            return Failure(_reason(error), error.status_code, error.response.headers.get("retry-after"))
        except APIConnectionError:
            used = NOTHING
            return Failure(UNREACHABLE)
        finally:
            self._account.close(at_most, used)


def _not_understood(answer: Signal | Failure) -> bool:
    return isinstance(answer, Failure) and answer.reason == REJECTED and answer.status in _NOT_UNDERSTOOD


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
