from __future__ import annotations

import pytest
from sqlalchemy import Connection

from service.outbox.leasing import finish
from service.outbox.owed import Owed, enqueue
from tests.service.outbox.stage import NOON, Clock, Outbox


def test_what_is_owed_is_due_at_once(outbox: Outbox) -> None:
    assert outbox.owe("c-1-alert", target="slack", body={"text": "Ana asks for a person"})
    (row,) = outbox.rows()
    assert (row.key, row.target, row.kind, row.status) == ("c-1-alert", "slack", "slack.post", "waiting")
    assert row.body == {"text": "Ana asks for a person"}
    assert row.created_at == row.due_at == NOON
    assert (row.attempts, row.lease, row.leased_until, row.sent_at, row.last_error) == (0, None, None, None, None)


def test_the_same_key_again_changes_nothing(outbox: Outbox, clock: Clock) -> None:
    outbox.owe("c-1-alert", body={"text": "first"})
    before = outbox.rows()
    clock.advance(60)
    assert not outbox.owe("c-1-alert", target="slack", body={"text": "second"})
    assert outbox.rows() == before


def test_the_same_key_again_after_it_was_sent_changes_nothing(outbox: Outbox) -> None:
    outbox.owe("c-1-alert")
    outbox.write(finish, outbox.lease_one(), now=NOON)
    assert not outbox.owe("c-1-alert")
    assert outbox.statuses() == {"c-1-alert": "sent"}


def test_a_target_that_is_not_configured_is_seen_and_never_sent(outbox: Outbox) -> None:
    assert outbox.owe("alert", target="slack", configured=("webhook",))
    assert outbox.owe("event", target="webhook", configured=("webhook",))
    assert outbox.statuses() == {"alert": "not_configured", "event": "waiting"}
    assert outbox.lease("slack").rows == ()


def test_it_is_owed_only_if_the_decision_is_written(outbox: Outbox) -> None:
    def decide(connection: Connection) -> None:
        owed = Owed("c-1-alert", conversation, None, "slack", "slack.post", {"text": "hello"})
        enqueue(connection, outbox.tables, owed, configured=("slack",), now=NOON)
        raise RuntimeError("the decision could not be written")

    conversation = outbox.conversation()
    with pytest.raises(RuntimeError), outbox.database.writing() as connection:
        decide(connection)
    assert outbox.rows() == []


@pytest.mark.parametrize("key", ["", "two\nlines", "naïve", "k" * 256])
def test_a_key_that_no_header_can_hold_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Owed(key, 1, None, "slack", "slack.post", {})
