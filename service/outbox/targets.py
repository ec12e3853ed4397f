"""What a target is, and what can become of an attempt to send to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from service.outbox.leasing import Leased
from service.outbox.rate import Rate

__all__ = ["Outcome", "Refused", "Retry", "Sent", "Target"]


@dataclass(frozen=True, slots=True)
class Sent:
    """The target has it. `external_id` is what it calls it, None if it did not say."""

    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `after` is how many seconds the target asked to be left alone, None if it did not say."""

    after: float | None
    error: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: the same again would be refused again."""

    error: str


Outcome: TypeAlias = Sent | Retry | Refused


class Target(Protocol):
    """Somewhere outside. `error` of an outcome holds no address, secret or text of a customer: it is stored and logged.

    An attempt ends within `deadline` seconds: the row is leased for a little longer than that. `rate` is how many it
    takes, unless the operator says otherwise.
    """

    @property
    def deadline(self) -> float: ...

    @property
    def rate(self) -> Rate: ...

    async def send(self, row: Leased) -> Outcome:
        """One attempt. It may be a repeated one, of which the first was received: `row.key` is the same then."""
        ...
