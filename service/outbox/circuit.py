"""A circuit breaker for a target: while it fails, its rows wait without being tried, and one at a time looks again.

Without it every row that is owed would use up its attempts on a target that is away for a day, and a target that
struggles would be kept down by rows that come back (M. Nygard, Release It!, 2018).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

__all__ = ["FAILURES", "Circuit"]

# Failed attempts in a row. Of a target that fails one in ten, five in a row are one in 100,000.
FAILURES: Final = 5

# Seconds that a target is left alone after it opened, and after each row that found it failing still.
_FIRST_PAUSE: Final = 30.0
_GROWTH: Final = 2.0
_LONGEST_PAUSE: Final = 600.0


class Circuit:
    """Counts failed attempts in a row. Open, it lets nothing through until a pause is over, and then one row."""

    def __init__(self) -> None:
        self._failures = 0
        self._pauses = 0
        self._open_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    def wait(self, now: datetime) -> float:
        """Seconds until a row may go through."""
        return 0.0 if self._open_until is None else max(0.0, (self._open_until - now).total_seconds())

    def worked(self) -> bool:
        """The target answered, were it to refuse a row. True if that closes the circuit."""
        closes = self.is_open
        self._failures = self._pauses = 0
        self._open_until = None
        return closes

    def failed(self, now: datetime) -> float | None:
        """An attempt failed. The seconds that the target is left alone if that opens the circuit, or opens it again."""
        self._failures += 1
        # What was under way when it opened says nothing new.
        if self._failures < FAILURES or self.wait(now):
            return None
        pause = min(_FIRST_PAUSE * _GROWTH**self._pauses, _LONGEST_PAUSE)
        self._pauses += 1
        self._open_until = now + timedelta(seconds=pause)
        return pause
