from __future__ import annotations

import pytest

from handover_rules.errors import UsageError
from service.outbox.leasing import bury, finish
from service.outbox.tending import drop, entries, retry, retry_all
from tests.service.outbox.stage import NOON, Clock, Outbox


@pytest.fixture
def rows(outbox: Outbox) -> Outbox:
    """Rows of every status that a worker can leave: dead, sent, sending, waiting, not_configured."""
    outbox.owe("dead")
    outbox.write(bury, outbox.lease_one(), error="status 404 Not Found")
    outbox.owe("sent")
    outbox.write(finish, outbox.lease_one(), now=NOON)
    outbox.owe("sending")
    outbox.lease_one()
    outbox.owe("waiting")
    outbox.owe("not_configured", target="slack", configured=())
    return outbox


def test_rows_are_shown_without_what_is_sent(rows: Outbox) -> None:
    found = rows.write(entries, status=None, target=None, limit=10)
    assert [entry.key for entry in found] == ["not_configured", "waiting", "sending", "sent", "dead"]
    assert "this is dead" not in repr(found)
    assert (found[-1].attempts, found[-1].created_at, found[-1].last_error) == (1, NOON, "status 404 Not Found")
    assert [entry.key for entry in rows.write(entries, status="sent", target=None, limit=10)] == ["sent"]
    assert [entry.key for entry in rows.write(entries, status=None, target="slack", limit=10)] == ["not_configured"]
    assert [entry.key for entry in rows.write(entries, status=None, target="webhook", limit=2)] == [
        "waiting",
        "sending",
    ]


def test_what_is_retried_is_due_with_all_attempts_before_it(rows: Outbox, clock: Clock) -> None:
    clock.advance(3600)
    assert rows.write(retry, ["dead", "not_configured", "dead"], now=clock()) == 2
    for key in ("dead", "not_configured"):
        row = rows.row(key)
        assert (row.status, row.attempts, row.due_at, row.lease) == ("waiting", 0, clock(), None)
    assert rows.lease_one("slack").attempt == 1


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (["dead", "sent"], "nothing was retried: sent is sent. Rows that are dead or not_configured can be retried"),
        (["dead", "waiting", "sending"], "sending is sending; waiting is waiting"),
        (["dead", "deed"], "there is no row with the key 'deed'"),
        ([str(number) for number in range(9)], "and 4 more"),
    ],
)
def test_one_wrong_key_and_nothing_is_retried(rows: Outbox, keys: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        rows.write(retry, keys, now=NOON)
    assert rows.statuses() == {key: key for key in rows.statuses()}


@pytest.mark.parametrize(
    ("statuses", "target", "waiting"),
    [
        (("dead",), None, {"waiting", "dead"}),
        (("dead", "not_configured"), None, {"waiting", "dead", "not_configured"}),
        (("dead", "not_configured"), "slack", {"waiting", "not_configured"}),
        (("dead",), "slack", {"waiting"}),
    ],
)
def test_all_of_a_status_or_target(
    rows: Outbox, statuses: tuple[str, ...], target: str | None, waiting: set[str]
) -> None:
    assert rows.write(retry_all, statuses=statuses, target=target, now=NOON) == len(waiting) - 1
    assert {key for key, status in rows.statuses().items() if status == "waiting"} == waiting


def test_a_dropped_row_stays_and_is_not_sent(rows: Outbox, clock: Clock) -> None:
    assert rows.write(drop, ["dead", "waiting", "not_configured"]) == 3
    assert rows.statuses() == {
        "dead": "dropped",
        "sent": "sent",
        "sending": "sending",
        "waiting": "dropped",
        "not_configured": "dropped",
    }
    clock.advance(3600)
    assert rows.lease_one().key == "sending"
    assert rows.write(retry_all, statuses=("dead", "not_configured"), target=None, now=clock()) == 0


def test_what_is_on_its_way_or_sent_is_not_dropped(rows: Outbox) -> None:
    for key in ("sending", "sent"):
        with pytest.raises(UsageError, match=f"nothing was dropped: {key} is {key}"):
            rows.write(drop, ["dead", key])
    assert rows.row("dead").status == "dead"


def test_a_dropped_row_holds_up_no_later_one(outbox: Outbox) -> None:
    conversation = outbox.conversation()
    outbox.owe("first", conversation)
    outbox.owe("second", conversation)
    outbox.write(drop, ["first"])
    assert outbox.lease_one().key == "second"
