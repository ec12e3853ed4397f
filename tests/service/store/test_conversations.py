"""Conversations: begun, taken up from an earlier system, read and written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from handover_rules.conversation import ConversationState, OwnerSet, reduce
from service.store import conversations
from service.store.conversations import (
    Contact,
    Stale,
    find_contact,
    find_conversation,
    open_conversation,
    save_state,
)
from service.store.database import open_database
from tests.databases import plain
from tests.service.desk import ADA, MONDAY, Desk
from tests.service.rulesets import ruleset

DAY = timedelta(days=1)
HUMAN = reduce(ConversationState(), OwnerSet(MONDAY, "human", "by hand"))


def opened(desk: Desk, customer: str = ADA, **options: Any) -> conversations.Conversation:
    given = desk.write(open_conversation, customer, desk.now, **options)
    stored = desk.conversation(customer)
    assert given == stored
    return stored


def earlier(desk: Desk, phone: str | None = ADA, **values: Any) -> Any:
    """A conversation of an earlier system."""
    return desk.add(desk.tables.conversations, phone_number=phone, **values)


# --- new ones -------------------------------------------------------------------------------------


def test_there_is_none_before_the_customer_writes(desk: Desk) -> None:
    assert desk.write(find_conversation, ADA) is None


def test_a_new_conversation(desk: Desk) -> None:
    begun = opened(desk, channel="twilio", chat="whatsapp:+491701234567", name="Ada")
    assert (begun.customer_id, begun.channel, begun.chat, begun.name) == (
        ADA,
        "twilio",
        "whatsapp:+491701234567",
        "Ada",
    )
    assert (begun.version, begun.state, begun.contact) == (0, ConversationState(), None)
    row = desk.row(desk.tables.conversations)
    assert (row["phone_number"], row["created_at"]) == (ADA, MONDAY)
    assert (row["bot_enabled"], row["owner"], row["epoch"], row["handover_requested"]) == (True, "bot", 0, False)


def test_without_a_chat_the_customer_is_the_chat(desk: Desk) -> None:
    begun = opened(desk, "12345@lid")
    assert (begun.channel, begun.chat, begun.name) == ("whatsapp", "12345@lid", None)


def test_it_is_begun_once(desk: Desk) -> None:
    assert opened(desk, name="Ada").id == opened(desk, name="Ada").id
    assert len(desk.rows(desk.tables.conversations)) == 1


def test_the_latest_chat_and_name_are_kept(desk: Desk) -> None:
    """WhatsApp moves a customer from a phone number to an opaque identifier; replies go where they wrote last."""
    opened(desk, chat=f"{ADA}@s.whatsapp.net", name="Ada")
    moved = opened(desk, chat="12345@lid", name="Ada Lovelace")
    assert (moved.chat, moved.name, moved.version) == ("12345@lid", "Ada Lovelace", 0)
    assert opened(desk) == moved


@pytest.mark.parametrize("customer", ["test", "12345@lid", "ada@example.org", "مريم", "4917"])
def test_any_identifier_will_do(desk: Desk, customer: str) -> None:
    assert opened(desk, customer).customer_id == customer


def test_one_that_another_process_begins_at_the_same_time_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = opened(desk, name="Ada")
    missed: list[Any] = []

    def late(*arguments: Any) -> Any:
        if not missed:
            missed.append(arguments)
            return None
        return find_conversation(*arguments)

    monkeypatch.setattr(conversations, "find_conversation", late)
    assert desk.write(open_conversation, ADA, desk.now, name="Ada") == theirs
    assert len(desk.rows(desk.tables.conversations)) == 1


# --- those of an earlier system -------------------------------------------------------------------


@pytest.mark.parametrize("phone", [ADA, f"+{ADA}", f"{ADA}@s.whatsapp.net"])
def test_a_row_with_the_number_is_taken_up(desk: Desk, phone: str) -> None:
    id_ = earlier(desk, phone, created_at=MONDAY - DAY, bot_enabled=True, customer_name="Ada L.")
    taken = opened(desk)
    assert (taken.id, taken.customer_id, taken.state, taken.name) == (id_, ADA, ConversationState(), "Ada L.")
    row = desk.row(desk.tables.conversations)
    assert (row["phone_number"], row["created_at"]) == (phone, MONDAY - DAY)


@pytest.mark.parametrize("phone", ["491701234568", "0170 1234567", "", None])
def test_a_row_with_another_number_is_not(desk: Desk, phone: str | None) -> None:
    earlier(desk, phone)
    opened(desk)
    assert len(desk.rows(desk.tables.conversations)) == 2


def test_of_several_rows_the_newest_is_taken_up(desk: Desk) -> None:
    earlier(desk, created_at=MONDAY - 3 * DAY, bot_enabled=True)
    newest = earlier(desk, f"+{ADA}", created_at=MONDAY - DAY, bot_enabled=False)
    earlier(desk, created_at=MONDAY - 2 * DAY, bot_enabled=True)
    earlier(desk, created_at=None, bot_enabled=True)
    taken = opened(desk)
    assert (taken.id, taken.state.owner) == (newest, "human")
    assert opened(desk).id == newest
    assert len(desk.rows(desk.tables.conversations)) == 4


def test_a_bot_that_was_off_stays_off(desk: Desk) -> None:
    earlier(desk, bot_enabled=False)
    assert desk.say("A human please").written == "written"
    owner = desk.owner()
    assert (owner.owner, owner.epoch, owner.since) == ("human", 1, MONDAY)
    assert owner.reason == "the bot was off in the system before"
    assert desk.rows(desk.tables.lead_details) == []
    assert desk.set_owner().owner == "bot"
    desk.say("A human please")
    assert [row["epoch"] for row in desk.rows(desk.tables.episodes)] == [3]


@pytest.mark.parametrize("enabled", [True, None])
def test_a_bot_that_was_on_or_not_known_is_on(desk: Desk, enabled: bool | None) -> None:
    earlier(desk, bot_enabled=enabled)
    assert opened(desk).state.owner == "bot"


def test_another_customers_row_is_not_taken(desk: Desk) -> None:
    """A number that a conversation already stands for is not taken up a second time."""
    mine = opened(desk)
    earlier(desk, f"+{ADA}", bot_enabled=False)
    assert opened(desk).id == mine.id
    assert desk.owner().owner == "bot"


def test_a_row_keeps_its_contact(desk: Desk) -> None:
    contact = desk.add(desk.tables.contacts, phone_number="the company's number", name="Lovelace Ltd")
    desk.add(desk.tables.contacts, phone_number=ADA, name="Somebody else")
    earlier(desk, contact_id=contact)
    assert opened(desk).contact == Contact(contact, "the company's number", "Lovelace Ltd", None, 0)


def test_a_row_without_a_contact_gets_the_one_with_the_number(desk: Desk) -> None:
    contact = desk.add(desk.tables.contacts, phone_number=f"+{ADA}", lead_status="customer", lead_score=7)
    earlier(desk)
    assert opened(desk).contact == Contact(contact, f"+{ADA}", None, "customer", 7)


# --- contacts -------------------------------------------------------------------------------------


def test_no_contact(desk: Desk) -> None:
    assert desk.write(find_contact, ADA) is None


@pytest.mark.parametrize("phone", [ADA, f"+{ADA}", f"{ADA}@s.whatsapp.net"])
def test_a_contact_is_recognised_by_its_number_and_then_for_good(desk: Desk, phone: str) -> None:
    id_ = desk.add(desk.tables.contacts, phone_number=phone, name="Ada")
    assert desk.write(find_contact, ADA) == Contact(id_, phone, "Ada", None, 0)
    row = desk.row(desk.tables.contacts)
    assert (row["customer_id"], row["phone_number"]) == (ADA, phone)


def test_of_several_contacts_the_oldest_is_taken(desk: Desk) -> None:
    add = desk.tables.contacts
    desk.add(add, phone_number=ADA, created_at=MONDAY - DAY)
    oldest = desk.add(add, phone_number=f"+{ADA}", created_at=MONDAY - 2 * DAY)
    desk.add(add, phone_number=ADA, created_at=None)
    desk.add(add, phone_number=ADA, customer_id="somebody else", created_at=MONDAY - 3 * DAY)
    for _ in range(2):
        found = desk.write(find_contact, ADA)
        assert found.id == oldest
    desk.say("A human please")
    assert desk.row(desk.tables.lead_details)["contact_id"] == oldest
    assert len(desk.rows(add)) == 4


ADOPTED = {
    "postgresql": """
        CREATE TABLE contacts (id serial PRIMARY KEY, phone_number varchar(40) UNIQUE, name text, lead_score numeric);
        CREATE TABLE conversations (id text PRIMARY KEY, phone_number text, bot_enabled boolean, state text);
    """,
    "sqlite": """
        CREATE TABLE contacts (id INTEGER PRIMARY KEY, phone_number VARCHAR(40) UNIQUE, name TEXT, lead_score REAL);
        CREATE TABLE conversations (id TEXT PRIMARY KEY, phone_number TEXT, bot_enabled BOOLEAN, state TEXT);
    """,
}


def test_tables_of_an_earlier_system_with_ids_and_scores_of_their_own(empty_url: str, tmp_path: Path) -> None:
    """The id of a conversation is the customer's number there, and scores are decimal numbers."""
    script = ADOPTED[empty_url.partition(":")[0]] + (
        f"INSERT INTO contacts (phone_number, name, lead_score) VALUES ('+{ADA}', 'Ada', 40.0);"
        f"INSERT INTO conversations (id, phone_number, bot_enabled) VALUES ('+{ADA}', '+{ADA}', true)"
    )
    with plain(empty_url) as connection:
        for statement in script.split(";"):
            if statement.strip():
                connection.execute(text(statement))
    database = open_database(empty_url)
    try:
        desk = Desk(database, ruleset(tmp_path))
        desk.say("hello")
        recorded = desk.say("A human please")
        desk.say("hello?")
        assert recorded.problems == ()
        assert desk.conversation().id == f"+{ADA}"
        contact = desk.row(desk.tables.contacts)
        assert (contact["lead_score"], contact["lead_status"]) == (65, "qualified")
        assert [row["customer"].get("lead_score") for row in desk.rows(desk.tables.decisions)] == [40, 40, 65]
        assert all(ADA not in row["key"] for row in desk.rows(desk.tables.outbox))
        # And for somebody new.
        desk.say("A human please", "15550001111")
        assert len(desk.rows(desk.tables.lead_details)) == 2
    finally:
        database.close()


# --- writing the state ----------------------------------------------------------------------------


def test_a_state_is_written_whole_and_for_others_to_read(desk: Desk) -> None:
    before = opened(desk)
    saved = desk.write(save_state, before, HUMAN, handover_requested=True, handover_reason="Asked.")
    assert (saved.version, saved.state) == (1, HUMAN)
    assert saved == desk.conversation()
    row = desk.row(desk.tables.conversations)
    assert (row["owner"], row["epoch"], row["bot_enabled"], row["handover_requested"]) == ("human", 1, False, True)
    assert row["handover_reason"] == "Asked."


def test_a_request_ends_with_the_persons_time(desk: Desk) -> None:
    asked = desk.write(save_state, opened(desk), HUMAN, handover_requested=True, handover_reason="Asked.")
    back = reduce(HUMAN, OwnerSet(MONDAY, "bot", "by hand"))
    desk.write(save_state, asked, back)
    row = desk.row(desk.tables.conversations)
    assert (row["handover_requested"], row["handover_reason"], row["bot_enabled"]) == (False, "Asked.", True)


def test_a_state_on_an_old_reading_is_refused(desk: Desk) -> None:
    read = opened(desk)
    desk.write(save_state, read, HUMAN)
    before = desk.everything()
    with pytest.raises(Stale):
        desk.write(save_state, read, ConversationState())
    assert desk.everything() == before
