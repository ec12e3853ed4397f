"""How long to wait before asking a provider again, and the clocks that this goes by."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ["Pacing", "asked_wait"]

# Seconds. Doubled from retry to retry; small beside a usual deadline of 4 s.
_FIRST_BACKOFF: Final = 0.25
_MAX_BACKOFF: Final = 8.0

# RFC 9110, 10.2.3 allows whole seconds only; some gateways send fractions.
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pacing:
    """The time and chance that a detector depends on; a test puts its own here.

    `now` is the time of day, `clock` seconds that only ever go up, `jitter` gives 0 to 1.
    """

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], datetime] = _utc_now
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random

    def wait(self, retry: int, retry_after: str | None) -> float:
        """Seconds to wait before retry number `retry` (from 0): what the server asks for, or else a backoff.

        The backoff doubles from 0.25 s up to 8 s, less up to a half of it by chance, so that clients who
        failed together do not come back together.
        """
        asked = asked_wait(retry_after, self.now()) if retry_after is not None else None
        if asked is not None:
            return asked
        backoff = min(_FIRST_BACKOFF * 2.0 ** min(retry, 32), _MAX_BACKOFF)
        return backoff * (1 - self.jitter() / 2)


def asked_wait(retry_after: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header, of seconds or an HTTP date, asks for; None where it is neither."""
    if _SECONDS.fullmatch(retry_after.strip()):
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    # A date without a zone is in UTC, as HTTP dates are.
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
