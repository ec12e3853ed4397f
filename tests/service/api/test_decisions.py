"""What was decided about a message, and why."""

from __future__ import annotations

from starlette.testclient import TestClient

from handover_rules import load_ruleset
from service.store.database import Database
from tests.service.posting import delivery
from tests.shipped import english_rules


def test_a_decision_is_shown_with_every_rule(client: TestClient) -> None:
    client.post("/webhook", json=delivery("test", "m1", "I need to speak with a human"))
    shown = client.get("/api/decisions/m1").json()
    assert (shown["outcome"], shown["handover"], shown["rule"]) == ("handover", True, "asked-for-a-person-en")
    assert (shown["phone_number"], shown["epoch"], shown["problems"]) == ("test", 0, [])
    fired = [rule["rule"] for rule in shown["trace"] if rule["fired"]]
    assert "asked-for-a-person-en" in fired
    assert [rule["rule"] for rule in shown["trace"]] == [rule.id for rule in load_ruleset(english_rules()).rules]
    assert all(".yaml:" in rule["why"] for rule in shown["trace"])


def test_an_unavailable_ai_is_said(client: TestClient) -> None:
    client.post("/webhook", json=delivery("test", "m1", "it would be lovely if this could be looked at by your lot"))
    shown = client.get("/api/decisions/m1").json()
    assert shown["outcome"] == "none"
    assert shown["signals"]["ai"]["unavailable"] == "no_key"


def test_ids_are_unique_in_a_conversation_only(client: TestClient) -> None:
    client.post("/webhook", json=delivery("one", "same", "I need to speak with a human"))
    client.post("/webhook", json=delivery("two", "same", "what time do you open"))
    for customer in ("one", "two"):
        client.get(f"/api/bot/status/{customer}")  # answers when the message is decided
    assert client.get("/api/decisions/same").status_code == 409
    assert client.get("/api/decisions/same?phone=two@s.whatsapp.net").json()["outcome"] == "none"
    assert client.get("/api/decisions/same?phone=one").json()["outcome"] == "handover"


def test_a_message_without_a_decision_says_why(client: TestClient) -> None:
    assert client.get("/api/decisions/unknown").status_code == 404
    own = delivery("test", "own", "hello")
    own["data"]["messages"][0]["key"]["fromMe"] = True
    client.post("/webhook", json=own)
    assert client.get("/api/decisions/own?phone=another").json()["detail"] == "no message with this id was received"
    answer = client.get("/api/decisions/own")
    assert answer.status_code == 404
    assert "ignored" in answer.json()["detail"]


def test_decided_by_other_rules_there_is_no_trace(client: TestClient, database: Database) -> None:
    client.post("/webhook", json=delivery("test", "m1", "I need to speak with a human"))
    client.get("/api/decisions/m1")
    with database.writing() as connection:
        connection.execute(database.tables.decisions.update().values(ruleset_hash="000000000000"))
    shown = client.get("/api/decisions/m1").json()
    assert shown["trace"] is None
    assert "000000000000" in shown["trace_note"]
    assert shown["rule"] == "asked-for-a-person-en"
