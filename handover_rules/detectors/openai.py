"""The detector that asks an OpenAI-compatible chat model whether a message needs a person.

Importing this module takes over a second; `build_detectors` does so only where needed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from handover_rules.detectors.base import Query
from handover_rules.detectors.breaker import Breaker
from handover_rules.detectors.chat_model import ChatModel, Failure, connect
from handover_rules.detectors.openai_request import DEFAULT_BASE_URL, Prompt, openai_fingerprint, user_message
from handover_rules.detectors.reasons import BAD_PROMPT, CIRCUIT_OPEN, OVER_BUDGET, TIMED_OUT
from handover_rules.detectors.retries import Pacing
from handover_rules.detectors.samples import share_of_samples
from handover_rules.detectors.spend_ledger import SpendLedger
from handover_rules.detectors.spending import Account, Spending
from handover_rules.errors import DetectorError, TemplateFailed
from handover_rules.signals import Score, Signal, Unavailable

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from handover_rules.detectors.calibration import Calibration
    from handover_rules.ruleset import OpenAISpec

__all__ = ["OpenAIDetector"]

_log = logging.getLogger(__name__)

# A message without text asks for nobody; there is nothing that a model could add.
_NOTHING_SAID: Final = Score(0.0, needed=False, confidence=1.0, reason="the message has no text")


@dataclass(frozen=True, slots=True)
class _PerLoop:
    """What is bound to one event loop: connections and the limit on questions under way."""

    client: AsyncOpenAI
    limit: asyncio.Semaphore


class OpenAIDetector:
    """Asks a chat model. The score is its confidence where it says that a person is needed, else 0; with
    `confidence` `logprob` or `samples`, it is the probability that a person is needed. `calibration` is applied to it.

    An object may be used from several event loops, one after the other or at once: connections and the
    concurrency limit belong to the loop they are used in, so call `close` in each loop before it ends. The circuit
    breaker, the budget and what was learnt about the server are the object's. `spend_folder` keeps what was spent in a
    day for the next process (None: it is forgotten with the object). `base_url` None is OpenAI. Raises DetectorError
    for a prompt, key or address that cannot work.
    """

    remote = True

    def __init__(
        self,
        spec: OpenAISpec,
        *,
        api_key: str,
        base_url: str | None = None,
        pacing: Pacing | None = None,
        spend_folder: Path | None = None,
        calibration: Calibration | None = None,
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
        self._calibration = calibration
        pacing = pacing or Pacing()
        ledger = SpendLedger(spend_folder, spec.name)
        self._account = Account(spec.prices, spec.daily_budget, ledger, pacing.now)
        self._breaker = Breaker(pacing.clock)
        self._model = ChatModel(spec, self._account, pacing)
        self._prompt = Prompt(spec.prompt, spec.prompt_file)
        self._per_loop: dict[asyncio.AbstractEventLoop, _PerLoop] = {}

    @property
    def usage(self) -> Spending:
        """What was used up to now."""
        return self._account.spending

    @property
    def trouble(self) -> str | None:
        """Why nobody is asked for now, as a code of `REASONS`; None while the circuit is closed."""
        return self._breaker.trouble

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        """One signal a query, in order; all are asked at once, up to `max_concurrency` in this event loop.

        `timeout_ms` bounds each answer, samples and retries included, from the moment when its turn comes.
        """
        here = self._in_this_loop()
        async with asyncio.TaskGroup() as tasks:
            answers = [tasks.create_task(self._answer(here, query)) for query in queries]
        signals = [answer.result() for answer in answers]
        return self._calibration.of(signals) if self._calibration is not None else signals

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
            client = connect(self._api_key, self._base_url)
            here = self._per_loop[loop] = _PerLoop(client, asyncio.Semaphore(self._spec.max_concurrency))
        return here

    async def _answer(self, here: _PerLoop, query: Query) -> Signal:
        if not query.text.strip():
            return _NOTHING_SAID
        try:
            system = self._prompt.system_message(query.context, query.language)
        except TemplateFailed:
            return self._unavailable(Failure(BAD_PROMPT), 0.0)
        user = user_message(query)
        async with here.limit:
            if not self._breaker.admits():
                return self._unavailable(Failure(CIRCUIT_OPEN), 0.0)
            # Each sample is a request of its own, since most compatible endpoints do not know the parameter `n`.
            async with asyncio.TaskGroup() as tasks:
                samples = [
                    tasks.create_task(self._sample(here.client, system, user)) for _ in range(self._spec.samples or 1)
                ]
            said = [sample.result() for sample in samples]
            signal = said[0] if self._spec.samples is None else share_of_samples(said)
            if signal != Unavailable(OVER_BUDGET):  # nobody was asked
                self._breaker.heard(signal.reason if isinstance(signal, Unavailable) else None)
        return signal

    async def _sample(self, client: AsyncOpenAI, system: str, user: str) -> Signal:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._spec.timeout_ms / 1000) as deadline:
                answer = await self._model.answer(client, system, user, deadline)
        except TimeoutError:
            answer = Failure(TIMED_OUT)
        took = time.perf_counter() - began
        if isinstance(answer, Failure):
            return self._unavailable(answer, took)
        if isinstance(answer, Unavailable):
            return self._unavailable(Failure(answer.reason, 200), took)
        _log.debug("detector %s answered in %.0f ms", self.name, took * 1000)
        return answer

    def _unavailable(self, failure: Failure, seconds: float) -> Unavailable:
        _log.warning(
            "detector %s gave no answer: %s (status %s, after %.0f ms)",
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
