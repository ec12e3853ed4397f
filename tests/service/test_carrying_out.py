"""What each planned action does, with what the rule leaves out, and what the customer is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.store.database import Database
from tests.service.desk import ADA, MONDAY, Desk
from tests.service.rulesets import ruleset

SATURDAY = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
REQUEST = "A human please"


def desk_doing(database: Database, folder: Path, take_over: str, *configured: str) -> Desk:
    return Desk(database, ruleset(folder, take_over=take_over), configured=frozenset(configured))


def told(desk: Desk) -> list[str]:
    """The texts that customers are owed."""
    return [row["body"]["text"] for row in desk.rows(desk.tables.outbox, target="reply")]


# --- what a rule leaves out -----------------------------------------------------------------------


def test_an_action_without_parameters_takes_what_the_rules_set(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(
        database, tmp_path, "    - lead.create: {}\n    - task.create: {title: Reply}\n    - contact.update: {}\n"
    )
    desk.say(REQUEST)
    lead, task, contact = (
        desk.row(table) for table in (desk.tables.lead_details, desk.tables.tasks, desk.tables.contacts)
    )
    assert (lead["priority"], lead["status"], lead["source"]) == ("high", None, None)
    assert lead["handover_trigger"] == REQUEST
    assert (task["priority"], task["due_at"]) == ("high", MONDAY + timedelta(minutes=15))
    assert (contact["lead_status"], contact["lead_score"]) == (None, 0)


def test_without_settings_a_lead_has_medium_priority_and_a_task_no_time(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(database, tmp_path, "    - lead.create: {}\n    - task.create: {title: Reply}\n")
    desk.say("Not what I meant")
    desk.say("Yes please")
    assert desk.row(desk.tables.lead_details)["priority"] == "medium"
    task = desk.row(desk.tables.tasks)
    assert (task["priority"], task["due_at"], task["queue"]) == (None, None, "general")


def test_a_score_is_added_to_what_the_crm_has(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(database, tmp_path, "    - contact.update: {add_score: 25}\n")
    desk.add(desk.tables.contacts, phone_number=f"+{ADA}", name="Ms Lovelace", lead_status="customer", lead_score=40)
    recorded = desk.say(REQUEST)
    contact = desk.row(desk.tables.contacts)
    assert (contact["lead_score"], contact["lead_status"], contact["name"]) == (65, "customer", "Ms Lovelace")
    assert recorded.conversation.contact is not None
    assert repr(recorded.conversation.contact.lead_score) == "65"


def test_a_contact_without_a_score_begins_at_nothing(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(
        database, tmp_path, "    - contact.update: {add_score: 25}\n    - contact.update: {add_score: -5}\n"
    )
    desk.add(desk.tables.contacts, phone_number=ADA, lead_score=None)
    desk.say(REQUEST)
    assert desk.row(desk.tables.contacts)["lead_score"] == 20


# --- order ----------------------------------------------------------------------------------------


def test_what_goes_outside_knows_what_was_done_here(database: Database, tmp_path: Path) -> None:
    take_over = """\
    - slack.post: {text: "{{ contact.lead_status }} {{ contact.lead_score }} {{ conversation.epoch }}"}
    - contact.update: {lead_status: qualified, add_score: 25}
"""
    desk = desk_doing(database, tmp_path, take_over)
    desk.say(REQUEST)
    first = desk.rows(desk.tables.outbox)[0]
    assert first["body"] == {"text": "qualified 25 1"}


def test_each_thing_owed_has_a_key_of_its_own(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(database, tmp_path, "    - slack.post: {text: one}\n    - slack.post: {text: two}\n", "slack")
    for customer in (ADA, "491700000000"):
        desk.say(REQUEST, customer)
    rows = desk.rows(desk.tables.outbox)
    assert len({row["key"] for row in rows}) == len(rows) == 10
    assert [row["body"]["text"] for row in rows[:3]] == ["one", "two", f"asked: {REQUEST}"]


def test_alerts_have_what_their_targets_need(database: Database, tmp_path: Path) -> None:
    take_over = """\
    - teams.post: {text: "{{ message.text }}"}
    - email.send: {to: care@shop.example, subject: "{{ rule.id }}", text: "{{ message.text }}"}
"""
    desk = desk_doing(database, tmp_path, take_over, "teams", "email")
    desk.say(REQUEST)
    owed = {row["kind"]: row for row in desk.rows(desk.tables.outbox)}
    assert (owed["teams.post"]["target"], owed["teams.post"]["body"]) == ("teams", {"text": REQUEST})
    mail = owed["email.send"]
    assert (mail["target"], mail["status"]) == ("email", "waiting")
    assert (mail["body"]["to"], mail["body"]["text"]) == ("care@shop.example", REQUEST)


def test_a_crm_elsewhere_is_owed_the_rows_of_a_handover(database: Database, tmp_path: Path) -> None:
    take_over = """\
    - contact.update: {lead_status: qualified, add_score: 25}
    - lead.create: {priority: high, source: whatsapp}
    - activity.log: {type: support_request, title: Asked, metadata: {rule: "{{ rule.id }}"}}
    - task.create: {title: Reply, due_in: 15m}
    - task.create: {title: Call}
"""
    desk = desk_doing(database, tmp_path, take_over, "supabase")
    desk.say(REQUEST)
    (row,) = desk.rows(desk.tables.outbox, target="supabase")
    body = row["body"]
    assert (row["kind"], row["status"]) == ("crm", "waiting")
    assert (body["contact"]["phone_number"], body["contact"]["lead_score"]) == (ADA, 25)
    assert [lead["handover_trigger"] for lead in body["lead_details"]] == [REQUEST]
    assert [activity["title"] for activity in body["activities"]] == ["Asked"]
    assert sorted(task["title"] for task in body["tasks"]) == ["Call", "Reply"]
    assert "contact_id" not in body["tasks"][0]


def test_without_a_crm_elsewhere_nothing_is_owed_to_it(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(database, tmp_path, "    - bot.disable: {}\n")
    desk.say(REQUEST)
    assert desk.rows(desk.tables.outbox, target="supabase") == []


def test_only_what_has_an_address_waits_to_be_sent(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(database, tmp_path, "    - bot.disable: {}\n", "webhook")
    desk.say(REQUEST)
    assert {row["target"]: row["status"] for row in desk.rows(desk.tables.outbox)} == {
        "slack": "not_configured",
        "webhook": "waiting",
        "reply": "not_configured",
    }


# --- what the customer is told --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        (MONDAY, REQUEST, "You are next."),
        (SATURDAY, REQUEST, "We are closed."),
        (MONDAY, "Ich möchte mit einem Menschen sprechen, mit Menschen!", "Sie sind dran."),
        (SATURDAY, "Ich möchte mit einem Menschen sprechen, mit Menschen!", "Wir haben zu."),
        # There is no Spanish text.
        (MONDAY, "Quiero hablar con una persona, human, ahora mismo por favor", "You are next."),
    ],
)
def test_a_reply_says_what_happened_in_the_customers_language(
    database: Database, tmp_path: Path, now: datetime, text: str, expected: str
) -> None:
    desk = Desk(database, ruleset(tmp_path))
    desk.now = now
    desk.say(text)
    assert told(desk) == [expected]


@pytest.mark.parametrize(
    ("received", "decided", "expected"),
    [
        (SATURDAY, SATURDAY + timedelta(days=2), "You are next."),
        (MONDAY, MONDAY + timedelta(hours=8), "We are closed."),
    ],
)
def test_a_customer_who_had_to_wait_is_told_what_is_true_now(
    database: Database, tmp_path: Path, received: datetime, decided: datetime, expected: str
) -> None:
    desk = Desk(database, ruleset(tmp_path))
    desk.now = received
    arrived = desk.arrive(REQUEST)
    desk.now = decided
    desk.record(arrived.waiting, arrived.conversation)
    assert told(desk) == [expected]
    # The rest is about the customer's message.
    assert desk.row(desk.tables.conversations)["handover_timestamp"] == received
    assert desk.row(desk.tables.episodes)["due_at"] == received + timedelta(minutes=15)


@pytest.mark.parametrize("empty", ['""', '" "', '"{% if contact.name == 1 %}x{% endif %}"'])
def test_an_empty_reply_is_not_sent(database: Database, tmp_path: Path, empty: str) -> None:
    desk = desk_doing(database, tmp_path, f"    - reply: {{nobody: {empty}}}\n")
    recorded = desk.say(REQUEST)
    assert told(desk) == ["You are next."]
    assert recorded.problems == ()


def test_a_reply_without_a_text_for_what_happened_says_nothing(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(database, tmp_path, "    - reply: {assigned: Hello}\n    - reply: {closed: Later}\n")
    desk.say(REQUEST)
    assert told(desk) == ["You are next."]


def test_a_reply_that_cannot_be_rendered_is_named(database: Database, tmp_path: Path) -> None:
    desk = desk_doing(database, tmp_path, '    - reply: {text: "{{ decision.confidence + 1 }}"}\n')
    recorded = desk.say(REQUEST)
    assert [problem.partition(":")[0] for problem in recorded.problems] == ["reply"]
    assert told(desk) == ["You are next."]


# --- without a handover ---------------------------------------------------------------------------


def test_an_offer_makes_no_contact_and_speaks_of_the_customer_by_name(database: Database, tmp_path: Path) -> None:
    desk = Desk(database, ruleset(tmp_path))
    desk.say("Not what I meant")
    assert desk.rows(desk.tables.contacts) == []
    row = desk.row(desk.tables.outbox)
    assert (row["kind"], row["episode_id"], row["body"]["epoch"]) == ("reply", None, 0)


# --- an adopted CRM -------------------------------------------------------------------------------


def test_the_customers_contact_is_the_one_of_the_conversation(database: Database, tmp_path: Path) -> None:
    """Whatever number it has, and also if another contact has the customer's."""
    desk = Desk(database, ruleset(tmp_path))
    mine = desk.add(desk.tables.contacts, phone_number="0170 1234567", name="Lovelace Ltd", lead_score=1)
    other = desk.add(desk.tables.contacts, phone_number=ADA, name="Somebody else", lead_score=2)
    desk.add(desk.tables.conversations, phone_number=ADA, contact_id=mine, bot_enabled=True)
    desk.say(REQUEST)
    assert {row["id"]: row["lead_score"] for row in desk.rows(desk.tables.contacts)} == {mine: 26, other: 2}
    assert desk.row(desk.tables.lead_details)["contact_id"] == mine
    assert desk.row(desk.tables.tasks)["title"] == "Reply to Lovelace Ltd"
