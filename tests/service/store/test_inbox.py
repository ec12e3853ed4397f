"""The inbox: what came in, in its order, each message once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from handover_rules.messages import Message
from service.channels.inbound import Inbound
from service.store.inbox import Undecided, find_undecided, mark, receive
from tests.service.desk import ADA, MONDAY, Desk

CHAT = f"{ADA}@s.whatsapp.net"


def inbound(**values: Any) -> Inbound:
    """A customer's message."""
    usual: dict[str, Any] = {
        "channel": "whatsapp",
        "event": "messages.upsert",
        "payload": '{"key": {"id": "1"}}',
        "customer": ADA,
        "chat": CHAT,
        "message_id": "1",
        "name": "Ada",
        "text": "hello",
    }
    return Inbound(**{**usual, **values})


def ignored(**values: Any) -> Inbound:
    return inbound(text=None, ignored="this message has no text", **values)


def test_a_message_is_stored_as_it_came(desk: Desk) -> None:
    sent = datetime(2026, 3, 2, 10, 59, 58, tzinfo=UTC)
    said = "Grüße 👋🏽\n‏שלום\t" + "x" * 70_000
    (received,) = desk.write(receive, [inbound(text=said, sent_at=sent)], desk.now)
    assert (received.status, received.message_id, received.note) == ("accepted", "1", None)
    assert received.conversation == desk.conversation()
    assert [received.waiting] == desk.waiting()
    row = desk.row(desk.tables.inbox)
    assert (row["text"], row["payload"], row["sent_at"]) == (said, '{"key": {"id": "1"}}', sent)
    assert (row["received_at"], row["status"], row["customer_name"]) == (MONDAY, "waiting", "Ada")


def test_a_message_as_the_engine_sees_it(desk: Desk) -> None:
    (received,) = desk.write(receive, [inbound()], desk.now)
    message = received.waiting.message({"tier": "gold"})
    assert message == Message("1", "hello", None, "whatsapp", {"tier": "gold"}, {"key": {"id": "1"}})


def test_the_same_message_again_is_a_duplicate(desk: Desk) -> None:
    desk.write(receive, [inbound()], desk.now)
    before = desk.everything()
    desk.advance(minutes=1)
    (again,) = desk.write(receive, [inbound(text="something else", name="Eve")], desk.now)
    assert (again.status, again.message_id, again.waiting, again.conversation) == ("duplicate", "1", None, None)
    assert again.note is not None
    assert desk.everything() == before


def test_the_same_message_by_another_name_of_the_chat_is_a_duplicate(desk: Desk) -> None:
    """WhatsApp may deliver it under the phone number and under an opaque identifier."""
    received = desk.write(receive, [inbound(), inbound(chat="12345@lid")], desk.now)
    assert [one.status for one in received] == ["accepted", "duplicate"]


def test_the_same_message_twice_in_a_delivery(desk: Desk) -> None:
    received = desk.write(receive, [inbound(), inbound(), inbound(message_id="2")], desk.now)
    assert [one.status for one in received] == ["accepted", "duplicate", "accepted"]
    assert [message.message_id for message in desk.waiting()] == ["1", "2"]


@pytest.mark.parametrize(
    "other",
    [
        inbound(message_id="2"),
        inbound(chat="15550001111@s.whatsapp.net", customer="15550001111"),
        # What the business sends has ids of its own.
        ignored(from_me=True),
    ],
)
def test_what_is_no_duplicate(desk: Desk, other: Inbound) -> None:
    received = desk.write(receive, [inbound(), other], desk.now)
    assert "duplicate" not in [one.status for one in received]


def test_what_is_ignored_is_stored_and_says_so(desk: Desk) -> None:
    (received,) = desk.write(receive, [ignored()], desk.now)
    assert (received.status, received.note) == ("ignored", "this message has no text")
    assert desk.waiting() == []
    row = desk.row(desk.tables.inbox)
    assert (row["status"], row["note"], row["text"]) == ("ignored", "this message has no text", None)
    # Nobody wrote, so nobody has a conversation.
    assert desk.rows(desk.tables.conversations) == []


def test_what_an_edit_is_about_is_stored(desk: Desk) -> None:
    edit = inbound(message_id="2", text="no", ignored="an earlier message was edited", kind="edit", target_id="1")
    received = desk.write(receive, [inbound(), edit], desk.now)
    assert [one.status for one in received] == ["accepted", "ignored"]
    stored = [(row["kind"], row["target_id"], row["text"]) for row in desk.rows(desk.tables.inbox)]
    assert stored == [("message", None, "hello"), ("edit", "1", "no")]


def test_events_without_an_id_are_never_duplicates(desk: Desk) -> None:
    event = ignored(message_id=None, customer=None, chat=None)
    received = desk.write(receive, [event, event], desk.now)
    assert [one.status for one in received] == ["ignored", "ignored"]
    announced = ignored(message_id=None)
    assert [one.status for one in desk.write(receive, [announced, inbound()], desk.now)] == ["ignored", "accepted"]


def test_what_waits_is_given_in_the_order_of_arrival(desk: Desk) -> None:
    for number in (3, 1, 2):
        desk.receive(f"text {number}", f"1555{number}")
    desk.say("decided")
    assert [message.text for message in desk.waiting()] == ["text 3", "text 1", "text 2"]
    assert [message.received_at for message in desk.waiting()] == [MONDAY] * 3


# --- what became of it ----------------------------------------------------------------------------


def test_a_message_is_marked_once(desk: Desk) -> None:
    seq = desk.arrive("hello").waiting.seq
    assert desk.write(mark, seq, "decided") is True
    assert desk.write(mark, seq, "failed", "KeyError") is False
    assert desk.row(desk.tables.inbox)["status"] == "decided"
    assert desk.write(mark, seq, "waiting", was="decided") is True
    assert desk.write(mark, seq, "failed", "KeyError") is True
    row = desk.row(desk.tables.inbox)
    assert (row["status"], row["note"]) == ("failed", "KeyError")


def test_only_the_message_that_is_meant_is_marked(desk: Desk) -> None:
    first, second = desk.arrive("one").waiting, desk.arrive("two").waiting
    desk.write(mark, first.seq, "decided")
    assert desk.waiting() == [second]
    assert desk.write(mark, 1_000_000, "decided") is False


def test_why_a_message_has_no_decision(desk: Desk) -> None:
    assert desk.write(find_undecided, "1", None) is None
    desk.write(receive, [inbound(), ignored(message_id="2")], desk.now)
    assert desk.write(find_undecided, "1", None) == Undecided(ADA, "the message is not decided yet; ask again")
    assert desk.write(find_undecided, "2", None) == Undecided(None, "the message was ignored: this message has no text")
    desk.write(mark, desk.waiting()[0].seq, "failed", "KeyError in detector.py:1")
    assert desk.write(find_undecided, "1", None) == Undecided(None, "the message was failed: KeyError in detector.py:1")
