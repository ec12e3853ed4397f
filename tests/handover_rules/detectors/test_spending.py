from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from handover_rules.detectors.spend_ledger import SpendLedger
from handover_rules.detectors.spending import NOTHING, Account, Spending, Tokens, read_usage
from handover_rules.ruleset import Prices

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
# A question of a million tokens costs 1, an answer of as many 2.
PRICES = Prices(1.0, 2.0)
MILLION = Tokens(1_000_000, 0)


class Now:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


def account(
    budget: float | None = None, folder: Path | None = None, now: Now | None = None, prices: Prices | None = PRICES
) -> Account:
    return Account(prices, budget, SpendLedger(folder, "ai"), now or Now())


def test_requests_tokens_and_money_are_counted() -> None:
    one = account()
    assert one.spending == Spending(money=0.0)
    assert one.open(Tokens(9_000, 9_000), retry=False)
    one.close(Tokens(9_000, 9_000), NOTHING)
    assert one.open(Tokens(9_000, 9_000), retry=True)
    one.close(Tokens(9_000, 9_000), Tokens(1_000, 200))
    assert one.spending == Spending(
        calls=2, retries=1, metered=1, prompt_tokens=1_000, completion_tokens=200, money=0.0014
    )


def test_without_prices_there_is_no_money() -> None:
    one = account(prices=None)
    assert one.open(MILLION, retry=False)
    one.close(MILLION, Tokens(10, 5))
    assert one.spending == Spending(calls=1, metered=1, prompt_tokens=10, completion_tokens=5, money=None)


def test_what_nobody_reported_counts_at_the_most_it_can_cost() -> None:
    one = account()
    assert one.open(MILLION, retry=False)
    one.close(MILLION, None)
    assert one.spending == Spending(calls=1, money=1.0)


def test_a_request_that_could_reach_the_budget_is_not_sent() -> None:
    one = account(budget=3.0)
    assert one.open(MILLION, retry=False)
    assert one.open(MILLION, retry=False)
    # Two are under way: a third could make it 3.
    assert not one.open(MILLION, retry=False)
    one.close(MILLION, Tokens(500_000, 0))
    assert one.open(MILLION, retry=False)
    assert not one.open(MILLION, retry=False)
    assert one.spending.calls == 3


def test_a_day_is_one_of_utc_and_the_next_has_a_budget_of_its_own() -> None:
    now = Now()
    one = account(budget=1.5, now=now)
    assert one.open(MILLION, retry=False)
    one.close(MILLION, MILLION)
    # Still the first of March in UTC.
    now.time = datetime(2026, 3, 2, 1, 59, tzinfo=timezone(timedelta(hours=2)))
    assert not one.open(MILLION, retry=False)
    now.time += timedelta(minutes=1)
    assert one.open(MILLION, retry=False)


def test_a_restart_does_not_begin_the_budget_anew_and_a_new_day_does(tmp_path: Path) -> None:
    now = Now()
    one = account(1.5, tmp_path, now)
    assert one.open(MILLION, retry=False)
    one.close(MILLION, MILLION)
    again = account(1.5, tmp_path, now)
    assert not again.open(MILLION, retry=False)
    assert again.spending == Spending(money=0.0)
    now.time += timedelta(days=1)
    assert again.open(MILLION, retry=False)


def test_without_a_budget_nothing_is_written(tmp_path: Path) -> None:
    one = account(None, tmp_path)
    assert one.open(MILLION, retry=False)
    one.close(MILLION, MILLION)
    assert list(tmp_path.iterdir()) == []


def test_threads_together_stay_within_the_budget(tmp_path: Path) -> None:
    one = account(budget=50.5, folder=tmp_path)
    start = threading.Barrier(8, timeout=20)

    def spend() -> None:
        start.wait()
        for _ in range(20):
            if one.open(MILLION, retry=False):
                one.close(MILLION, MILLION)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.spending == Spending(calls=50, metered=50, prompt_tokens=50_000_000, money=50.0)
    assert SpendLedger(tmp_path, "ai").spent(NOON.date()) == 50.0


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}, Tokens(12, 3)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, NOTHING),
        ({"prompt_tokens": 12}, None),
        ({"prompt_tokens": 12, "completion_tokens": None}, None),
        ({"prompt_tokens": -1, "completion_tokens": 3}, None),
        ({"prompt_tokens": 12, "completion_tokens": -3}, None),
        ({"prompt_tokens": True, "completion_tokens": 3}, None),
        ({"prompt_tokens": 12, "completion_tokens": False}, None),
        ({"prompt_tokens": "12", "completion_tokens": 3}, None),
        ({"prompt_tokens": 10**400, "completion_tokens": 3}, None),
        ([], None),
        (None, None),
    ],
)
def test_usage_is_read_only_where_it_is_one(usage: object, tokens: Tokens | None) -> None:
    assert read_usage({"usage": usage}) == tokens
