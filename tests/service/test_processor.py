"""Deciding what waits: in order, side by side, once, and whatever others write meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from handover_rules.detectors import Query
from handover_rules.signals import Signal
from service import recording
from service.store.database import Database
from service.store.decisions import add_decision
from service.store.writer import Writer
from tests.service.desk import ADA, MONDAY, Desk
from tests.service.processing import (
    BOB,
    PATIENCE,
    REQUEST,
    Gate,
    at_work,
    decisions,
    deliver,
    open_processor,
    run,
    statuses,
)
from tests.service.rulesets import NEEDED, NOT_NEEDED, Answering, detectors

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
            arrived = deliver(desk, processor, REQUEST)
            await processor.idle()
            processor.take(arrived.waiting)  # again
            deliver(desk, processor, "hello?")

    run(scenario())
    assert written == [1, 2]


def test_rules_are_told_when_it_came_and_the_record_when_it_was_decided(desk: Desk, writer: Writer) -> None:
    async def scenario() -> None:
        async with at_work(desk, writer) as processor:
            arrived = desk.arrive(REQUEST)
            desk.advance(hours=2)
            processor.take(arrived.waiting)

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

    def refuse(connection: Connection, tables: Any, waiting: Any, *arguments: Any) -> None:
        if waiting.text == "bad":
            raise IntegrityError("INSERT", {"text": waiting.text}, ValueError("violates check constraint"))
        add_decision(connection, tables, waiting, *arguments)

    monkeypatch.setattr(recording, "add_decision", refuse)

    async def scenario() -> None:
        async with at_work(desk, writer) as processor:
            for text in ("bad", REQUEST):
                deliver(desk, processor, text, message_id=text)

    run(scenario())
    assert statuses(desk) == [("bad", "failed"), (REQUEST, "decided")]


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
