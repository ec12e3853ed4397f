"""What a paid detector uses: requests, tokens and money, and the budget that stops it.

A request is counted twice over. Before it is sent, the most that it can cost is held back, so that requests under way
together never go over the budget; afterwards what the provider reports in `usage` takes its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from handover_rules.detectors.foreign_json import member, number

if TYPE_CHECKING:
    from handover_rules.detectors.spend_ledger import SpendLedger
    from handover_rules.ruleset import Prices

__all__ = ["NOTHING", "Account", "Spending", "Tokens", "read_usage"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that were sent (`prompt`) and answered (`completion`)."""

    prompt: int
    completion: int


NOTHING: Final = Tokens(0, 0)


@dataclass(frozen=True, slots=True)
class Spending:
    """What a detector has used since it was built.

    `calls` are the requests sent, `retries` those of them that repeated a failed one, `metered` those whose tokens the
    provider reported; tokens are of these. `money` is in the unit of the detector's `prices` (None: it has none); a
    request that may have been billed and whose tokens nobody reported (an answer that came too late) counts at the most
    it can have cost.
    """

    calls: int = 0
    retries: int = 0
    metered: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    money: float | None = None


def read_usage(completion: object) -> Tokens | None:
    """The tokens that a chat completion, read from JSON, says it took; None where it does not."""
    prompt, answered = (number(member(completion, "usage", key)) for key in ("prompt_tokens", "completion_tokens"))
    if prompt is None or answered is None or prompt < 0 or answered < 0:
        return None
    return Tokens(round(prompt), round(answered))


class Account:
    """Counts a detector's requests, and holds them to its budget; safe to use from several threads.

    Several processes that share a ledger see each other's finished requests, and not those under way.
    """

    def __init__(
        self, prices: Prices | None, daily_budget: float | None, ledger: SpendLedger, now: Callable[[], datetime]
    ) -> None:
        self._prices = prices
        self._daily_budget = daily_budget
        self._ledger = ledger
        self._now = now
        self._lock = threading.Lock()
        self._held = 0.0
        self._spending = Spending(money=None if prices is None else 0.0)

    @property
    def spending(self) -> Spending:
        """What was used up to now."""
        return self._spending

    def open(self, at_most: Tokens, *, retry: bool) -> bool:
        """Whether a request that takes at most so many tokens may be sent. If so, `close` must follow."""
        with self._lock:
            price = self._price(at_most)
            if self._daily_budget is not None:
                spent = self._ledger.spent(self._today())
                if spent + self._held + price >= self._daily_budget:
                    return False
            self._held += price
            so_far = self._spending
            self._spending = replace(so_far, calls=so_far.calls + 1, retries=so_far.retries + retry)
            return True

    def close(self, at_most: Tokens, used: Tokens | None) -> None:
        """The request is over, and took so many tokens (None: nobody knows)."""
        with self._lock:
            self._held -= self._price(at_most)
            price = self._price(at_most if used is None else used)
            known = used or NOTHING
            so_far = self._spending
            self._spending = replace(
                so_far,
                metered=so_far.metered + (known != NOTHING),
                prompt_tokens=so_far.prompt_tokens + known.prompt,
                completion_tokens=so_far.completion_tokens + known.completion,
                money=None if so_far.money is None else so_far.money + price,
            )
            if self._daily_budget is not None and price:
                self._ledger.add(self._today(), price)

    def _price(self, tokens: Tokens) -> float:
        if self._prices is None:
            return 0.0
        return self._prices.of(tokens.prompt, tokens.completion)

    def _today(self) -> date:
        return self._now().astimezone(UTC).date()
