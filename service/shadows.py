"""Shadow rulesets: they decide about the same messages as the live one, and nothing follows from it but a row."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision
from handover_rules.detectors import Absent, Detector, Query
from handover_rules.detectors.reasons import SHADOW
from handover_rules.errors import UsageError
from handover_rules.messages import Message
from handover_rules.settle import Settled, settle
from handover_rules.signals import Signal, Unavailable
from service.rules import Loaded, Reloading, Rules
from service.store.shadow_decisions import ShadowDecision, add_shadow_decisions
from service.store.tables import Tables
from service.store.writer import Writer

__all__ = ["LiveDecision", "Shadow", "Shadows", "read_shadows"]

_log = structlog.get_logger("service")

# Messages that wait for their shadows at most. More come in only where the machine is busy with better things.
_ROOM = 1_000

# Messages whose shadow decisions share a transaction.
_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Shadow:
    """A ruleset to begin with, and where newer ones come from."""

    loaded: Loaded
    reloading: Reloading | None = None


@dataclass(frozen=True, slots=True)
class LiveDecision:
    """What the live rules were asked, with the state before it, and what they heard and decided."""

    seq: int
    message: Message
    state: ConversationState
    now: datetime
    settled: Settled
    rules: Loaded


class Shadows:
    """Decides again by each shadow ruleset, after the live decision and one message at a time.

    No remote detector is asked: what the live decision heard counts where it comes from the same detector, by its
    fingerprint, and otherwise a remote one is unavailable. `dropped` counts the messages that found no room.
    """

    def __init__(
        self,
        rules: Mapping[str, Rules],
        writer: Writer,
        tables: Tables,
        clock: Callable[[], datetime],
        room: int = _ROOM,
    ) -> None:
        self.rules = rules
        self.dropped = 0
        self._writer = writer
        self._tables = tables
        self._clock = clock
        self._room = room
        self._waiting: deque[LiveDecision] = deque()
        self._news = asyncio.Event()

    def take(self, live: LiveDecision) -> None:
        """Have a message decided later. Where too many wait, the one that has waited longest is dropped."""
        if not self.rules:
            return
        self._waiting.append(live)
        if len(self._waiting) > self._room:
            self._waiting.popleft()
            self.dropped += 1
        self._news.set()

    async def run(self) -> None:
        """Decide what comes, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            await self.catch_up()

    async def catch_up(self) -> None:
        """Decide everything that waits."""
        while self._waiting:
            decided: list[ShadowDecision] = []
            for _ in range(min(_TOGETHER, len(self._waiting))):
                live = self._waiting.popleft()
                for name in self.rules:
                    with suppress(_Failed):
                        decided.append(await self._decide(name, live))
                # Whoever else is ready goes first.
                await asyncio.sleep(0)
            await self._write(decided)

    async def _decide(self, name: str, live: LiveDecision) -> ShadowDecision:
        heard = {
            live.rules.detectors[detector].fingerprint: signal
            for detector, signal in live.settled.signals.items()
            if not isinstance(live.rules.detectors[detector], Absent)
        }
        try:
            with self.rules[name].using() as rules:
                asked = {known: _Overhearing(detector, heard) for known, detector in rules.detectors.items()}
                settled = await settle(rules.engine, asked, live.message, live.state, now=live.now)
        except Exception as error:  # a shadow may be as wrong as it likes; not its text, which may quote the customer
            _log.error("shadow_failed", shadow=name, seq=live.seq, error=type(error).__name__)
            raise _Failed from error
        decision: Decision = settled.decision
        return ShadowDecision(live.seq, name, decision, settled.signals, self._clock())

    async def _write(self, decided: Sequence[ShadowDecision]) -> None:
        try:
            await self._writer.run(partial(add_shadow_decisions, tables=self._tables, decided=decided))
        except Exception as error:
            # The comparison lacks these; what counts was written before.
            self.dropped += len({one.inbox_seq for one in decided})
            _log.warning("shadows_not_stored", rows=len(decided), error=type(error).__name__)


class _Failed(Exception):
    """A shadow could not decide; it was said."""


class _Overhearing:
    """A detector of a shadow: what was heard by the same one, else its own answer where asking costs nothing."""

    def __init__(self, detector: Detector, heard: Mapping[str, Signal]) -> None:
        self.name = detector.name
        self.fingerprint = detector.fingerprint
        self.remote = False
        self._detector = detector
        self._heard = heard.get(detector.fingerprint)

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        if self._heard is not None:
            return [self._heard for _ in queries]
        if self._detector.remote:
            return [Unavailable(SHADOW) for _ in queries]
        return await self._detector.ask(queries)

    async def close(self) -> None:
        """The detector itself belongs to the rules."""


def read_shadows(named: Sequence[str]) -> dict[str, Path]:
    """Shadow rulesets that are written as NAME=PATH. Raises UsageError for one that is not, and for a name twice."""
    found: dict[str, Path] = {}
    for one in named:
        name, _, path = (part.strip() for part in one.partition("="))
        if not name or not path:
            raise UsageError(f"the shadow ruleset {one!r} is not written as NAME=PATH, such as strict=strict.yaml")
        if name in found:
            raise UsageError(f"two shadow rulesets are called {name!r}; their decisions could not be told apart")
        found[name] = Path(path)
    return found
