from __future__ import annotations

from datetime import timedelta

from service.outbox.leasing import Batch, bury, finish, give_back, postpone, set_aside
from tests.service.outbox.stage import NOON, Clock, Outbox


def keys(batch: Batch) -> list[str]:
    return [row.key for row in batch.rows]


def test_a_leased_row_has_what_an_attempt_needs(outbox: Outbox) -> None:
    outbox.owe("alert", target="slack", body={"text": "hello"})
    row = outbox.lease_one("slack")
    assert (row.key, row.kind, row.body, row.attempt) == ("alert", "slack.post", {"text": "hello"}, 1)
    assert row.until == NOON + timedelta(seconds=60)
    stored = outbox.row("alert")
    assert (stored.status, stored.attempts, stored.lease, stored.leased_until) == ("sending", 1, row.token, row.until)


def test_a_leased_row_is_nobody_elses(outbox: Outbox) -> None:
    outbox.owe("alert")
    outbox.lease_one()
    assert outbox.lease().rows == ()


def test_only_the_oldest_of_a_conversation_and_target_can_be_leased(outbox: Outbox) -> None:
    first, second = outbox.conversation(), outbox.conversation()
    outbox.owe("a1", first)
    outbox.owe("a2", first)
    outbox.owe("b1", second)
    outbox.owe("a-alert", first, target="slack")
    assert keys(outbox.lease()) == ["a1", "b1"]
    assert keys(outbox.lease("slack")) == ["a-alert"]
    assert keys(outbox.lease()) == []


def test_the_next_goes_when_the_one_before_is_done(outbox: Outbox) -> None:
    conversation = outbox.conversation()
    for key in ("first", "second", "third"):
        outbox.owe(key, conversation)
    assert outbox.write(finish, outbox.lease_one(), now=NOON)
    second = outbox.lease_one()
    assert second.key == "second"
    assert outbox.write(bury, second, error="status 404 Not Found")
    assert outbox.lease_one().key == "third"
    assert outbox.statuses() == {"first": "sent", "second": "dead", "third": "sending"}
    assert outbox.row("first").sent_at == NOON
    assert outbox.row("second").last_error == "status 404 Not Found"


def test_a_row_waits_while_one_before_it_waits_for_its_retry(outbox: Outbox, clock: Clock) -> None:
    conversation = outbox.conversation()
    outbox.owe("first", conversation)
    outbox.owe("second", conversation)
    assert outbox.write(postpone, outbox.lease_one(), due_at=NOON + timedelta(seconds=30), error="status 500")
    batch = outbox.lease()
    assert batch == Batch((), NOON + timedelta(seconds=30))
    clock.advance(30)
    first = outbox.lease_one()
    assert (first.key, first.attempt) == ("first", 2)
    assert outbox.row("first").last_error == "status 500"


def test_a_lease_that_ran_out_is_given_to_another(outbox: Outbox, clock: Clock) -> None:
    outbox.owe("alert")
    dead = outbox.lease_one()
    clock.advance(59)
    assert outbox.lease().rows == ()
    clock.advance(1)
    again = outbox.lease_one()
    assert (again.key, again.attempt) == ("alert", 2)
    assert again.token != dead.token


def test_who_lost_the_lease_changes_nothing(outbox: Outbox, clock: Clock) -> None:
    outbox.owe("alert")
    slow = outbox.lease_one()
    clock.advance(60)
    fast = outbox.lease_one()
    before = outbox.rows()
    assert not outbox.write(finish, slow, now=NOON)
    assert not outbox.write(postpone, slow, due_at=NOON, error="too late")
    assert not outbox.write(bury, slow, error="too late")
    outbox.write(give_back, [slow], now=NOON)
    assert outbox.rows() == before
    assert outbox.write(finish, fast, now=NOON)
    assert not outbox.write(finish, slow, now=NOON)
    assert not outbox.write(finish, fast, now=NOON)


def test_what_is_given_back_is_due_at_once_and_was_no_attempt(outbox: Outbox) -> None:
    outbox.owe("alert")
    outbox.write(give_back, outbox.lease().rows, now=NOON)
    row = outbox.row("alert")
    assert (row.status, row.attempts, row.lease, row.leased_until, row.due_at) == ("waiting", 0, None, None, NOON)
    assert outbox.lease_one().attempt == 1


def test_a_batch_is_bounded_and_begins_with_what_waits_longest(outbox: Outbox, clock: Clock) -> None:
    for number in range(5):
        outbox.owe(f"row-{number}")
        clock.advance(1)
    assert keys(outbox.lease(limit=2)) == ["row-0", "row-1"]
    assert keys(outbox.lease(limit=2)) == ["row-2", "row-3"]
    assert outbox.lease(limit=2).next_due == NOON + timedelta(seconds=5 + 60)


def test_what_waits_for_a_target_that_is_no_more_is_set_aside(outbox: Outbox, clock: Clock) -> None:
    for target in ("slack", "webhook", "reply"):
        outbox.owe(f"{target}-1", target=target)
    outbox.owe("slack-2", target="slack")
    outbox.lease("slack", limit=1)
    assert outbox.write(set_aside, ("webhook",), now=clock()) == 2
    statuses = outbox.statuses()
    assert statuses == {
        "slack-1": "sending",
        "webhook-1": "waiting",
        "reply-1": "not_configured",
        "slack-2": "not_configured",
    }
    clock.advance(60)
    assert outbox.write(set_aside, (), now=clock()) == 2
    assert set(outbox.statuses().values()) == {"not_configured"}
    assert {row.lease for row in outbox.rows()} == {None}
