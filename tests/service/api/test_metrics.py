"""What Prometheus is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from handover_rules.ruleset import Ruleset
from service.metrics.queues import Queues
from service.store.database import Database
from tests.service.desk import ADA, Desk
from tests.service.posting import delivery


def _figures(text: str) -> dict[str, float]:
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_messages_decisions_and_queues_are_counted(client: TestClient, ruleset: Ruleset) -> None:
    asks = delivery("4915550123456", "m1", "I need to speak with a human")
    client.post("/webhook", json=asks)
    client.post("/webhook", json=asks)
    client.post("/webhook", json=delivery("4915550123457", "m2", "it would be lovely if your lot looked at this"))
    for customer in ("4915550123456", "4915550123457"):
        client.get(f"/api/bot/status/{customer}")
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    figures = _figures(answer.text)
    expected = {
        'handover_messages_total{channel="whatsapp",status="accepted"}': 2,
        'handover_messages_total{channel="whatsapp",status="duplicate"}': 1,
        'handover_decisions_total{outcome="handover",rule="asked-for-a-person-en"}': 1,
        'handover_decisions_total{outcome="none",rule=""}': 1,
        'handover_detector_answers_total{detector="ai",result="no_key"}': 1,
        'handover_acknowledgement_seconds_bucket{le="+Inf"}': 3,
        "handover_decision_seconds_count": 2,
        f'handover_ruleset_info{{ruleset="whatsapp-support",hash="{ruleset.hash}"}}': 1,
        "handover_ruleset_refused": 0,
        "handover_ruleset_refusals_total": 0,
        "handover_processing": 0,
        "handover_inbox_waiting": 0,
        "handover_database_up": 1,
        "handover_conversations_owned_by_person": 1,
        'handover_outbox_rows{target="slack",status="not_configured"}': 1,
    }
    assert {name: figures.get(name) for name in expected} == expected
    assert "15550123" not in answer.text
    assert "lovely" not in answer.text


def test_a_database_that_is_away_is_said(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Database) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(Database, "reading", away)
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert _figures(answer.text)["handover_database_up"] == 0
    assert "handover_inbox_waiting" not in answer.text


def test_queues_are_not_looked_at_for_every_scrape(desk: Desk) -> None:
    desk.arrive("hello", ADA)
    queues = Queues(desk.database, lambda: desk.now)

    def waiting() -> tuple[float, float]:
        found = {family.name: family.samples[0][2] for family in queues.read() if family.samples}
        return found["handover_inbox_waiting"], found["handover_inbox_oldest_seconds"]

    assert waiting() == (1, 0)
    desk.arrive("again", ADA)
    desk.advance(seconds=9)
    assert waiting() == (1, 0)
    desk.advance(seconds=1)
    assert waiting() == (2, 10)
    desk.now -= timedelta(hours=1)  # a clock that was set back
    assert waiting() == (2, 0)
