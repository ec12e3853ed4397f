"""`handover outbox`, as an operator types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from handover_rules.cli import build_app
from handover_rules.errors import UsageError
from service.outbox.leasing import bury
from service.store.database import Database
from tests.service.outbox.stage import Clock, Outbox

Handover = Callable[..., str]


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """One dead row, and one that nobody configured."""
    outbox = Outbox(database, Clock())
    outbox.owe("c-1-alert", target="slack", body={"text": "call 491701234567"})
    outbox.write(bury, outbox.lease_one("slack"), error="status 404 Not Found")
    outbox.owe("c-1-answer", target="reply", body={"text": "hello", "chat": "491701234567"}, configured=())
    return outbox


@pytest.fixture
def handover(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Handover:
    """Runs a command on the store; gives what it printed."""
    monkeypatch.setenv("DATABASE_URL", database_url)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(build_app(), ["outbox", *arguments])
        if done.exception is not None:
            raise done.exception
        return done.output

    return run


def test_the_list(outbox: Outbox, handover: Handover) -> None:
    said = handover("list")
    assert "c-1-alert\n  dead: slack.post to slack, " in said
    assert "1 attempt\n  status 404 Not Found\n" in said
    assert "c-1-answer\n  not_configured: reply.post to reply, " in said
    assert "0 attempts" in said
    assert "491701234567" not in said
    assert handover("list", "--status", "waiting") == "no such rows\n"
    assert handover("list", "--limit", "1").endswith("the newest 1; --limit shows more\n")
    assert "c-1-answer" not in handover("list", "--target", "slack")


def test_the_list_as_json(outbox: Outbox, handover: Handover) -> None:
    (found,) = json.loads(handover("list", "--status", "dead", "--json", "-"))
    assert found.pop("age_seconds") > 0
    assert found == {
        "key": "c-1-alert",
        "target": "slack",
        "kind": "slack.post",
        "status": "dead",
        "attempts": 1,
        "created_at": "2026-03-02T12:00:00+00:00",
        "due_at": found["due_at"],
        "last_error": "status 404 Not Found",
    }
    assert json.loads(handover("list", "--status", "sent", "--json", "-")) == []


def test_retrying(outbox: Outbox, handover: Handover) -> None:
    assert handover("retry", "c-1-alert") == "1 row will be sent again\n"
    assert handover("retry", "--target", "reply", "--all-dead") == "there are no such rows\n"
    assert handover("retry", "--target", "reply") == "1 row will be sent again\n"
    assert outbox.statuses() == {"c-1-alert": "waiting", "c-1-answer": "waiting"}


def test_dropping(outbox: Outbox, handover: Handover) -> None:
    with pytest.raises(UsageError, match="never sent; add --yes"):
        handover("drop", "c-1-alert")
    assert outbox.row("c-1-alert").status == "dead"
    assert handover("drop", "c-1-alert", "c-1-answer", "--yes") == "2 rows will never be sent\n"
    assert set(outbox.statuses().values()) == {"dropped"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["retry"], "say which rows to retry"),
        (["retry", "c-1-alert", "--all-dead"], "say which rows to retry"),
        (["retry", "c-2"], "there is no row with the key 'c-2'"),
        (["drop", "c-2", "--yes"], "there is no row with the key 'c-2'"),
        (["list", "--target", "slak"], "there is no target 'slak'; there are slack"),
        (["retry", "--target", "slak"], "there is no target 'slak'"),
    ],
)
def test_wrong_usage(outbox: Outbox, handover: Handover, arguments: list[str], says: str) -> None:
    before: dict[str, Any] = outbox.statuses()
    with pytest.raises(UsageError, match=says):
        handover(*arguments)
    assert outbox.statuses() == before
