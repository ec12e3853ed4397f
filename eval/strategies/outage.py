"""An AI that is down for a share of its calls: the same calls in every run, whichever ruleset makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handover_rules.detectors import Detector, Query
from handover_rules.signals import Signal, Unavailable

__all__ = ["DOWN", "Outage"]

DOWN = "down"
"""Why a detector did not answer, where it was made to be down."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A detector that does not answer `share` (0 to 1) of the questions; which ones, their keys say."""

    detector: Detector
    share: float

    @property
    def name(self) -> str:
        return self.detector.name

    @property
    def fingerprint(self) -> str:
        return self.detector.fingerprint

    @property
    def remote(self) -> bool:
        return self.detector.remote

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        """One signal a query, in order; the detector is asked only what it answers."""
        up = [query for query in queries if not self._is_down(query)]
        answers = iter(await self.detector.ask(up))
        return [Unavailable(DOWN) if self._is_down(query) else next(answers) for query in queries]

    async def close(self) -> None:
        """Closes the detector."""
        await self.detector.close()

    def _is_down(self, query: Query) -> bool:
        return int(query.key()[:8], 16) < self.share * 16**8
