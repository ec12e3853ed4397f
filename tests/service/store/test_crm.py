"""Contacts, leads, activities and tasks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.store.conversations import Contact, open_conversation
from service.store.crm import add_activity, add_lead, add_task, contact_of, update_contact
from service.store.database import Database
from tests.service.desk import ADA, MONDAY, Desk
from tests.service.rulesets import ruleset

LATER = MONDAY + timedelta(hours=2)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, ruleset(tmp_path))


def contact(desk: Desk, name: str | None = "Ada", now: Any = MONDAY) -> Contact:
    """The contact of a conversation with somebody who calls themselves `name`."""
    conversation = desk.write(open_conversation, ADA, desk.now, name=name)
    given, stored = desk.write(contact_of, conversation, now), desk.conversation().contact
    assert stored is not None
    assert given == stored
    return stored


def test_a_contact_is_made_once(desk: Desk) -> None:
    made = contact(desk)
    assert made == Contact(made.id, ADA, "Ada", None, 0)
    row = desk.row(desk.tables.contacts)
    assert (row["created_at"], row["last_contact_at"], row["lead_score"]) == (MONDAY, MONDAY, 0)
    assert contact(desk, now=LATER) == made
    row = desk.row(desk.tables.contacts)
    assert (row["created_at"], row["last_contact_at"]) == (MONDAY, LATER)


def test_a_contact_gets_a_name_and_keeps_the_one_it_has(desk: Desk) -> None:
    assert contact(desk, None).name is None
    assert contact(desk, "Ada").name == "Ada"
    assert contact(desk, "Countess").name == "Ada"
    assert desk.row(desk.tables.contacts)["name"] == "Ada"


def test_a_contact_of_the_crm_is_used(desk: Desk) -> None:
    desk.write(open_conversation, ADA, desk.now)
    id_ = desk.add(desk.tables.contacts, phone_number=f"+{ADA}", name="A. Lovelace", lead_score=12)
    assert contact(desk) == Contact(id_, f"+{ADA}", "A. Lovelace", None, 12)
    assert len(desk.rows(desk.tables.contacts)) == 1


def test_a_score_is_added_to_what_is_there_now(desk: Desk) -> None:
    """Also where somebody else has changed the contact since it was read."""
    read = contact(desk)
    desk.write(update_contact, read, lead_status="customer", add_score=10)
    updated = desk.write(update_contact, read, lead_status=None, add_score=25)
    assert (updated.lead_score, updated.lead_status) == (35, "customer")
    assert updated == desk.conversation().contact
    assert desk.write(update_contact, updated, lead_status="qualified", add_score=-40).lead_score == -5
    assert desk.row(desk.tables.contacts)["lead_status"] == "qualified"


def test_only_the_one_contact_is_changed(desk: Desk) -> None:
    other = desk.add(desk.tables.contacts, phone_number="15550001111", lead_score=3)
    desk.write(update_contact, contact(desk), lead_status="qualified", add_score=25)
    assert desk.row(desk.tables.contacts, id=other)["lead_score"] == 3


def test_rows_without_an_episode(desk: Desk) -> None:
    """An `ask` may log and owe something too, and opens none."""
    who = contact(desk)
    desk.write(add_lead, who, None, LATER, status=None, source=None, priority="low", trigger="hello")
    desk.write(add_activity, who, None, LATER, activity_type="note", title="Offered", description=None, metadata=None)
    desk.write(add_task, who, None, LATER, title="Look", priority=None, queue=None, due_at=None)
    lead = desk.row(desk.tables.lead_details)
    assert (lead["contact_id"], lead["episode_id"], lead["priority"]) == (who.id, None, "low")
    assert (lead["handover_timestamp"], lead["handover_requested"]) == (LATER, True)
    activity = desk.row(desk.tables.activities)
    assert (activity["metadata"], activity["description"], activity["created_at"]) == (None, None, LATER)
    task = desk.row(desk.tables.tasks)
    assert (task["status"], task["due_at"], task["created_at"]) == ("open", None, LATER)


def test_metadata_is_json(desk: Desk) -> None:
    metadata = {"rule": "asked", "text": "Grüße 👋\"'{}", "": ""}
    desk.write(
        add_activity, contact(desk), None, LATER, activity_type="a", title="t", description="d", metadata=metadata
    )
    assert desk.row(desk.tables.activities)["metadata"] == metadata
