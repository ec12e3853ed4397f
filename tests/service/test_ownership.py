"""Who owns a conversation, set by hand and read at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from service import ownership
from service.ownership import Ownership, person_answered
from service.store.conversations import Stale, save_state
from tests.service.desk import ADA, MONDAY, Desk

HOUR = timedelta(hours=1)
OFF, ON = "the bot was switched off by hand", "the bot was switched on by hand"


def episodes(desk: Desk) -> list[tuple[object, ...]]:
    """Epoch, opened, closed: hours after noon."""

    def hours(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - MONDAY) / HOUR

    return [(row["epoch"], hours(row["opened_at"]), hours(row["closed_at"])) for row in desk.rows(desk.tables.episodes)]


def test_the_bot_owns_a_customer_who_never_wrote(desk: Desk) -> None:
    before = desk.everything()
    assert desk.owner() == Ownership("bot", 0, None, "")
    assert desk.everything() == before  # to ask writes nothing


def test_a_handover_is_seen(desk: Desk) -> None:
    desk.say("A human please")
    desk.advance(hours=3)
    assert desk.owner() == Ownership("human", 1, MONDAY, "The customer asks for a person.")
    assert desk.owner("somebody else").owner == "bot"


def test_toggling_flips(desk: Desk) -> None:
    assert desk.set_owner() == Ownership("human", 1, MONDAY, OFF) == desk.owner()
    desk.advance(hours=1)
    assert desk.set_owner() == Ownership("bot", 2, MONDAY + HOUR, ON) == desk.owner()
    desk.advance(hours=1)
    assert desk.set_owner().epoch == 3
    assert episodes(desk) == [(1, 0, 1), (3, 2, None)]
    first, second = desk.rows(desk.tables.episodes)
    assert (first["reason"], first["closed_because"]) == (OFF, ON)
    assert (second["rule_id"], second["message_id"], second["closed_because"]) == (None, None, None)


def test_setting_the_owner_that_it_has_changes_nothing(desk: Desk) -> None:
    assert desk.set_owner("bot") == Ownership("bot", 0, None, "")
    assert episodes(desk) == []
    desk.set_owner("human")
    desk.advance(hours=1)
    assert desk.set_owner("human") == Ownership("human", 1, MONDAY, OFF)
    assert episodes(desk) == [(1, 0, None)]


def test_switching_off_by_hand_is_no_handover(desk: Desk) -> None:
    desk.set_owner("human")
    t = desk.tables
    for table in (t.contacts, t.lead_details, t.activities, t.tasks, t.outbox, t.decisions, t.intent_analysis_log):
        assert desk.rows(table) == [], table.name
    conversation = desk.row(t.conversations)
    assert (conversation["bot_enabled"], conversation["owner"], conversation["epoch"]) == (False, "human", 1)
    assert (conversation["handover_requested"], conversation["handover_timestamp"]) == (False, None)


def test_toggling_an_unknown_customer_begins_a_conversation(desk: Desk) -> None:
    desk.set_owner("human")
    conversation = desk.row(desk.tables.conversations)
    assert (conversation["customer_id"], conversation["phone_number"], conversation["chat"]) == (ADA, ADA, ADA)
    desk.say("A human please", chat=f"{ADA}@s.whatsapp.net")
    # Replies go where the customer writes from.
    assert desk.row(desk.tables.conversations)["chat"] == f"{ADA}@s.whatsapp.net"
    assert desk.owner() == Ownership("human", 1, MONDAY, OFF)
    assert desk.rows(desk.tables.lead_details) == []


def test_giving_a_handover_back_ends_the_request(desk: Desk) -> None:
    desk.say("A human please")
    desk.advance(hours=2)
    desk.set_owner("bot")
    conversation = desk.row(desk.tables.conversations)
    assert (conversation["bot_enabled"], conversation["handover_requested"]) == (True, False)
    # When and why it was requested last stays to be read.
    assert (conversation["handover_timestamp"], conversation["handover_reason"]) == (
        MONDAY,
        "The customer asks for a person.",
    )
    assert episodes(desk) == [(1, 0, 2)]


# --- for a time -----------------------------------------------------------------------------------


def test_a_persons_time_ends_when_it_is_read(desk: Desk) -> None:
    desk.set_owner("human", return_after=HOUR)
    desk.advance(minutes=59, seconds=59)
    assert desk.owner().owner == "human"
    desk.advance(seconds=1)
    assert desk.owner() == Ownership("bot", 2, MONDAY + HOUR, "the person's time was over")
    desk.advance(hours=5)
    assert desk.owner().since == MONDAY + HOUR
    # Nobody wrote since, so the row is as it was.
    assert desk.row(desk.tables.conversations)["owner"] == "human"


@pytest.mark.parametrize("owner", ["human", None])
def test_toggling_after_the_time_begins_anew(desk: Desk, owner: str | None) -> None:
    desk.set_owner("human", return_after=HOUR)
    desk.advance(hours=3)
    assert desk.set_owner(owner) == Ownership("human", 3, MONDAY + 3 * HOUR, OFF)
    assert episodes(desk) == [(1, 0, 1), (3, 3, None)]
    assert desk.rows(desk.tables.episodes)[0]["closed_because"] == "the person's time was over"


def test_giving_back_after_the_time_closes_when_it_was_over(desk: Desk) -> None:
    desk.set_owner("human", return_after=HOUR)
    desk.advance(hours=3)
    assert desk.set_owner("bot") == Ownership("bot", 2, MONDAY + HOUR, "the person's time was over")
    assert episodes(desk) == [(1, 0, 1)]
    assert desk.row(desk.tables.conversations)["bot_enabled"] is True


def test_a_person_can_be_given_more_time(desk: Desk) -> None:
    desk.set_owner("human", return_after=HOUR)
    desk.advance(minutes=30)
    desk.set_owner("human", return_after=HOUR)
    desk.advance(minutes=59)
    assert desk.owner() == Ownership("human", 1, MONDAY, OFF)
    desk.advance(minutes=1)
    assert desk.owner().since == MONDAY + timedelta(minutes=90)
    desk.set_owner("bot")
    assert episodes(desk) == [(1, 0, 1.5)]


def test_any_time_zone_will_do(desk: Desk) -> None:
    desk.now = MONDAY.astimezone(timezone(timedelta(hours=5, minutes=45)))
    desk.set_owner("human", return_after=HOUR)
    assert desk.owner().since == MONDAY
    desk.now = (MONDAY + HOUR).astimezone(UTC)
    assert desk.owner().owner == "bot"
    desk.set_owner("bot")
    assert episodes(desk) == [(1, 0, 1)]


# --- beside others --------------------------------------------------------------------------------


def test_somebody_who_wrote_in_between_is_not_overwritten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toggle reads again: it flips what is there, not what was there."""
    desk.set_owner("human")
    tried: list[Any] = []

    def late(*arguments: Any) -> Any:
        tried.append(arguments)
        if len(tried) == 1:
            raise Stale
        return save_state(*arguments)

    monkeypatch.setattr(ownership, "save_state", late)
    assert desk.set_owner().owner == "bot"
    assert len(tried) == 2
    assert episodes(desk) == [(1, 0, 0)]


def answer(desk: Desk, text: str = "Hello, Grace here.", return_after: timedelta | None = None) -> None:
    desk.write(person_answered, ADA, desk.now, text, reason="a person answered", return_after=return_after)


def test_a_person_who_answers_has_the_conversation_and_nothing_else_comes_of_it(desk: Desk) -> None:
    desk.say("Where is my parcel?")
    answer(desk)
    assert desk.owner() == Ownership("human", 1, MONDAY, "a person answered")
    assert episodes(desk) == [(1, 0, None)]
    for table in (desk.tables.contacts, desk.tables.lead_details, desk.tables.tasks, desk.tables.outbox):
        assert desk.rows(table) == []
    assert desk.row(desk.tables.conversations)["handover_requested"] is False
    desk.say("A human please")
    assert desk.rows(desk.tables.lead_details) == []


def test_the_first_answer_of_an_episode_is_noted(desk: Desk) -> None:
    desk.say("A human please")
    for _ in range(2):
        desk.advance(minutes=5)
        answer(desk)
    row = desk.row(desk.tables.episodes)
    assert row["first_reply_at"] - row["opened_at"] == timedelta(minutes=5)
    desk.set_owner("bot")
    desk.advance(minutes=5)
    answer(desk)
    assert [one["first_reply_at"] is None for one in desk.rows(desk.tables.episodes)] == [False, False]


def test_each_answer_gives_a_person_their_time_again(desk: Desk) -> None:
    answer(desk, return_after=HOUR)
    desk.advance(minutes=50)
    answer(desk, return_after=HOUR)
    desk.advance(minutes=50)
    assert desk.owner().owner == "human"
    desk.advance(minutes=11)
    assert desk.owner().owner == "bot"
