"""Messages that customers change or delete, from the webhook to what is there in the end."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, select
from starlette.testclient import TestClient

from handover_rules.detectors import build_detectors
from handover_rules.ruleset import Ruleset
from service.app import build_app
from service.settings import Settings
from service.store.database import Database
from tests.service.posting import deletion, delivery, edit

ANA = "1234567890"
ASKS, QUESTION = "I need to speak with a human", "where is my parcel"


@pytest.fixture
def post(client: TestClient) -> Any:
    def posted(body: dict[str, Any]) -> list[dict[str, Any]]:
        received: list[dict[str, Any]] = client.post("/webhook", json=body).json()["received"]
        return received

    return posted


def status(client: TestClient) -> tuple[str, int]:
    now = client.get(f"/api/bot/status/{ANA}").json()
    return now["owner"], now["epoch"]


def rows(database: Database, table: Table) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(table)).mappings())


def test_a_request_that_is_changed_away_within_seconds_is_no_handover(
    client: TestClient,
    database: Database,
    post: Any,
) -> None:
    post(delivery(ANA, "m1", ASKS))
    assert status(client) == ("human", 1)
    post(edit(ANA, "m1", QUESTION))
    assert status(client) == ("bot", 2)
    t = database.tables
    (episode,) = rows(database, t.episodes)
    assert episode["closed_because"] == "the customer changed the message"
    assert [task["status"] for task in rows(database, t.tasks)] == ["cancelled"]
    assert [row["handover_requested"] for row in rows(database, t.conversations)] == [False]


def test_a_request_that_is_reworded_goes_on_and_is_done_once(
    client: TestClient,
    database: Database,
    post: Any,
) -> None:
    post(delivery(ANA, "m1", ASKS))
    assert status(client) == ("human", 1)
    before = {name: rows(database, database.tables.metadata.tables[name]) for name in ("contacts", "tasks", "outbox")}
    post(edit(ANA, "m1", "I need to speak with a human please!"))
    assert status(client) == ("human", 1)
    t = database.tables
    assert len(rows(database, t.episodes)) == len(rows(database, t.lead_details)) == 1
    assert {name: rows(database, t.metadata.tables[name]) for name in before} == before
    outcomes = sorted((row["outcome"], row["rule_id"] is not None) for row in rows(database, t.decisions))
    assert outcomes == [("handover", True), ("handover", True)]


def test_a_question_that_is_changed_into_a_request_hands_over(client: TestClient, post: Any) -> None:
    post(delivery(ANA, "m1", QUESTION))
    post(edit(ANA, "m1", ASKS))
    assert status(client) == ("human", 1)


def test_a_request_that_is_deleted_is_no_handover(client: TestClient, database: Database, post: Any) -> None:
    post(delivery(ANA, "m1", ASKS))
    assert post(deletion(ANA, "m1"))[0]["status"] == "accepted"
    assert status(client) == ("bot", 2)
    assert [one["closed_because"] for one in rows(database, database.tables.episodes)] == [
        "the customer deleted the message"
    ]
    assert len(rows(database, database.tables.decisions)) == 1


def test_a_person_who_has_answered_keeps_the_conversation(
    client: TestClient,
    database: Database,
    post: Any,
) -> None:
    post(delivery(ANA, "m1", ASKS))
    assert status(client) == ("human", 1)
    post(delivery(ANA, "h1", "Hello, this is Grace.", from_me=True))
    post(edit(ANA, "m1", QUESTION))
    post(deletion(ANA, "m1"))
    assert status(client) == ("human", 1)


def test_a_handover_by_another_message_stays(client: TestClient, post: Any) -> None:
    post(delivery(ANA, "m1", QUESTION))
    post(delivery(ANA, "m2", ASKS))
    assert status(client) == ("human", 1)
    post(deletion(ANA, "m1"))
    assert status(client) == ("human", 1)


@pytest.mark.parametrize("twice", [False, True])
def test_what_comes_out_of_order_and_twice_ends_the_same(
    client: TestClient,
    database: Database,
    post: Any,
    twice: bool,
) -> None:
    """The edits before the message, and the later one first."""
    for body in (edit(ANA, "m1", QUESTION, at=1_767_225_670_000), edit(ANA, "m1", ASKS), delivery(ANA, "m1", ASKS)):
        for _ in range(1 + twice):
            post(body)
    assert status(client) == ("bot", 0)
    notes = {row["note"] for row in rows(database, database.tables.inbox) if row["status"] == "ignored"}
    assert notes == {
        "a later change of the message came before",
        "the customer had changed or deleted this message before it came",
    }


def test_a_message_that_was_changed_is_no_repetition_of_itself(
    client: TestClient,
    post: Any,
) -> None:
    text = "why can it not be delivered on a sunday"
    post(delivery(ANA, "m1", text))
    for number in range(4):
        post(edit(ANA, "m1", f"{text}?{'?' * number}", at=1_767_225_660_000 + number))
    assert status(client) == ("bot", 0)


def test_what_the_customer_was_to_be_told_is_not_said_where_the_handover_is_taken_back(
    database: Database, ruleset: Ruleset
) -> None:
    # Nobody listens there, so that replies wait.
    settings = Settings(reply_url="http://127.0.0.1:9/")
    detectors = build_detectors(ruleset, {}, answers=None, mode="live")
    with TestClient(build_app(settings, ruleset, detectors, database)) as client:
        client.post("/webhook", json=delivery(ANA, "m1", ASKS))
        assert status(client) == ("human", 1)
        client.post("/webhook", json=deletion(ANA, "m1"))
        assert status(client) == ("bot", 2)
        replies = [row for row in rows(database, database.tables.outbox) if row["target"] == "reply"]
    assert [(row["status"], row["last_error"]) for row in replies] == [
        ("dropped", "the customer took back what this answers")
    ]
