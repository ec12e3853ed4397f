"""How many rows a target takes in a time: a token bucket, so that a limit is kept and not run into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from handover_rules.errors import UsageError

__all__ = ["Rate", "TokenBucket", "read_rates"]

_WRITTEN: Final = re.compile(r"([0-9]{1,6})/(s|m)")

# Seconds' worth of rows that may go at once. With it any 4/s sends one at a time, and 40/s need no 40 looks a second.
_BURST: Final = 0.25


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `rows` in `seconds`, evenly."""

    rows: int
    seconds: float = 1.0

    @property
    def a_second(self) -> float:
        return self.rows / self.seconds


class TokenBucket:
    """Says how many rows may go now. A burst is what a quarter of a second brings, and one row at least."""

    def __init__(self, rate: Rate, now: datetime) -> None:
        self._a_second = rate.a_second
        self._full = max(1.0, self._a_second * _BURST)
        self._tokens = self._full
        self._as_of = now

    def available(self, now: datetime) -> int:
        """How many rows may go now."""
        # A clock that was set back takes nothing away.
        passed = max(0.0, (now - self._as_of).total_seconds())
        self._tokens = min(self._full, self._tokens + passed * self._a_second)
        self._as_of = now
        # Sums of fractions come out a little below the whole.
        return int(self._tokens + 1e-6)

    def wait(self, now: datetime) -> float:
        """Seconds until a row may go."""
        return 0.0 if self.available(now) else (1.0 - self._tokens) / self._a_second

    def take(self, rows: int) -> None:
        """These many rows go, of those that were available."""
        self._tokens -= rows


def read_rates(written: str, names: frozenset[str]) -> dict[str, Rate]:
    """Rates by target: `slack=1/s, reply=30/m`. Raises UsageError for what is none, and for targets not in `names`."""
    rates = {}
    for part in filter(None, (part.strip() for part in written.split(","))):
        name, _, rate = (text.strip() for text in part.partition("="))
        found = _WRITTEN.fullmatch(rate)
        if name not in names:
            raise UsageError(f"HANDOVER_RATES: there is no target {name!r}; there are {', '.join(sorted(names))}")
        if found is None or not int(found[1]):
            raise UsageError(f"HANDOVER_RATES: {part!r} is no rate; write {name}=2/s or {name}=30/m")
        rates[name] = Rate(int(found[1]), 1.0 if found[2] == "s" else 60.0)
    return rates
