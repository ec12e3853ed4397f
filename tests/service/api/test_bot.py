"""Who answers a customer, and switching it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from handover_rules.detectors import build_detectors
from handover_rules.ruleset import Ruleset
from service.app import build_app
from service.settings import Settings
from service.store.database import Database
from tests.service.posting import delivery

ASKS = delivery("1234567890", "m1", "I need to speak with a human")


def test_a_customer_who_never_wrote_is_answered_by_the_bot(client: TestClient) -> None:
    assert client.get("/api/bot/status/1234567890").json() == {
        "phone_number": "1234567890",
        "bot_enabled": True,
        "owner": "bot",
        "epoch": 0,
        "since": None,
        "reason": "",
    }


def test_the_bot_is_off_as_soon_as_the_webhook_has_answered(client: TestClient) -> None:
    client.post("/webhook", json=ASKS)
    status = client.get("/api/bot/status/1234567890").json()
    assert datetime.fromisoformat(status.pop("since")).utcoffset() is not None
    assert status == {
        "phone_number": "1234567890",
        "bot_enabled": False,
        "owner": "human",
        "epoch": 1,
        "reason": "The customer asks for a person, in English.",
    }


@pytest.mark.parametrize("spelling", ["1234567890", "+1234567890", "+1 (234) 567-890", "1234567890@s.whatsapp.net"])
def test_the_customer_is_found_in_any_spelling(client: TestClient, spelling: str) -> None:
    client.post("/webhook", json=ASKS)
    assert client.get(f"/api/bot/status/{spelling}").json()["bot_enabled"] is False


def test_toggling_turns_the_switch_over_and_back(client: TestClient) -> None:
    off, on = (client.post("/api/bot/toggle/1234567890").json() for _ in range(2))
    assert (off["bot_enabled"], off["owner"], off["epoch"]) == (False, "human", 1)
    assert (on["bot_enabled"], on["owner"], on["epoch"]) == (True, "bot", 2)
    assert client.get("/api/bot/status/1234567890").json() == on


def test_setting_what_is_set_changes_nothing(client: TestClient) -> None:
    first = client.post("/api/bot/toggle/1234567890", json={"enabled": False}).json()
    assert client.post("/api/bot/toggle/1234567890", json={"enabled": False}).json() == first
    assert client.post("/api/bot/toggle/1234567890", json={"enabled": True}).json()["bot_enabled"] is True


def test_an_empty_object_toggles_too(client: TestClient) -> None:
    assert client.post("/api/bot/toggle/1234567890", json={}).json()["bot_enabled"] is False


def test_switched_on_again_a_second_request_is_a_second_handover(client: TestClient, database: Database) -> None:
    client.post("/webhook", json=ASKS)
    client.post("/api/bot/toggle/1234567890", json={"enabled": True})
    client.post("/webhook", json=delivery("1234567890", "m2", "let me talk to an agent"))
    assert client.get("/api/bot/status/1234567890").json()["epoch"] == 3
    t = database.tables
    with database.reading() as connection:
        episodes = connection.execute(select(t.episodes.c.epoch, t.episodes.c.closed_at).order_by(t.episodes.c.epoch))
        assert [(row.epoch, row.closed_at is None) for row in episodes] == [(1, False), (3, True)]
        assert connection.execute(select(t.contacts.c.lead_score)).scalar_one() == 50


def test_a_body_that_is_not_said_to_be_json_is_told_how(client: TestClient) -> None:
    answer = client.post("/api/bot/toggle/1234567890", content=b'{"enabled": true}')
    assert answer.status_code == 422
    assert "Content-Type: application/json" in answer.json()["detail"]
    assert "enabled" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"), [(b'{"enabled": "no"}', 422), (b'{"on": true}', 422), (b"{", 422), (b"[1]", 422)]
)
def test_a_bad_body_switches_nothing(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/api/bot/toggle/1234567890", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert client.get("/api/bot/status/1234567890").json()["epoch"] == 0


def replies(client: TestClient, epoch: int, **more: object) -> Any:
    body = {"phone_number": "+1 234 567 890", "epoch": epoch, "text": "It comes tomorrow.", **more}
    return client.post("/api/bot/replies", json=body)


def test_a_bot_says_what_it_thought_of_in_this_epoch_and_nothing_else(client: TestClient) -> None:
    assert replies(client, 0).json() == {"allowed": True, "epoch": 0, "delivery": "bot"}
    client.post("/webhook", json=ASKS)
    late = replies(client, 0)
    assert late.status_code == 409
    assert (late.json()["owner"], late.json()["epoch"]) == ("human", 1)
    assert late.json()["detail"] == "the reply is of epoch 0, and the human has the conversation in epoch 1"


def test_a_bot_that_fails_twice_has_the_customer_handed_over(client: TestClient) -> None:
    for number in range(2):
        client.post("/webhook", json=delivery("1234567890", f"q{number}", "can it also play the ukulele"))
        assert replies(client, 0, text="I did not get that.", failed=True).status_code == 200
    client.post("/webhook", json=delivery("1234567890", "q2", "and the banjo, what about that"))
    assert client.get("/api/bot/status/1234567890").json()["bot_enabled"] is False
    assert client.get("/api/decisions/q2").json()["rule"] == "bot-failed-twice"


def test_a_reply_that_is_to_be_delivered_is_owed_to_the_customer(database: Database, ruleset: Ruleset) -> None:
    # Nobody listens there.
    settings = Settings(reply_url="http://127.0.0.1:9/")
    detectors = build_detectors(ruleset, {}, answers=None, mode="live")
    with TestClient(build_app(settings, ruleset, detectors, database)) as client:
        client.post("/webhook", json=delivery("1234567890", "m1", "where is my parcel"))
        assert replies(client, 0, deliver=True, key="a1").json()["delivery"] == "service"
        with database.reading() as connection:
            row = connection.execute(select(database.tables.outbox)).mappings().one()
    assert (row["target"], row["kind"]) == ("reply", "bot.reply")
    assert row["body"]["chat"] == "1234567890@s.whatsapp.net"


def test_nobody_is_told_that_it_will_be_delivered_where_nothing_sends(client: TestClient) -> None:
    answer = replies(client, 0, deliver=True)
    assert answer.status_code == 422
    assert "send it yourself" in answer.json()["detail"]


def test_a_reply_of_another_form_is_refused_without_repeating_it(client: TestClient) -> None:
    answer = replies(client, 0, failed="perhaps")
    assert answer.status_code == 422
    assert "failed" in answer.json()["detail"]
    assert "234" not in answer.text
