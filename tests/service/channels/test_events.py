"""Events that are no new messages, and what they say of earlier ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.channels.events import read_events
from service.channels.inbound import Inbound

ANA = "12025550101@s.whatsapp.net"
SHOP = "12025550199@s.whatsapp.net"
KEY = {"remoteJid": ANA, "fromMe": False, "id": "1"}


def event(name: str, data: object, own: str | None = None) -> Inbound:
    (read,) = read_events(name, data, own)
    return read


@pytest.mark.parametrize(
    "data", [None, 5, "x", [], [{"key": 1}], {}, {"key": 1}, {"key": {"id": 5}}, {"remoteJid": []}]
)
def test_another_event_is_ignored_whatever_it_holds(data: object) -> None:
    read = event("foo", data)
    assert read.ignored == "this event does not tell of a new message"
    assert (read.event, read.customer, read.chat, read.message_id, read.text) == ("foo", None, None, None, None)
    assert (read.kind, read.target_id) == ("event", None)
    assert json.loads(read.payload) == data


@pytest.mark.parametrize("name", ["send.message", "SEND_MESSAGE", "send-message"])
def test_names_of_events_are_matched_loosely(name: str) -> None:
    read = event(name, {"key": {"remoteJid": ANA, "fromMe": True, "id": "1"}})
    assert read.ignored == "sent by the business itself"
    assert (read.event, read.customer, read.from_me, read.kind) == (name, "12025550101", True, "event")


def test_an_event_about_a_message_does_not_stand_in_its_way() -> None:
    edited = event("messages.edited", {"key": KEY, "type": 14})
    assert edited.message_id is None
    assert json.loads(edited.payload)["key"]["id"] == "1"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("messages.edited", {"key": KEY, "type": 14, "editedMessage": {"conversation": "no"}}, ("edit", "1", "no")),
        ("MESSAGES_EDITED", {"key": KEY, "type": "MESSAGE_EDIT", "editedMessage": {}}, ("edit", "1", None)),
        ("messages.edited", {"key": KEY, "editedMessage": {"conversation": "no"}}, ("edit", "1", "no")),
        ("messages.edited", {"key": KEY, "type": 0}, ("revoke", "1", None)),
        ("messages.edited", {"key": KEY, "type": "REVOKE"}, ("revoke", "1", None)),
        ("messages.edited", {"key": KEY, "type": 3}, ("event", None, None)),
        ("messages.edited", {"type": 14, "editedMessage": {"conversation": "no"}}, ("event", None, None)),
        ("messages.edited", {"key": KEY, "message": {"conversation": "no"}}, ("edit", "1", "no")),
        (
            "messages.edited",
            {"key": KEY, "message": {"protocolMessage": {"key": {"id": "0"}, "type": 0}}},
            ("revoke", "0", None),
        ),
        ("messages.edited", {"message": {"conversation": "no"}}, ("event", None, "no")),
        ("messages.delete", KEY, ("revoke", "1", None)),
        ("messages.delete", {"key": KEY}, ("revoke", "1", None)),
        ("messages.delete", {"remoteJid": ANA, "all": True}, ("event", None, None)),
        ("messages.update", {"keyId": "1", "remoteJid": ANA, "status": "READ"}, ("event", None, None)),
        ("messages.update", {"keyId": "1", "remoteJid": ANA, "status": "DELETED"}, ("revoke", "1", None)),
        ("messages.update", {"key": KEY, "update": {"message": None}}, ("revoke", "1", None)),
        ("messages.update", {"key": KEY, "update": {"status": 4}}, ("event", None, None)),
        (
            "messages.update",
            {"key": KEY, "update": {"message": {"editedMessage": {"message": {"conversation": "no"}}}}},
            ("edit", "1", "no"),
        ),
        ("messages.edited", {"key": KEY, "type": 14, "editedMessage": "broken"}, ("event", None, None)),
    ],
)
def test_edits_and_revokes(name: str, data: dict[str, Any], expected: tuple[object, ...]) -> None:
    read = event(name, data)
    assert (read.kind, read.target_id, read.text) == expected
    assert read.ignored is not None
    assert read.message_id is None


@pytest.mark.parametrize(
    ("name", "data", "targets"),
    [
        ("messages.delete", {"keys": [KEY, {**KEY, "id": "2"}]}, ["1", "2"]),
        ("messages.delete", [KEY, {**KEY, "id": "2"}], ["1", "2"]),
        ("messages.update", [{"key": KEY, "update": {"message": None}}, 5], ["1", None]),
        ("contacts.upsert", [{"id": ANA}, {"id": SHOP}], [None]),
    ],
)
def test_several_changes_of_one_event(name: str, data: object, targets: list[str | None]) -> None:
    assert [read.target_id for read in read_events(name, data)] == targets


def test_the_key_of_an_edit_as_its_writer_has_it() -> None:
    """To a customer the chat is the business, and what the customer wrote is `fromMe`."""
    key = {"remoteJid": SHOP, "fromMe": True, "id": "1"}
    edited = event("messages.edited", {"key": key, "type": 14, "editedMessage": {"conversation": "no"}}, SHOP)
    assert (edited.customer, edited.chat, edited.from_me, edited.target_id) == (None, None, False, "1")
