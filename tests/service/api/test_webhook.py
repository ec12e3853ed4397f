"""`POST /webhook`, as a channel calls it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from service.api import webhook
from service.store.database import Database
from tests.service.posting import delivery

ASKS = delivery("test", "test_id", "I need to speak with a human")


def _count(database: Database, table: str) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(database.tables.metadata.tables[table])).scalar_one()


def _one(database: Database, table: str) -> dict[str, Any]:
    with database.reading() as connection:
        return dict(connection.execute(select(database.tables.metadata.tables[table])).mappings().one())


def test_the_call_of_the_guide_leaves_every_row_once_also_when_repeated(client: TestClient, database: Database) -> None:
    assert client.post("/webhook", json=ASKS).json() == {"received": [{"id": "test_id", "status": "accepted"}]}
    assert client.get("/api/bot/status/test").json()["bot_enabled"] is False
    again = client.post("/webhook", json=ASKS)
    assert again.status_code == 200
    assert again.json()["received"][0]["status"] == "duplicate"
    assert client.get("/api/bot/status/test").json()["epoch"] == 1
    contact = _one(database, "contacts")
    assert (contact["phone_number"], contact["lead_status"], contact["lead_score"]) == ("test", "qualified", 25)
    lead = _one(database, "lead_details")
    assert (lead["priority"], lead["status"], lead["source"]) == ("high", "qualified", "whatsapp")
    assert (lead["handover_requested"], lead["handover_trigger"]) == (True, "I need to speak with a human")
    activity = _one(database, "activities")
    assert activity["activity_type"] == "support_request"
    assert activity["metadata"]["rule"] == "asked-for-a-person-en"
    assert _one(database, "tasks")["title"] == "Reply to test"
    conversation = _one(database, "conversations")
    assert (conversation["bot_enabled"], conversation["handover_requested"]) == (False, True)
    assert conversation["handover_timestamp"] == lead["handover_timestamp"]
    log = _one(database, "intent_analysis_log")
    assert (log["handover_needed"], log["final_decision"], log["confidence_score"]) == (True, True, None)
    assert log["model_used"] == "rule asked-for-a-person-en"
    for table in ("inbox", "decisions", "episodes"):
        assert _count(database, table) == 1


def test_a_further_request_is_logged_and_changes_nothing_else(client: TestClient, database: Database) -> None:
    client.post("/webhook", json=ASKS)
    client.post("/webhook", json=delivery("test", "second", "AGENT! I want a real person now"))
    assert client.get("/api/decisions/second").json()["reason"] == "a person owns the conversation"
    assert {table: _count(database, table) for table in ("lead_details", "activities", "tasks", "episodes")} == {
        "lead_details": 1,
        "activities": 1,
        "tasks": 1,
        "episodes": 1,
    }
    assert _one(database, "contacts")["lead_score"] == 25
    assert (_count(database, "decisions"), _count(database, "intent_analysis_log")) == (2, 2)


def test_what_needs_no_decision_is_stored_and_says_so(client: TestClient, database: Database) -> None:
    own = delivery("test", "own", "I need to speak with a human", from_me=True)
    (received,) = client.post("/webhook", json=own).json()["received"]
    assert (received["status"], received["id"]) == ("ignored", "own")
    assert "business" in received["note"]
    assert _one(database, "inbox")["note"] == received["note"]
    assert _count(database, "decisions") == 0
    # Nobody asks for a person here: one has written.
    assert client.get("/api/bot/status/test").json()["owner"] == "human"


def test_several_messages_are_decided_in_their_order(client: TestClient, database: Database) -> None:
    body = delivery("test", "a", "hello there")
    body["data"]["messages"] += delivery("test", "b", "can I talk to an agent")["data"]["messages"]
    body["data"]["messages"] += delivery("test", "c", "thank you so much")["data"]["messages"]
    assert [one["status"] for one in client.post("/webhook", json=body).json()["received"]] == ["accepted"] * 3
    client.get("/api/bot/status/test")
    d = database.tables.decisions.c
    with database.reading() as connection:
        rows = connection.execute(select(d.message_id, d.outcome, d.epoch).order_by(d.inbox_seq)).all()
    assert [tuple(row) for row in rows] == [("a", "none", 0), ("b", "handover", 0), ("c", "none", 1)]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [(b"{", 400, "JSON"), (b"[]", 422, "expected"), (b'{"data": {}}', 422, "expected"), (b"\xff", 400, "UTF-8")],
)
def test_a_bad_body_is_refused_and_says_what_was_expected(
    client: TestClient, database: Database, body: bytes, status: int, says: str
) -> None:
    answer = client.post("/webhook", content=body)
    assert answer.status_code == status
    assert says in answer.json()["detail"]
    assert _count(database, "inbox") == 0


def test_a_body_too_large_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "LARGEST_BODY", 100)
    assert client.post("/webhook", content=b"x" * 101).status_code == 413
    assert client.post("/webhook", content=iter([b"x" * 60, b"x" * 60])).status_code == 413
    assert client.get("/webhook").status_code == 405


def test_what_cannot_be_stored_is_not_acknowledged(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("away"))

    monkeypatch.setattr(webhook, "take_in", away)
    answer = client.post("/webhook", json=ASKS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    monkeypatch.undo()
    assert client.post("/webhook", json=ASKS).json()["received"][0]["status"] == "accepted"
