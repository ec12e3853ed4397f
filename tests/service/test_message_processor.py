"""A handover without the webhook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service import message_processor
from service.clock import utc_now
from service.message_processor import handle_user_handover_request
from service.store.conversations import open_conversation
from service.store.database import Database
from tests.shipped import english_rules


@pytest.fixture(autouse=True)
def _configured(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HANDOVER_RULESET", str(english_rules()))
    yield
    message_processor._database(database_url).close()
    message_processor._database.cache_clear()


def _rows(database: Database, table: str) -> list[dict[str, Any]]:
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(select(database.tables.metadata.tables[table])).mappings()]


def test_it_hands_over_whatever_the_rules_say(database: Database) -> None:
    assert handle_user_handover_request("+1 234 567 890", "where is my parcel") == (
        True,
        "the conversation was handed over to a person",
    )
    (contact,) = _rows(database, "contacts")
    assert (contact["phone_number"], contact["lead_status"], contact["lead_score"]) == ("1234567890", "qualified", 25)
    (lead,) = _rows(database, "lead_details")
    assert (lead["handover_trigger"], lead["priority"]) == ("where is my parcel", "high")
    (conversation,) = _rows(database, "conversations")
    assert (conversation["bot_enabled"], conversation["handover_requested"]) == (False, True)
    assert conversation["handover_reason"] == "The application asked for a person."
    (decision,) = _rows(database, "decisions")
    assert (decision["outcome"], decision["rule_id"]) == ("handover", None)
    assert len(_rows(database, "activities")) == len(_rows(database, "tasks")) == len(_rows(database, "episodes")) == 1
    assert {row["status"] for row in _rows(database, "inbox")} == {"decided"}


def test_where_a_person_has_it_already_only_the_message_is_recorded(database: Database) -> None:
    handle_user_handover_request("1234567890", "I need a person")
    done, said = handle_user_handover_request("1234567890@s.whatsapp.net", "hello?")
    assert done is True
    assert "a person has had the conversation since" in said
    assert len(_rows(database, "lead_details")) == len(_rows(database, "episodes")) == 1
    assert _rows(database, "contacts")[0]["lead_score"] == 25
    assert len(_rows(database, "decisions")) == 2


def test_the_chat_of_the_channel_stays(database: Database) -> None:
    with database.writing() as connection:
        open_conversation(connection, database.tables, "1234567890", utc_now(), chat="1234567890@s.whatsapp.net")
    handle_user_handover_request("+1 234 567 890", "I need a person")
    reply = next(row for row in _rows(database, "outbox") if row["kind"] == "reply")
    assert reply["body"]["chat"] == "1234567890@s.whatsapp.net"


def test_what_no_database_can_hold_is_replaced(database: Database) -> None:
    assert handle_user_handover_request("1234567890", "a human \ud83d please\0")[0] is True
    assert _rows(database, "inbox")[0]["text"] == "a human \ufffd please\ufffd"


@pytest.mark.parametrize(("phone", "text"), [("", "help"), ("1234567890", "  ")])
def test_nothing_is_not_handed_over(database: Database, phone: str, text: str) -> None:
    assert handle_user_handover_request(phone, text) == (False, "a phone number and a message are needed")
    assert _rows(database, "inbox") == []


def test_what_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HANDOVER_RULESET", str(tmp_path / "nowhere"))
    done, said = handle_user_handover_request("1234567890", "help")
    assert done is False
    assert "nowhere" in said
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    assert handle_user_handover_request("1234567890", "help")[0] is False
