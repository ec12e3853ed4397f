"""The service and `handover decide` give the same decisions for the same conversations."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx2
from sqlalchemy import func, select

from service.store.database import open_database
from tests.service.posting import delivery
from tests.service.serving import ROOT, environment, serving
from tests.shipped import english_rules

MESSAGES = 2000
FIELDS = ("outcome", "rule", "confidence", "reason")


def _conversations() -> list[list[tuple[str, str, str]]]:
    """2,000 shipped messages as (customer, id, text), in conversations of one to six."""
    files = sorted((ROOT / "datasets" / "messages").glob("[de][en].jsonl"))
    texts = [json.loads(line)["text"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    # Spread over the languages; some of them twice, since what a customer repeats is a rule's business.
    chosen = iter([text for start in range(3) for text in texts[start::3]][:MESSAGES])
    conversations: list[list[tuple[str, str, str]]] = []
    said = 0
    while part := list(islice(chosen, 1 + len(conversations) % 6)):
        customer = f"1777{len(conversations):05}"
        conversations.append([(customer, f"m{said + turn}", text) for turn, text in enumerate(part)])
        said += len(part)
    return conversations


def _decided_by_command(conversations: list[list[tuple[str, str, str]]], folder: Path) -> dict[str, tuple[object, ...]]:
    rows = [
        {"id": message_id, "text": text, "conversation_id": customer, "turn": turn, "channel": "whatsapp"}
        for conversation in conversations
        for turn, (customer, message_id, text) in enumerate(conversation)
    ]
    done = subprocess.run(
        [sys.executable, "-m", "handover_rules", "decide", "--ruleset", str(english_rules("de"))],
        input="".join(json.dumps(row) + "\n" for row in rows),
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
        cwd=folder,
    )
    answers = map(json.loads, done.stdout.splitlines())
    return {answer["id"]: tuple(answer[field] for field in FIELDS) for answer in answers}


async def _post(address: str, conversations: list[list[tuple[str, str, str]]]) -> None:
    """Post the conversations from 8 clients at once, each conversation in order."""
    left: Iterator[list[tuple[str, str, str]]] = iter(conversations)

    async def client(http: httpx2.AsyncClient) -> None:
        for conversation in left:
            for customer, message_id, text in conversation:
                answer = await http.post("/webhook", json=delivery(customer, message_id, text))
                assert answer.json()["received"][0]["status"] == "accepted"

    async with httpx2.AsyncClient(base_url=address, timeout=30) as http:
        await asyncio.gather(*(client(http) for _ in range(8)))


def test_2000_messages_are_decided_the_same(tmp_path: Path) -> None:
    conversations = _conversations()
    expected = _decided_by_command(conversations, tmp_path)
    assert len(expected) == MESSAGES
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with serving(url, tmp_path) as service:
        asyncio.run(_post(service.address, conversations))
        database = open_database(url)
        d = database.tables.decisions.c
        deadline = time.monotonic() + 60
        counting = select(func.count()).select_from(database.tables.decisions)
        while True:
            with database.reading() as connection:
                if connection.execute(counting).scalar_one() == MESSAGES:
                    break
            assert time.monotonic() < deadline, "messages are not decided"
    with database.reading() as connection:
        rows = connection.execute(select(d.message_id, d.outcome, d.rule_id, d.confidence, d.reason)).all()
    database.close()
    assert {row[0]: tuple(row[1:]) for row in rows} == expected
    # The comparison says something only where much is decided, by scores and by whom the conversation belongs to too.
    decided = list(expected.values())
    assert sum(outcome == "handover" for outcome, _, _, _ in decided) > 200
    assert sum(confidence is not None for _, _, confidence, _ in decided) > 0
    assert sum(reason == "a person owns the conversation" for _, _, _, reason in decided) > 200
