"""Deciding what waits while the database comes and goes, and everything else fails too."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from structlog.testing import capture_logs

from handover_rules.detectors import Query
from handover_rules.signals import Score, Signal, Unavailable
from service import processor as module
from service import recording
from service.store.database import Database
from service.store.decisions import add_decision
from service.store.writer import Writer
from tests.service.desk import ADA, Desk
from tests.service.processing import (
    REQUEST,
    Unreliable,
    at_work,
    deliver,
    in_turn,
    lost,
    run,
    statuses,
)
from tests.service.rulesets import NEEDED, NOT_NEEDED, detectors, ruleset


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database is away, ask again without a pause."""
    monkeypatch.setattr(module, "_PAUSES", (0.0,))


# --- the database is away -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        lost(),
        InterfaceError("UPDATE", {}, ConnectionError("the connection is closed")),
        # All connections are taken.
        NoConnectionFree("QueuePool limit of size 5 overflow 5 reached"),
        # A server that has become a standby, or whose disk is full, says so in this way.
        InternalError("UPDATE", {}, RuntimeError("cannot execute UPDATE in a read-only transaction")),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.usefixtures("at_once")
def test_everything_is_decided_once_when_the_database_is_back(desk: Desk, writer: Writer, error: Exception) -> None:
    async def scenario() -> None:
        unreliable = Unreliable(writer, before=in_turn(*[error] * 25))
        async with at_work(desk, unreliable) as processor:
            for number in range(4):
                for text in ("hello", REQUEST, "hello?"):
                    deliver(desk, processor, text, f"1555{number}")

    run(scenario())
    assert {status for _, status in statuses(desk)} == {"decided"}
    assert len(desk.rows(desk.tables.decisions)) == 12
    assert len(desk.rows(desk.tables.lead_details)) == len(desk.rows(desk.tables.episodes)) == 4
    assert {row["lead_score"] for row in desk.rows(desk.tables.contacts)} == {25}


@pytest.mark.usefixtures("at_once")
def test_a_commit_whose_answer_was_lost_is_not_done_again(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        unreliable = Unreliable(writer, after=in_turn(lost(), None, lost()))
        async with at_work(desk, unreliable) as processor:
            for text in (REQUEST, "hello?", "hello??"):
                deliver(desk, processor, text)

    run(scenario())
    assert [status for _, status in statuses(desk)] == ["decided"] * 3
    assert len(desk.rows(desk.tables.decisions)) == len(desk.rows(desk.tables.intent_analysis_log)) == 3
    assert len(desk.rows(desk.tables.lead_details)) == 1


@pytest.mark.usefixtures("at_once")
def test_a_bad_message_is_set_aside_when_the_database_is_back(desk: Desk, writer: Writer) -> None:
    def answer(query: Query) -> Signal:
        if query.text == "bad":
            raise KeyError(query.text)
        return NOT_NEEDED

    async def scenario() -> None:
        desk.detectors = detectors(answer)
        # The first that is written is that the message failed.
        async with at_work(desk, Unreliable(writer, before=in_turn(lost(), lost()))) as processor:
            deliver(desk, processor, "bad", message_id="1")
            deliver(desk, processor, REQUEST, message_id="2")

    run(scenario())
    assert statuses(desk) == [("1", "failed"), ("2", "decided")]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("at_once")
def test_a_storm(desk: Desk, database: Database, writer: Writer, seed: int) -> None:
    """Two processors on one store, lost connections and commits, people who toggle: once each, and in order."""
    rng = Random(seed)
    customers = [f"1555{number}" for number in range(4)]

    async def slowly(query: Query) -> Signal:
        for _ in range(rng.randrange(20)):
            await asyncio.sleep(0)
        return rng.choice((NEEDED, NOT_NEEDED, NOT_NEEDED, Unavailable("timed_out")))

    def sometimes() -> Exception | None:
        return lost() if rng.random() < 0.1 else None

    async def scenario() -> None:
        desk.detectors = detectors(slowly, lambda _: Score(rng.choice((0.1, 0.95))))
        second = Writer(database)
        try:
            async with (
                at_work(desk, Unreliable(writer, sometimes, sometimes)) as one,
                at_work(desk, Unreliable(second, sometimes, sometimes)) as two,
            ):
                for _ in range(60):
                    desk.advance(seconds=1)
                    arrived = deliver(desk, one, rng.choice(("hello", REQUEST, "ok")), rng.choice(customers))
                    if rng.random() < 0.3:
                        two.take(arrived.waiting)
                    if rng.random() < 0.2:
                        await asyncio.to_thread(desk.set_owner, rng.choice((None, "bot")), rng.choice(customers))
                    await asyncio.sleep(0)
        finally:
            second.close()

    run(scenario())
    assert {status for _, status in statuses(desk)} == {"decided"}
    made = desk.rows(desk.tables.decisions)
    assert len(made) == len(desk.rows(desk.tables.intent_analysis_log)) == 60
    handovers = [row for row in made if row["outcome"] == "handover"]
    opened = [row for row in desk.rows(desk.tables.episodes) if row["rule_id"] is not None]
    assert {(row["conversation_id"], row["message_id"]) for row in handovers} == {
        (row["conversation_id"], row["message_id"]) for row in opened
    }
    assert len(desk.rows(desk.tables.lead_details)) == len(handovers) == len(opened) > 0
    assert sum(row["lead_score"] for row in desk.rows(desk.tables.contacts)) == 25 * len(handovers)
    for conversation in desk.rows(desk.tables.conversations):
        own = [row for row in desk.rows(desk.tables.episodes) if row["conversation_id"] == conversation["id"]]
        still = [row["epoch"] for row in own if row["closed_at"] is None]
        assert still == ([conversation["epoch"]] if conversation["owner"] == "human" else [])
        assert conversation["bot_enabled"] is (conversation["owner"] == "bot")


# --- logs -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_logs_hold_no_personal_data(
    database: Database,
    writer: Writer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With everything going wrong that can: a template, a detector, a constraint, the database."""
    take_over = "".join(
        f'    - slack.post: {{text: "{{{{ contact[{key}] }}}}"}}\n' for key in ("message.text", "contact.name")
    )
    desk = Desk(database, ruleset(tmp_path, take_over=take_over))

    def refuse(connection: Connection, tables: Any, waiting: Any, *arguments: Any) -> None:
        if waiting.text == "secret constraint":
            raise IntegrityError("INSERT", {"text": waiting.text}, ValueError(f"Key ({ADA}) ({waiting.text}) is there"))
        add_decision(connection, tables, waiting, *arguments)

    monkeypatch.setattr(recording, "add_decision", refuse)

    def answer(query: Query) -> Signal:
        if query.text == "secret detector":
            raise ValueError(f"cannot read {query.text} of Lovelace")
        return NOT_NEEDED

    async def scenario() -> None:
        desk.detectors = detectors(answer)
        errors = in_turn(
            lost(), None, lost(), OperationalError(f"secret {ADA}", {"name": "Lovelace"}, OSError("secret"))
        )
        async with at_work(desk, Unreliable(writer, before=errors)) as processor:
            for text in ("secret detector", "secret constraint", "a secret human", "another secret"):
                deliver(desk, processor, text, name="Ada Lovelace")

    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        run(scenario())
    assert {one["event"] for one in logs} == {"decided", "message_failed", "action_failed", "database_away"}
    assert [one["action"] for one in logs if one["event"] == "action_failed"] == ["slack.post", "slack.post"]
    said = repr(logs) + "".join(record.getMessage() for record in caplog.records if record.levelno >= logging.INFO)
    for personal in (ADA, "secret", "Lovelace", "Ada"):
        assert personal not in said
    assert "Traceback" not in caplog.text
