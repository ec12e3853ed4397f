"""What a bot may say, and what the rules learn of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from service.bot_replies import BotTurn, Gated, bot_replies
from service.ownership import Ownership
from tests.service.desk import ADA, MONDAY, Desk

TEN = timedelta(minutes=10)


def turn(
    epoch: int = 0,
    text: str = "It comes tomorrow.",
    *,
    failed: bool = False,
    offered: bool = False,
    key: str = "k1",
    deliver: bool = False,
) -> BotTurn:
    return BotTurn(ADA, epoch, text, failed, offered, key, deliver)


def say(desk: Desk, said: BotTurn) -> Gated:
    gated = desk.write(
        lambda connection, tables: bot_replies(
            connection, tables, said, desk.now, offer_open_for=TEN, configured=frozenset({"reply"})
        )
    )
    assert isinstance(gated, Gated)
    return gated


def test_the_bot_may_answer_what_was_left_to_it(desk: Desk) -> None:
    desk.say("Where is my parcel?")
    assert say(desk, turn()) == Gated(True, Ownership("bot", 0, None, ""))
    turns = desk.conversation().state.turns
    assert [(one.speaker, one.text, one.failed) for one in turns] == [
        ("customer", "Where is my parcel?", False),
        ("bot", "It comes tomorrow.", False),
    ]
    assert desk.rows(desk.tables.outbox) == []


def test_a_customer_who_never_wrote_can_be_written_to(desk: Desk) -> None:
    assert say(desk, turn()).allowed


def test_an_answer_that_comes_after_the_handover_is_refused(desk: Desk) -> None:
    desk.say("Where is my parcel?")
    desk.say("A human please")
    before = desk.everything()
    gated = say(desk, turn())
    assert (gated.allowed, gated.ownership.owner, gated.ownership.epoch) == (False, "human", 1)
    assert not say(desk, turn(epoch=1)).allowed  # it is not the bot's
    assert desk.everything() == before


def test_what_was_thought_of_before_a_person_had_the_conversation_is_refused_after_it(desk: Desk) -> None:
    desk.say("A human please")
    desk.set_owner("bot")
    assert not say(desk, turn(epoch=0)).allowed
    assert not say(desk, turn(epoch=1)).allowed
    assert say(desk, turn(epoch=2)).allowed


def test_a_persons_time_that_is_over_is_over_at_the_gate(desk: Desk) -> None:
    desk.set_owner("human", return_after=timedelta(hours=1))
    assert not say(desk, turn(epoch=1)).allowed
    desk.advance(hours=1)
    assert say(desk, turn(epoch=desk.owner().epoch)).allowed


def test_what_the_service_delivers_is_owed_once(desk: Desk) -> None:
    desk.say("Where is my parcel?")
    for _ in range(2):
        assert say(desk, turn(deliver=True)).owed
    row = desk.row(desk.tables.outbox)
    assert (row["target"], row["kind"], row["status"]) == ("reply", "bot.reply", "waiting")
    assert row["body"]["text"] == "It comes tomorrow."
    assert row["body"]["chat"] == f"{ADA}@s.whatsapp.net"
    assert row["body"]["epoch"] == 0
    assert ADA not in row["key"]
    assert sum(one.speaker == "bot" for one in desk.conversation().state.turns) == 1
    assert say(desk, turn(deliver=True, key="k2")).owed
    assert len(desk.rows(desk.tables.outbox)) == 2


@pytest.mark.parametrize("status", ["waiting", "sending", "not_configured"])
def test_what_a_bot_said_before_a_person_took_over_is_not_sent_any_more(desk: Desk, status: str) -> None:
    desk.say("Where is my parcel?")
    say(desk, turn(deliver=True))
    o = desk.tables.outbox
    with desk.database.writing() as connection:
        connection.execute(update(o).values(status=status, lease="token"))
    desk.say("How long does it take?")
    assert desk.row(o)["status"] == status  # it is the bot's still
    desk.say("A human please")
    row = desk.row(o, kind="bot.reply")
    assert (row["status"], row["lease"]) == ("dropped", None)
    assert row["last_error"] == "the conversation has changed hands since"
    assert desk.row(o, kind="reply")["status"] == "not_configured"  # what the handover itself says


def test_nor_is_it_where_the_bot_is_switched_off_by_hand(desk: Desk) -> None:
    say(desk, turn(deliver=True))
    desk.set_owner("human")
    assert desk.row(desk.tables.outbox)["status"] == "dropped"


def test_nothing_is_delivered_of_a_bot_that_says_nothing(desk: Desk) -> None:
    assert say(desk, turn(text=" ", failed=True, deliver=True)) == Gated(True, desk.owner())
    assert desk.rows(desk.tables.outbox) == []


def test_a_yes_to_the_bots_own_offer_hands_over(desk: Desk) -> None:
    desk.say("Where is my parcel?")
    say(desk, turn(text="Shall I get somebody?", offered=True))
    desk.say("yes please")
    assert desk.rows(desk.tables.decisions)[-1]["rule_id"] == "accepted"
    assert desk.owner().since == MONDAY
