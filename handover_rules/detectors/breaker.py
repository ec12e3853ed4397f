"""A circuit breaker: a service that fails again and again is left alone for a while.

While it fails, every message would wait for its deadline before the rules decide without the AI; and requests
that pile up keep a struggling service down (M. Nygard, Release It!, 2018).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from handover_rules.detectors.reasons import RATE_LIMITED, SERVER_ERROR, TIMED_OUT, UNREACHABLE

__all__ = ["COOLING", "FAILURES", "Breaker"]

# Failed answers in a row, each with its retries. Of a service that fails one in ten, five in a row are one in 100,000.
FAILURES: Final = 5

# Seconds. Long enough to spare the service, and short enough that few messages miss the AI after it has recovered.
COOLING: Final = 30.0

# What says that the service is in trouble. An answer that was refused or is no good says that it works.
_TROUBLE: Final = frozenset({TIMED_OUT, RATE_LIMITED, SERVER_ERROR, UNREACHABLE})


class Breaker:
    """Counts failures in a row; safe to use from several threads. `clock` gives seconds that only ever go up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0
        self._last = ""

    @property
    def trouble(self) -> str | None:
        """The reason of the last failure of a service that is left alone; None while it may be asked."""
        with self._lock:
            return self._last if self._failures >= FAILURES else None

    def admits(self) -> bool:
        """Whether the service may be asked. Once in a cooling time it may be, and that question is the probe."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            now = self._clock()
            if now < self._rests_until:
                return False
            # A cooling time of its own for the probe: nobody has to say that it was given up.
            self._rests_until = now + COOLING
            return True

    def heard(self, reason: str | None) -> None:
        """What became of a question that was admitted: the reason why there is no answer, None for an answer."""
        with self._lock:
            if reason is None or reason not in _TROUBLE:
                self._failures = 0
                return
            self._last = reason
            self._failures += 1
            if self._failures == FAILURES:
                self._rests_until = self._clock() + COOLING
