"""What the business itself sends: a person who answers, and what only looks like one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from service.channels.inbound import Inbound
from service.outbox.owed import Owed, enqueue
from service.ownership import Ownership
from service.taking_in import take_in
from tests.service.desk import ADA, MONDAY, Desk
from tests.service.test_bot_replies import say, turn


def sent(desk: Desk, text: str | None = "Hello, Grace here.", message_id: str = "h1", **more: Any) -> None:
    """The channel reports what the business sent."""
    values = {"chat": f"{ADA}@s.whatsapp.net", "customer": ADA, "ignored": "sent by the business itself", **more}
    inbound = Inbound("whatsapp", "messages.upsert", "{}", message_id=message_id, from_me=True, text=text, **values)
    desk.write(take_in, [inbound], desk.now, return_after=timedelta(hours=8))


def test_a_person_who_answers_from_the_phone_has_the_conversation(desk: Desk) -> None:
    desk.say("Where is my parcel?")
    sent(desk)
    assert desk.owner() == Ownership("human", 1, MONDAY, "a person of the business answered")
    assert desk.conversation().state.returns_at == MONDAY + timedelta(hours=8)
    assert desk.rows(desk.tables.lead_details) == desk.rows(desk.tables.tasks) == []


def test_a_person_may_write_first(desk: Desk) -> None:
    sent(desk)
    assert desk.owner().owner == "human"
    desk.say("A human please")
    assert desk.rows(desk.tables.decisions)[0]["outcome"] == "none"


def test_a_picture_is_an_answer_too(desk: Desk) -> None:
    sent(desk, None)
    assert desk.owner().owner == "human"


def test_the_same_answer_delivered_again_changes_nothing(desk: Desk) -> None:
    sent(desk)
    desk.set_owner("bot")
    before = desk.everything()
    sent(desk)
    assert desk.everything() == before


def test_a_reaction_or_a_group_is_no_answer(desk: Desk) -> None:
    sent(desk, kind="event")
    sent(desk, customer=None, message_id="h2")
    assert desk.owner().owner == "bot"


def test_what_a_bot_said_is_not_a_persons(desk: Desk) -> None:
    desk.say("Where is my parcel?")
    say(desk, turn(text="It comes tomorrow."))
    sent(desk, "It comes tomorrow. ")
    assert desk.owner().owner == "bot"
    sent(desk, "No, it comes today!", message_id="h2")
    assert desk.owner().owner == "human"


def owed(desk: Desk, text: str, *, external_id: str | None = None) -> None:
    """This service has sent a reply."""
    conversation = desk.conversation()
    row = Owed("k1", conversation.id, None, "reply", "reply", {"text": text})
    desk.write(enqueue, row, configured={"reply"}, now=desk.now)
    o = desk.tables.outbox
    with desk.database.writing() as connection:
        connection.execute(update(o).values(status="sent", external_id=external_id))


def test_what_this_service_sent_is_known_by_the_channels_id(desk: Desk) -> None:
    desk.say("not what i meant")
    owed(desk, "Shall I get somebody?", external_id="3EB01")
    sent(desk, "Shall I get somebody?", message_id="3EB01")
    assert desk.owner().owner == "bot"
    # Somebody who writes the same is somebody.
    sent(desk, "Shall I get somebody?", message_id="3EB02")
    assert desk.owner().owner == "human"


def test_and_by_its_text_where_the_channel_has_not_said_yet_what_it_calls_it(desk: Desk) -> None:
    desk.say("not what i meant")
    owed(desk, "Shall I get somebody?")
    sent(desk, "Shall I get somebody?", message_id="3EB01")
    assert desk.owner().owner == "bot"
