"""Whether the service lives, and can take messages."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from service.store.database import Database


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "alive"}
    ready = client.get("/health/ready")
    assert ready.status_code == 200
    shown = ready.json()
    assert (shown["ready"], shown["database"], shown["ruleset"]) == (True, "ok", "whatsapp-support")
    assert shown["detectors"] == {"local": "ready", "triage": "ready", "ai": "no_key"}
    assert set(shown["targets"].values()) == {"not configured"}


def test_without_its_database_it_is_alive_and_not_ready(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Database) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(Database, "reading", away)
    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    answer = client.get("/api/bot/status/1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
