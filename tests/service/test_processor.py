"""Deciding what waits: in order, side by side, once, whatever happens to detectors and the database meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from structlog.testing import capture_logs

from handover_rules.detectors import Query
from handover_rules.signals import Score, Signal, Unavailable
from service import processor as module
from service import recording
from service.processor import Processor
from service.store.database import Database
from service.store.inbox import Received
from service.store.writer import Writer
from tests.service.desk import ADA, MONDAY, Desk
from tests.service.rulesets import NEEDED, NOT_NEEDED, Answering, detectors, ruleset

BOB = "15550001111"
REQUEST = "A human please"

# Seconds after which what a test waits for has failed.
PATIENCE = 30.0


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, ruleset(tmp_path))


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    opened = Writer(database)
    yield opened
    opened.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database is away, ask again without a pause."""
    monkeypatch.setattr(module, "_PAUSES", (0.0,))


class Unreliable:
    """A writer whose jobs fail: with `before`, without being run; with `after`, when they are committed."""

    def __init__(
        self,
        writer: Writer,
        before: Callable[[], Exception | None] = lambda: None,
        after: Callable[[], Exception | None] = lambda: None,
    ) -> None:
        self.writer = writer
        self.before = before
        self.after = after

    async def run(self, job: Callable[[Connection], Any]) -> Any:
        if (error := self.before()) is not None:
            await asyncio.sleep(0)
            raise error
        result = await self.writer.run(job)
        if (error := self.after()) is not None:
            raise error
        return result


def lost() -> Exception:
    return OperationalError("UPDATE", {"text": REQUEST}, ConnectionError("server closed the connection"))


def in_turn(*errors: Exception | None) -> Callable[[], Exception | None]:
    """Those errors one after the other, then none."""
    left = list(errors)
    return lambda: left.pop(0) if left else None


def open_processor(desk: Desk, writer: object, decided: Callable[[], None] = lambda: None) -> Processor:
    return Processor(
        desk.engine, desk.detectors, desk.recording, cast("Writer", writer), lambda: desk.now, decided=decided
    )


@asynccontextmanager
async def at_work(desk: Desk, writer: object, decided: Callable[[], None] = lambda: None) -> AsyncIterator[Processor]:
    """A processor that has done everything at the end of the block."""
    working = open_processor(desk, writer, decided)
    async with asyncio.timeout(PATIENCE):
        yield working
        await working.idle()


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def deliver(desk: Desk, processor: Processor, text: str, customer: str = ADA, **options: Any) -> Received:
    """A message comes in and is taken, as the webhook does it."""
    received = desk.receive(text, customer, **options)
    assert received.waiting is not None
    processor.take(received.waiting, received.conversation)
    return received


class Gate:
    """An AI that answers a text only when it is let; others at once."""

    def __init__(self, *texts: str, answer: Signal = NOT_NEEDED) -> None:
        self.texts = set(texts)
        self.answer = answer
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, query: Query) -> Signal:
        if query.text in self.texts:
            self.reached.set()
            await self.opened.wait()
            return self.answer
        return NOT_NEEDED


def decisions(desk: Desk) -> list[tuple[str, str, str | None]]:
    """(message, outcome, rule), in the order in which they were written."""
    with desk.database.reading() as connection:
        d = desk.tables.decisions
        rows = connection.execute(d.select()).mappings().all()
        versions = {row["message_id"]: len(row["state"].get("turns", ())) for row in rows}
    return [
        (row["message_id"], row["outcome"], row["rule_id"])
        for row in sorted(rows, key=lambda row: (row["epoch"], versions[row["message_id"]]))
    ]


def statuses(desk: Desk) -> list[tuple[str, str]]:
    return [(row["message_id"], row["status"]) for row in desk.rows(desk.tables.inbox)]


# --- order ----------------------------------------------------------------------------------------


def test_messages_of_a_conversation_are_decided_in_order(desk: Desk, writer: Writer) -> None:
    """The AI is slow for the first message and quick for those after it."""

    async def scenario() -> None:
        gate = Gate("first")
        desk.detectors = detectors(gate)
        async with at_work(desk, writer) as processor:
            for text in ("first", "second", "third"):
                deliver(desk, processor, text, message_id=text)
            await gate.reached.wait()
            assert cast("Answering", desk.detectors["ai"]).asked == ["first"]
            gate.opened.set()
        assert cast("Answering", desk.detectors["ai"]).asked == ["first", "second", "third"]

    run(scenario())
    assert [message for message, _, _ in decisions(desk)] == ["first", "second", "third"]
    assert [turn.text for turn in desk.conversation().state.turns] == ["first", "second", "third"]


def test_what_follows_a_handover_is_a_persons(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        gate = Gate("first", answer=NEEDED)
        desk.detectors = detectors(gate)
        async with at_work(desk, writer) as processor:
            deliver(desk, processor, "first", message_id="1")
            await gate.reached.wait()
            deliver(desk, processor, REQUEST, message_id="2")
            deliver(desk, processor, "hello?", message_id="3")
            gate.opened.set()
        assert cast("Answering", desk.detectors["ai"]).asked == ["first"]

    run(scenario())
    assert decisions(desk) == [("1", "handover", "ai-says"), ("2", "none", None), ("3", "none", None)]
    assert len(desk.rows(desk.tables.lead_details)) == 1
    assert desk.row(desk.tables.contacts)["lead_score"] == 25


def test_conversations_do_not_wait_for_each_other(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        gate = Gate("slow")
        desk.detectors = detectors(gate)
        async with at_work(desk, writer) as processor:
            deliver(desk, processor, "slow", ADA)
            await gate.reached.wait()
            deliver(desk, processor, REQUEST, BOB)
            await processor.settled(BOB, PATIENCE)
            assert desk.owner(BOB).owner == "human"
            assert [status for _, status in statuses(desk)] == ["waiting", "decided"]
            gate.opened.set()

    run(scenario())
    assert [status for _, status in statuses(desk)] == ["decided", "decided"]


def test_each_message_is_asked_about_once(desk: Desk, writer: Writer) -> None:
    """Although all were read before the first was written."""
    texts = [f"question {number}" for number in range(20)]

    async def scenario() -> None:
        async with at_work(desk, writer) as processor:
            for text in texts:
                deliver(desk, processor, text)

    run(scenario())
    assert cast("Answering", desk.detectors["ai"]).asked == texts
    assert len(desk.rows(desk.tables.decisions)) == 20


def test_it_says_how_often_it_decided(desk: Desk, writer: Writer) -> None:
    written: list[int] = []

    async def scenario() -> None:
        async with at_work(desk, writer, lambda: written.append(len(desk.rows(desk.tables.decisions)))) as processor:
            received = deliver(desk, processor, REQUEST)
            await processor.idle()
            assert received.waiting is not None
            processor.take(received.waiting)  # again
            deliver(desk, processor, "hello?")

    run(scenario())
    assert written == [1, 2]


def test_rules_are_told_when_it_came_and_the_record_when_it_was_decided(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        async with at_work(desk, writer) as processor:
            received = desk.receive(REQUEST)
            desk.advance(hours=2)
            processor.take(received.waiting)  # type: ignore[arg-type]

    run(scenario())
    row = desk.row(desk.tables.decisions)
    assert (row["now"], row["decided_at"]) == (MONDAY, desk.now)


# --- others write too -----------------------------------------------------------------------------


def test_a_toggle_while_the_ai_is_asked_is_not_overruled(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        gate = Gate("slow", answer=NEEDED)
        desk.detectors = detectors(gate)
        async with at_work(desk, writer) as processor:
            deliver(desk, processor, "slow", message_id="1")
            await gate.reached.wait()
            desk.set_owner("human")
            gate.opened.set()

    run(scenario())
    assert decisions(desk) == [("1", "none", None)]
    assert desk.owner().reason == "the bot was switched off by hand"
    assert desk.rows(desk.tables.lead_details) == []
    assert len(desk.rows(desk.tables.episodes)) == 1
    assert statuses(desk) == [("1", "decided")]


def test_a_toggle_back_while_the_ai_is_asked_is_decided_anew(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        gate = Gate("slow", answer=NEEDED)
        desk.detectors = detectors(gate)
        async with at_work(desk, writer) as processor:
            deliver(desk, processor, "slow", message_id="1")
            await gate.reached.wait()
            desk.set_owner("human")
            desk.set_owner("bot")
            gate.opened.set()

    run(scenario())
    assert decisions(desk) == [("1", "handover", "ai-says")]
    assert desk.owner().epoch == 3
    assert desk.row(desk.tables.decisions)["epoch"] == 2
    assert desk.row(desk.tables.contacts)["lead_score"] == 25


def test_two_processors_decide_a_message_once(desk: Desk, database: Database, writer: Writer) -> None:
    """A new service has started while the old one is still deciding."""

    async def scenario() -> None:
        gate = Gate("slow", answer=NEEDED)
        desk.detectors = detectors(gate)
        async with at_work(desk, writer) as old:
            deliver(desk, old, "slow", message_id="1")
            await gate.reached.wait()
            second = Writer(database)
            try:
                desk.detectors = detectors(lambda _: NEEDED)
                async with at_work(desk, second) as new:
                    for message in desk.waiting():
                        new.take(message)
            finally:
                second.close()
            before = desk.everything()
            gate.opened.set()
        assert desk.everything() == before

    run(scenario())
    assert statuses(desk) == [("1", "decided")]
    assert len(desk.rows(desk.tables.lead_details)) == 1


def test_a_message_that_another_process_has_decided_meanwhile_is_left_alone(desk: Desk, writer: Writer) -> None:
    """It was waiting when the list was read, and is not when the conversation is."""

    desk.receive(REQUEST)
    (message,) = desk.waiting()
    desk.record(message, desk.conversation())
    before = desk.everything()

    async def scenario() -> None:
        async with at_work(desk, writer) as processor:
            processor.take(message)

    with capture_logs() as logs:
        run(scenario())
    assert desk.everything() == before
    assert logs == []


# --- a message that cannot be decided -------------------------------------------------------------


def test_a_detector_that_raises_costs_one_message(desk: Desk, writer: Writer) -> None:
    def answer(query: Query) -> Signal:
        if query.text == "bad":
            raise KeyError(query.text)
        return NOT_NEEDED

    async def scenario() -> None:
        desk.detectors = detectors(answer)
        async with at_work(desk, writer) as processor:
            for text in ("good", "bad", REQUEST):
                deliver(desk, processor, text, message_id=text)
            deliver(desk, processor, "good", BOB, message_id="bob")

    run(scenario())
    assert statuses(desk) == [("good", "decided"), ("bad", "failed"), (REQUEST, "decided"), ("bob", "decided")]
    note = desk.rows(desk.tables.inbox)[1]["note"]
    assert note.startswith("KeyError in test_processor.py:")
    assert desk.owner().owner == "human"


def test_an_error_of_the_database_about_one_message_costs_that_message(
    desk: Desk, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a constraint that a table of an earlier system has."""
    add = recording.add_decision

    def refuse(connection: Connection, tables: Any, waiting: Any, *arguments: Any) -> None:
        if waiting.text == "bad":
            raise IntegrityError("INSERT", {"text": waiting.text}, ValueError("violates check constraint"))
        add(connection, tables, waiting, *arguments)

    monkeypatch.setattr(recording, "add_decision", refuse)

    async def scenario() -> None:
        async with at_work(desk, writer) as processor:
            for text in ("bad", REQUEST):
                deliver(desk, processor, text, message_id=text)

    run(scenario())
    assert statuses(desk) == [("bad", "failed"), (REQUEST, "decided")]


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
                    received = deliver(desk, one, rng.choice(("hello", REQUEST, "ok")), rng.choice(customers))
                    if rng.random() < 0.3:
                        two.take(received.waiting)  # type: ignore[arg-type]
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


# --- starting and stopping ------------------------------------------------------------------------


def test_what_was_not_decided_waits_for_the_next_start(desk: Desk, writer: Writer) -> None:
    async def first() -> None:
        gate = Gate("slow")
        desk.detectors = detectors(gate)
        processor = open_processor(desk, writer)
        deliver(desk, processor, "slow", message_id="1")
        deliver(desk, processor, REQUEST, message_id="2")
        deliver(desk, processor, REQUEST, BOB, message_id="3")
        await gate.reached.wait()
        await processor.settled(BOB, PATIENCE)
        await processor.stop(0.0)
        async with asyncio.timeout(PATIENCE):
            await processor.idle()

    async def second() -> None:
        desk.detectors = detectors()
        async with at_work(desk, writer) as processor:
            for message in desk.waiting():
                processor.take(message)

    run(first())
    assert statuses(desk) == [("1", "waiting"), ("2", "waiting"), ("3", "decided")]
    run(second())
    assert {status for _, status in statuses(desk)} == {"decided"}
    assert [(message, rule) for message, _, rule in decisions(desk) if message != "3"] == [("1", None), ("2", "asked")]


def test_a_stop_waits_for_what_is_under_way(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        gate = Gate("slow")
        desk.detectors = detectors(gate)
        processor = open_processor(desk, writer)
        deliver(desk, processor, "slow")
        await gate.reached.wait()
        stopping = asyncio.create_task(processor.stop(PATIENCE))
        await asyncio.sleep(0)
        assert not stopping.done()
        gate.opened.set()
        await stopping

    run(scenario())
    assert [status for _, status in statuses(desk)] == ["decided"]


def test_nothing_to_wait_for(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        processor = open_processor(desk, writer)
        async with asyncio.timeout(PATIENCE):
            await processor.idle()
            await processor.settled(ADA, PATIENCE)
            await processor.stop(PATIENCE)

    run(scenario())


def test_a_question_waits_for_the_decision_but_not_for_ever(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        gate = Gate("slow", answer=NEEDED)
        desk.detectors = detectors(gate)
        async with at_work(desk, writer) as processor:
            deliver(desk, processor, "slow")
            await gate.reached.wait()
            await processor.settled(ADA, 0.0)
            assert desk.owner().owner == "bot"
            asking = asyncio.create_task(processor.settled(ADA, PATIENCE))
            await asyncio.sleep(0)
            assert not asking.done()
            gate.opened.set()
            await asking
            assert desk.owner().owner == "human"

    run(scenario())


# --- what the customer is called ------------------------------------------------------------------


def test_a_name_that_came_while_others_waited_is_used(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        gate = Gate("slow")
        desk.detectors = detectors(gate)
        async with at_work(desk, writer) as processor:
            deliver(desk, processor, "slow", name=None)
            await gate.reached.wait()
            deliver(desk, processor, REQUEST, name="Ada")
            gate.opened.set()

    run(scenario())
    assert desk.row(desk.tables.contacts)["name"] == "Ada"


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
    add = recording.add_decision

    def refuse(connection: Connection, tables: Any, waiting: Any, *arguments: Any) -> None:
        if waiting.text == "secret constraint":
            raise IntegrityError("INSERT", {"text": waiting.text}, ValueError(f"Key ({ADA}) ({waiting.text}) is there"))
        add(connection, tables, waiting, *arguments)

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
