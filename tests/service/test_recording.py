"""A decided message: everything that is written about it, once, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from handover_rules.conversation import ConversationState
from handover_rules.settle import Settled
from service import recording
from service.recording import Recorded, customer_facts
from service.store.conversations import Contact, Conversation
from service.store.database import Database
from service.store.inbox import mark
from tests.service.desk import ADA, MONDAY, Arrived, Desk
from tests.service.rulesets import NOT_NEEDED, detectors, ruleset

HOUR = timedelta(hours=1)
REQUEST = "A human please"


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, ruleset(tmp_path), configured=frozenset({"slack", "reply"}))


def decide_and_record(desk: Desk, arrived: Arrived) -> Recorded:
    return desk.record(arrived.waiting, arrived.conversation)


# --- a handover -----------------------------------------------------------------------------------


def test_a_handover_writes_everything(desk: Desk) -> None:
    arrived = desk.arrive(REQUEST, message_id="wamid.1")
    desk.advance(seconds=3)
    recorded = decide_and_record(desk, arrived)
    t = desk.tables
    assert (recorded.written, recorded.problems) == ("written", ())

    contact = desk.row(t.contacts)
    assert (contact["phone_number"], contact["customer_id"], contact["name"]) == (ADA, ADA, "Ada")
    assert (contact["lead_status"], contact["lead_score"]) == ("qualified", 25)
    assert contact["last_contact_at"] == contact["created_at"] == MONDAY

    conversation = desk.row(t.conversations)
    assert (conversation["owner"], conversation["epoch"], conversation["bot_enabled"]) == ("human", 1, False)
    assert conversation["handover_requested"] is True
    assert conversation["handover_timestamp"] == conversation["last_message_at"] == MONDAY
    assert conversation["handover_reason"] == "The customer asks for a person."
    assert conversation["contact_id"] == contact["id"]
    assert (conversation["chat"], conversation["channel"]) == (f"{ADA}@s.whatsapp.net", "whatsapp")

    episode = desk.row(t.episodes)
    assert (episode["conversation_id"], episode["epoch"]) == (conversation["id"], 1)
    assert (episode["opened_at"], episode["closed_at"], episode["due_at"]) == (
        MONDAY,
        None,
        MONDAY + timedelta(minutes=15),
    )
    assert (episode["rule_id"], episode["message_id"]) == ("asked", "wamid.1")
    assert (episode["priority"], episode["queue"], episode["topic"]) == ("high", "general", "person")
    assert episode["reason"] == "The customer asks for a person."

    lead = desk.row(t.lead_details)
    assert (lead["contact_id"], lead["episode_id"]) == (contact["id"], episode["id"])
    assert (lead["priority"], lead["status"], lead["source"]) == ("high", "qualified", "whatsapp")
    assert (lead["handover_requested"], lead["handover_trigger"]) == (True, REQUEST)
    assert lead["handover_timestamp"] == lead["created_at"] == MONDAY

    activity = desk.row(t.activities)
    assert (activity["contact_id"], activity["episode_id"]) == (contact["id"], episode["id"])
    assert (activity["activity_type"], activity["title"]) == ("support_request", "Handover requested")
    assert activity["description"] == REQUEST
    assert activity["metadata"] == {"rule": "asked", "confidence": "", "priority": "high"}
    assert activity["created_at"] == MONDAY

    task = desk.row(t.tasks)
    assert (task["contact_id"], task["episode_id"]) == (contact["id"], episode["id"])
    assert (task["title"], task["status"]) == ("Reply to Ada", "open")
    assert (task["priority"], task["queue"], task["due_at"]) == ("high", "general", MONDAY + timedelta(minutes=30))

    owed = {row["target"]: row for row in desk.rows(t.outbox)}
    assert {target: row["status"] for target, row in owed.items()} == {
        "slack": "waiting",
        "webhook": "not_configured",
        "reply": "waiting",
    }
    assert {row["episode_id"] for row in owed.values()} == {episode["id"]}
    assert owed["slack"]["body"] == {"text": f"asked: {REQUEST}"}
    # What goes outside speaks of what is here by then.
    assert owed["webhook"]["body"]["data"] == {"score": "25"}
    assert owed["reply"]["body"] == {
        "text": "You are next.",
        "language": "en",
        "channel": "whatsapp",
        "chat": f"{ADA}@s.whatsapp.net",
        "phone_number": ADA,
        "conversation_id": str(conversation["id"]),
        "epoch": 1,
        "message_id": "wamid.1",
        "rule": "asked",
        "occurred_at": MONDAY.isoformat(),
    }

    decision = desk.row(t.decisions)
    assert (decision["outcome"], decision["rule_id"], decision["confidence"]) == ("handover", "asked", None)
    assert (decision["now"], decision["decided_at"]) == (MONDAY, MONDAY + timedelta(seconds=3))
    assert (decision["epoch"], decision["ruleset_hash"]) == (0, desk.ruleset.hash)
    assert (decision["problems"], decision["tags"], decision["signals"]) == ([], [], {})

    intent = desk.row(t.intent_analysis_log)
    assert (intent["message_text"], intent["message_id"]) == (REQUEST, "wamid.1")
    assert (intent["final_decision"], intent["model_used"]) == (True, "rule asked")

    inbox = desk.row(t.inbox)
    assert (inbox["status"], inbox["note"]) == ("decided", None)


def test_what_is_returned_is_what_is_stored(desk: Desk) -> None:
    assert desk.say(REQUEST).conversation == desk.conversation()
    assert desk.say("Hello?").conversation == desk.conversation()


def test_an_ordinary_message_writes_no_crm_rows(desk: Desk) -> None:
    desk.say("Where is my parcel?")
    t = desk.tables
    for table in (t.contacts, t.lead_details, t.activities, t.tasks, t.episodes, t.outbox):
        assert desk.rows(table) == [], table.name
    assert desk.row(t.decisions)["outcome"] == "none"
    assert desk.row(t.intent_analysis_log)["final_decision"] is False
    conversation = desk.row(t.conversations)
    assert (conversation["owner"], conversation["bot_enabled"], conversation["handover_requested"]) == (
        "bot",
        True,
        False,
    )
    assert conversation["last_message_at"] == MONDAY


def test_an_offer_is_owed_and_a_yes_hands_over(desk: Desk) -> None:
    desk.say("Not what I meant")
    reply = desk.row(desk.tables.outbox)
    assert (reply["body"]["text"], reply["episode_id"], reply["body"]["epoch"]) == (
        "Shall I bring somebody?",
        None,
        0,
    )
    assert desk.rows(desk.tables.contacts) == []
    desk.advance(minutes=9)
    desk.say("Yes please")
    assert desk.row(desk.tables.episodes)["rule_id"] == "accepted"


def test_an_offer_runs_out(desk: Desk) -> None:
    desk.say("Not what I meant")
    desk.advance(minutes=10)
    desk.say("Yes please")
    assert desk.rows(desk.tables.episodes) == []


def test_tags_are_written_and_raise_the_priority(desk: Desk) -> None:
    desk.say("I am furious, a human now")
    assert desk.row(desk.tables.decisions)["tags"] == ["angry"]
    assert desk.row(desk.tables.episodes)["priority"] == "urgent"
    assert desk.row(desk.tables.tasks)["priority"] == "urgent"
    assert desk.row(desk.tables.lead_details)["priority"] == "high"  # the action says so itself


# --- while a person has it ------------------------------------------------------------------------


def test_a_further_request_is_logged_and_changes_nothing_else(desk: Desk) -> None:
    desk.say(REQUEST)
    before = desk.everything()
    desk.advance(minutes=5)
    desk.say("HUMAN! Where is my human?", name="Ada Lovelace")
    after = desk.everything()
    for table in ("contacts", "lead_details", "activities", "tasks", "episodes", "outbox"):
        assert after[table] == before[table], table
    assert desk.row(desk.tables.contacts)["lead_score"] == 25
    second = desk.rows(desk.tables.decisions)[1]
    assert (second["outcome"], second["rule_id"], second["epoch"]) == ("none", None, 1)
    assert second["reason"] == "a person owns the conversation"
    logged = desk.rows(desk.tables.intent_analysis_log)[1]
    assert (logged["final_decision"], logged["handover_needed"], logged["model_used"]) == (False, False, "none")
    (old,), (new,) = before["conversations"], after["conversations"]
    changed = {name for name in new if new[name] != old[name]}
    assert changed == {"handover_version", "handover_state", "last_message_at", "customer_name"}


def test_no_detector_is_asked_while_a_person_has_it(desk: Desk) -> None:
    def refuse(_: object) -> Any:
        raise AssertionError("nobody may ask")

    desk.detectors = detectors(refuse, refuse)
    desk.say(REQUEST)
    assert desk.say("Where is my parcel?").written == "written"


def test_a_request_after_the_return_is_another_episode(desk: Desk) -> None:
    desk.say(REQUEST)
    desk.advance(hours=1)
    desk.set_owner("bot")
    desk.advance(hours=1)
    desk.say("A human again, please")
    first, second = desk.rows(desk.tables.episodes)
    assert (first["epoch"], first["closed_at"], first["closed_because"]) == (
        1,
        MONDAY + HOUR,
        "the bot was switched on by hand",
    )
    assert (second["epoch"], second["opened_at"], second["closed_at"]) == (3, MONDAY + 2 * HOUR, None)
    assert [row["handover_trigger"] for row in desk.rows(desk.tables.lead_details)] == [
        REQUEST,
        "A human again, please",
    ]
    contact = desk.row(desk.tables.contacts)
    assert (contact["lead_score"], contact["last_contact_at"]) == (50, MONDAY + 2 * HOUR)
    assert len({row["key"] for row in desk.rows(desk.tables.outbox)}) == 6


def test_a_persons_time_that_is_over_ends_when_it_was_over(database: Database, tmp_path: Path) -> None:
    desk = Desk(database, ruleset(tmp_path, head="return_to_bot_after: 1h"))
    desk.say(REQUEST)
    desk.advance(hours=5)
    desk.say("Thanks!")
    episode = desk.row(desk.tables.episodes)
    assert (episode["closed_at"], episode["closed_because"]) == (MONDAY + HOUR, "the person's time was over")
    conversation = desk.row(desk.tables.conversations)
    assert (conversation["bot_enabled"], conversation["handover_requested"], conversation["epoch"]) == (True, False, 2)


def test_a_request_after_a_persons_time_closes_one_episode_and_opens_another(
    database: Database, tmp_path: Path
) -> None:
    desk = Desk(database, ruleset(tmp_path, head="return_to_bot_after: 1h"))
    desk.say(REQUEST)
    desk.advance(hours=1)
    desk.say("A human again, please")
    first, second = desk.rows(desk.tables.episodes)
    assert (first["epoch"], first["closed_at"]) == (1, MONDAY + HOUR)
    assert (second["epoch"], second["opened_at"], second["closed_at"]) == (3, MONDAY + HOUR, None)
    assert desk.row(desk.tables.conversations)["handover_requested"] is True


def test_an_old_request_does_not_hand_over_again(desk: Desk) -> None:
    """What was said before a change of owner is not in the state that rules and detectors see."""
    seen: list[tuple[str, ...]] = []

    def look(query: Any) -> Any:
        seen.append(tuple(turn.text for turn in query.context))
        return NOT_NEEDED

    desk.detectors = detectors(look)
    desk.say(REQUEST)
    desk.set_owner("bot")
    desk.say("Thanks")
    desk.say("Bye")
    assert seen == [(), ("Thanks",)]
    assert desk.owner().owner == "bot"


# --- once -----------------------------------------------------------------------------------------


def test_the_same_message_again_changes_nothing(desk: Desk) -> None:
    desk.say(REQUEST, message_id="wamid.1")
    before = desk.everything()
    desk.advance(minutes=1)
    again = desk.receive(REQUEST, message_id="wamid.1", name="Somebody else")
    assert (again.status, again.waiting) == ("duplicate", None)
    assert desk.everything() == before


def test_a_message_is_decided_once_however_often_it_is_tried(desk: Desk) -> None:
    arrived = desk.arrive(REQUEST)
    assert decide_and_record(desk, arrived).written == "written"
    before = desk.everything()
    # As it was read first, and as it is now.
    assert decide_and_record(desk, arrived).written == "done_before"
    again = desk.record(arrived.waiting, desk.conversation())
    assert (again.written, again.conversation) == ("done_before", desk.conversation())
    assert desk.everything() == before


def test_a_message_that_failed_stays_failed(desk: Desk) -> None:
    arrived = desk.arrive(REQUEST)
    desk.write(mark, arrived.waiting.seq, "failed", "KeyError in somewhere.py:1")
    assert decide_and_record(desk, arrived).written == "done_before"
    assert desk.owner().owner == "bot"
    assert desk.row(desk.tables.inbox)["note"] == "KeyError in somewhere.py:1"


def test_a_decision_on_an_old_reading_is_void(desk: Desk) -> None:
    arrived = desk.arrive(REQUEST)
    desk.set_owner("human")
    before = desk.everything()
    stale = decide_and_record(desk, arrived)
    assert (stale.written, stale.conversation) == ("stale", desk.conversation())
    assert desk.everything() == before
    assert [message.seq for message in desk.waiting()] == [arrived.waiting.seq]
    assert desk.record(arrived.waiting, stale.conversation).written == "written"
    assert desk.rows(desk.tables.lead_details) == []


# --- or not at all --------------------------------------------------------------------------------

WRITERS = ("save_state", "changed_hands", "carry_out", "add_decision", "add_intent")


@pytest.mark.parametrize("name", WRITERS)
def test_an_error_anywhere_leaves_nothing(desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = desk.arrive(REQUEST)
    before = desk.everything()
    write: Callable[..., Any] = getattr(recording, name)

    def fail(*arguments: Any, **options: Any) -> None:
        write(*arguments, **options)
        raise OSError("no more")

    with monkeypatch.context() as patched:
        patched.setattr(recording, name, fail)
        with pytest.raises(OSError, match="no more"):
            decide_and_record(desk, arrived)
    assert desk.everything() == before
    assert [message.seq for message in desk.waiting()] == [arrived.waiting.seq]
    assert decide_and_record(desk, arrived).written == "written"


@contextmanager
def failing_after(database: Database, allowed: int) -> Iterator[None]:
    """The database is lost after so many statements."""
    done = count()

    def execute(*_: object) -> None:
        if next(done) >= allowed:
            raise OperationalError("lost", {}, ConnectionError("lost"))

    event.listen(database.engine, "before_cursor_execute", execute)
    yield
    event.remove(database.engine, "before_cursor_execute", execute)


def test_an_error_of_any_statement_leaves_nothing(desk: Desk) -> None:
    """Each statement of a handover fails in turn, until one attempt needs no further statement."""
    arrived = desk.arrive(REQUEST)
    before = desk.everything()
    for allowed in range(100):
        with failing_after(desk.database, allowed):
            try:
                recorded = decide_and_record(desk, arrived)
            except OperationalError:
                recorded = None
        if recorded is not None:
            assert (recorded.written, allowed > 12) == ("written", True)
            assert len(desk.rows(desk.tables.lead_details)) == 1
            return
        assert desk.everything() == before, f"after {allowed} statements"
    pytest.fail("never done")


def test_one_template_that_cannot_be_rendered_stops_no_other_action(database: Database, tmp_path: Path) -> None:
    take_over = """\
    - contact.update: {lead_status: qualified, add_score: 25}
    - activity.log: {type: support_request, title: "{{ decision.confidence + 1 }}"}
    - task.create: {title: "Reply to {{ contact.name }}"}
    - slack.post: {text: "{{ contact[message.text] }}"}
"""
    desk = Desk(database, ruleset(tmp_path, take_over=take_over))
    recorded = desk.say(REQUEST)
    assert [problem.partition(":")[0] for problem in recorded.problems] == ["activity.log", "slack.post"]
    assert list(recorded.problems) == desk.row(desk.tables.decisions)["problems"]
    assert "small.yaml" in recorded.problems[0]
    assert "title" in recorded.problems[0]
    assert desk.rows(desk.tables.activities) == []
    assert desk.row(desk.tables.tasks)["title"] == "Reply to Ada"
    assert desk.row(desk.tables.contacts)["lead_score"] == 25
    assert desk.owner().owner == "human"
    assert [row["kind"] for row in desk.rows(desk.tables.outbox)] == ["slack.post", "webhook.post", "reply"]


# --- what is known of the customer ----------------------------------------------------------------


def conversation_with(contact: Contact | None) -> Conversation:
    return Conversation("c", ADA, "whatsapp", ADA, None, 0, ConversationState(), contact)


def test_rules_see_what_the_crm_knows() -> None:
    assert customer_facts(conversation_with(None)) == {}
    known = Contact("k", ADA, None, "customer", 0)
    assert customer_facts(conversation_with(known)) == {"lead_status": "customer", "lead_score": 0}


def test_what_the_rules_were_told_of_the_customer_is_recorded_as_it_was(desk: Desk) -> None:
    desk.say(REQUEST)
    desk.say("Hello?")
    first, second = desk.rows(desk.tables.decisions)
    assert first["customer"] == {}
    assert second["customer"] == {"name": "Ada", "lead_status": "qualified", "lead_score": 25}


# --- the application's own handover ---------------------------------------------------------------


def test_a_handover_that_no_rule_decided(desk: Desk) -> None:
    arrived = desk.arrive("anything")
    decided = Settled(desk.engine.hand_over("The application asked."), {})
    desk.record(arrived.waiting, arrived.conversation, decided)
    episode = desk.row(desk.tables.episodes)
    assert (episode["rule_id"], episode["reason"], episode["queue"]) == (None, "The application asked.", "general")
    assert desk.row(desk.tables.lead_details)["handover_trigger"] == "anything"
    assert desk.row(desk.tables.decisions)["problems"] == []


# --- keys -----------------------------------------------------------------------------------------


def test_keys_of_the_outbox_hold_no_id_of_another_system(desk: Desk) -> None:
    """An adopted conversation's id may be a phone number, and keys are sent and logged."""
    desk.say(REQUEST)
    conversation = desk.row(desk.tables.conversations)
    for row in desk.rows(desk.tables.outbox):
        assert str(conversation["id"]) not in row["key"]
        assert ADA not in row["key"]
        assert row["key"].isascii()
        assert len(row["key"]) < 100
