"""`kill -9` while messages come in: what was acknowledged is there, and is decided exactly once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
from sqlalchemy import func, select

from service.store.database import Database, open_database
from tests.service.posting import delivery
from tests.service.serving import Service, serving

MESSAGES = 2000
CUSTOMERS = 150
KILL_AFTER = 700
TEXTS = ("I need to speak with a human", "what time do you open", "where is my parcel", "thanks", "are you there")


def _messages() -> list[tuple[str, str, str]]:
    """(customer, id, text): every customer writes a dozen messages, and some of them ask for a person."""
    return [
        (f"1555{number % CUSTOMERS:04}", f"m{number}", TEXTS[(number // CUSTOMERS + number) % len(TEXTS)])
        for number in range(MESSAGES)
    ]


async def _post(service: Service, messages: Iterator[tuple[str, str, str]], kill_after: int | None) -> list[str]:
    """Post from 16 clients at once until the messages or the service end; the ids that were acknowledged."""
    acknowledged: list[str] = []

    async def client(http: httpx2.AsyncClient) -> None:
        for customer, message_id, text in messages:
            try:
                answer = await http.post("/webhook", json=delivery(customer, message_id, text))
            except httpx2.TransportError:
                return
            assert answer.status_code == 200
            acknowledged.append(message_id)
            if len(acknowledged) == kill_after:
                service.kill()

    async with httpx2.AsyncClient(base_url=service.address, timeout=30) as http:
        await asyncio.gather(*(client(http) for _ in range(16)))
    return acknowledged


def _undecided(database: Database) -> int:
    inbox = database.tables.inbox
    with database.reading() as connection:
        return connection.execute(select(func.count()).where(inbox.c.status == "waiting")).scalar_one()


def test_every_acknowledged_message_is_decided_exactly_once(database_url: str, tmp_path: Path) -> None:
    messages = _messages()
    with serving(database_url, tmp_path) as service:
        acknowledged = asyncio.run(_post(service, iter(messages), KILL_AFTER))
    assert KILL_AFTER <= len(acknowledged) < KILL_AFTER + 16
    with serving(database_url, tmp_path) as service:
        # The channel sends again what was not acknowledged; here also some that was.
        again = [message for message in messages if message[1] not in acknowledged[:-50]]
        acknowledged += asyncio.run(_post(service, iter(again), None))
        database = open_database(database_url)
        try:
            deadline = time.monotonic() + 60
            while _undecided(database):
                assert time.monotonic() < deadline, "messages are not decided"
            _check(database, set(acknowledged))
        finally:
            database.close()


def _check(database: Database, acknowledged: set[str]) -> None:
    t = database.tables
    assert acknowledged == {message_id for _, message_id, _ in _messages()}
    with database.reading() as connection:
        inbox = connection.execute(select(t.inbox.c.message_id, t.inbox.c.status, t.inbox.c.seq)).all()
        decisions = connection.execute(
            select(t.decisions.c.message_id, t.decisions.c.conversation_id, t.decisions.c.outcome).order_by(
                t.decisions.c.inbox_seq
            )
        ).all()
        log = connection.execute(select(t.intent_analysis_log.c.message_id)).scalars().all()
        leads = connection.execute(select(t.lead_details.c.contact_id)).scalars().all()
        episodes = connection.execute(select(t.episodes.c.conversation_id, t.episodes.c.closed_at)).all()
        scores = connection.execute(select(t.contacts.c.lead_score)).scalars().all()
        owed = connection.execute(select(t.outbox.c.kind, t.outbox.c.conversation_id)).all()
    assert {row.message_id for row in inbox} == acknowledged
    assert {row.status for row in inbox} == {"decided"}
    assert Counter(row.message_id for row in decisions) == Counter(acknowledged)
    assert Counter(log) == Counter(acknowledged)
    # Each customer asked for a person, and got one, once: one episode, lead and alert, and 25 points.
    assert len(episodes) == len({row.conversation_id for row in episodes}) == CUSTOMERS
    assert len(leads) == len(set(leads)) == CUSTOMERS
    assert scores == [25] * CUSTOMERS
    assert Counter(row.kind for row in owed) == {"slack.post": CUSTOMERS, "reply": CUSTOMERS}
    assert Counter(row.outcome for row in decisions)["handover"] == CUSTOMERS
    # In order: after the message that handed over, none of the conversation was analysed.
    taken = set()
    for row in decisions:
        if row.conversation_id in taken:
            assert row.outcome == "none"
        elif row.outcome == "handover":
            taken.add(row.conversation_id)
