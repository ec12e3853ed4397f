"""When a failed attempt is made again, and when no more.

Full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015): the wait is any time up to a bound
that grows, so that rows which failed together do not come back together.
"""

from __future__ import annotations

from typing import Final

__all__ = ["LONGEST_ASKED", "MAX_ATTEMPTS", "wait_before_next"]

# With the bounds below, 12 attempts spread over 22.5 hours on average, and over 45 at most.
MAX_ATTEMPTS: Final = 12

_FIRST_BOUND: Final = 10.0
_GROWTH: Final = 3.0
_LONGEST_BOUND: Final = 12 * 3600.0

# Seconds. A target that asks to be left alone for longer is tried again all the same.
LONGEST_ASKED: Final = 24 * 3600.0


def wait_before_next(attempt: int, chance: float) -> float:
    """Seconds to wait after attempt number `attempt`, from 1, has failed; `chance` is from 0 to 1.

    The bound is 10 s after the first, then three times as long each time: 30 s, 90 s, 4.5 min, 13.5 min, 40.5 min, 2 h,
    6 h, and from then on 12 h.
    """
    return chance * min(_FIRST_BOUND * _GROWTH ** (attempt - 1), _LONGEST_BOUND)
