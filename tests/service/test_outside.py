"""The service with what it talks to: an AI that is asked, and the places where alerts and replies go."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import select

from service.store.database import Database, open_database
from tests.fake_openai import FakeOpenAI, answer, error, held
from tests.servers import LocalServer, Reply
from tests.service.posting import delivery
from tests.service.serving import serving

# No phrase of the rules is in it, so the AI is asked.
UNCLEAR = "this does not get me anywhere"


def _rows(database: Database, table: str) -> list[dict[str, Any]]:
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(select(database.tables.metadata.tables[table])).mappings()]


def _sent(database: Database, rows: int) -> list[dict[str, Any]]:
    """The outbox once so many rows are sent."""
    deadline = time.monotonic() + 30
    while True:
        found = _rows(database, "outbox")
        if sum(row["status"] == "sent" for row in found) == rows:
            return sorted(found, key=lambda row: row["seq"])
        assert time.monotonic() < deadline, found


def test_a_message_is_acknowledged_before_the_ai_answers(tmp_path: Path) -> None:
    url, answered = f"sqlite:///{tmp_path / 'store.db'}", threading.Event()
    judged = held(answered, answer(True, 0.85, "wants somebody else"))
    with (
        FakeOpenAI(judged) as ai,
        serving(url, tmp_path, OPENAI_API_KEY="key", OPENAI_BASE_URL=ai.base_url) as service,
        httpx2.Client(base_url=service.address, timeout=60) as http,
    ):
        assert "ai        ready" in service.said
        received = http.post("/webhook", json=delivery("test", "m1", UNCLEAR)).json()["received"]
        assert received == [{"id": "m1", "status": "accepted"}]
        answered.set()
        decision = http.get("/api/decisions/m1").json()
    assert (decision["outcome"], decision["confidence"]) == ("handover", 0.85)
    assert decision["signals"]["ai"]["reason"] == "wants somebody else"
    database = open_database(url)
    (log,) = _rows(database, "intent_analysis_log")
    database.close()
    assert (log["handover_needed"], log["final_decision"]) == (True, True)
    assert abs(log["confidence_score"] - 0.85) < 1e-6
    assert (log["model_used"], log["reason"]) == ("ai (gpt-3.5-turbo)", "wants somebody else")


def test_the_environment_sets_threshold_model_and_logging(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with (
        FakeOpenAI(judge=lambda _: answer(True, 0.85)) as ai,
        serving(
            url,
            tmp_path,
            OPENAI_API_KEY="key",
            OPENAI_BASE_URL=ai.base_url,
            AI_INTENT_CONFIDENCE_THRESHOLD="0.9",
            AI_INTENT_MODEL="another-model",
            AI_INTENT_LOGGING_ENABLED="false",
        ) as service,
        httpx2.Client(base_url=service.address, timeout=60) as http,
    ):
        http.post("/webhook", json=delivery("test", "m1", UNCLEAR))
        assert http.get("/api/decisions/m1").json()["outcome"] == "none"
        assert ai.requests[0].body["model"] == "another-model"
    database = open_database(url)
    assert _rows(database, "intent_analysis_log") == []
    assert len(_rows(database, "decisions")) == 1
    database.close()
    assert not (tmp_path / "var" / "answers.jsonl").exists()


def test_an_ai_that_fails_leaves_the_decision_to_the_others(tmp_path: Path) -> None:
    with (
        FakeOpenAI(judge=lambda _: error(401)) as ai,
        serving(
            f"sqlite:///{tmp_path / 'store.db'}", tmp_path, OPENAI_API_KEY="key", OPENAI_BASE_URL=ai.base_url
        ) as service,
        httpx2.Client(base_url=service.address, timeout=60) as http,
    ):
        http.post("/webhook", json=delivery("test", "m1", UNCLEAR))
        shown = http.get("/api/decisions/m1").json()
        assert (shown["outcome"], shown["signals"]["ai"]["unavailable"]) == ("none", "unauthorised")
        http.post("/webhook", json=delivery("test", "m2", "I need to speak with a human"))
        assert http.get("/api/decisions/m2").json()["outcome"] == "handover"


def test_alert_and_reply_go_out_once_through_failures(database_url: str, tmp_path: Path) -> None:
    with (
        LocalServer(Reply(500), otherwise=lambda _: Reply(body="ok")) as slack,
        LocalServer(Reply(429, headers={"Retry-After": "0"}), otherwise=lambda _: Reply(204)) as bot,
        serving(database_url, tmp_path, SLACK_WEBHOOK_URL=f"{slack.url}/secret", HANDOVER_REPLY_URL=bot.url) as service,
        httpx2.Client(base_url=service.address, timeout=60) as http,
    ):
        asks = delivery("491700000001", "m1", "ich möchte mit einem Menschen sprechen, meine Nummer ist 0170 1234567")
        for _ in range(2):
            http.post("/webhook", json=asks)
        database = open_database(database_url)
        rows = _sent(database, 2)
        database.close()
    assert [(row["kind"], row["attempts"]) for row in rows] == [("slack.post", 2), ("reply", 2)]
    # The same at both attempts; the customer's number is not for Slack.
    assert [one.body for one in slack.received] == [slack.received[0].body] * 2
    assert "ich möchte mit einem Menschen sprechen, meine Nummer ist [number]" in slack.received[0].body["text"]
    replies = [one.body for one in bot.received]
    assert replies == [replies[0]] * 2
    assert {one.headers["idempotency-key"] for one in bot.received} == {rows[1]["key"]}
    assert replies[0]["chat"] == "491700000001@s.whatsapp.net"
    assert replies[0]["language"] == "de"
    assert replies[0]["text"].startswith(("Unser Büro ist gerade geschlossen", "Im Moment sind alle im Gespräch"))
    log = (tmp_path / "service.log").read_text(encoding="utf-8")
    assert "secret" not in log
    assert "491700000001" not in log
