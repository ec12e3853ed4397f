"""Envelopes: where the messages are in each."""

from __future__ import annotations

import pytest

from service.channels.bodies import Delivered, delivered_in
from service.channels.inbound import BadPayload

MESSAGE = {"key": {"id": "1"}}


def paths(document: object) -> list[tuple[str, bool, str]]:
    found = list(delivered_in(document))
    assert all(one.value is MESSAGE for one in found if one.new)
    return [(one.event, one.new, one.path.lstrip(".")) for one in found]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"event": "messages.upsert", "data": {"messages": [MESSAGE]}}, "data.messages[0]"),
        ({"event": "messages.upsert", "data": {"messages": MESSAGE}}, "data.messages"),
        ({"event": "messages.upsert", "data": MESSAGE}, "data"),
        ({"event": "messages.upsert", "data": [MESSAGE]}, "data[0]"),
        ({"event": "messages.upsert", "messages": [MESSAGE]}, "messages[0]"),
        ({"messages": [MESSAGE], "type": "append"}, "messages[0]"),
        ({"messages": MESSAGE}, "messages"),
        ({"data": MESSAGE}, "data"),
        ({"event": None, "data": MESSAGE}, "data"),
        ({"event": "", "data": MESSAGE}, "data"),
        (MESSAGE, ""),
        ([MESSAGE], "[0]"),
        ([{"body": {"messages": [MESSAGE]}, "headers": {}}], "[0].body.messages[0]"),
        ({"body": {"messages": [MESSAGE]}, "headers": {}}, "body.messages[0]"),
    ],
)
def test_where_a_message_is(document: object, path: str) -> None:
    assert paths(document) == [("messages.upsert", True, path)]


@pytest.mark.parametrize(
    "event",
    [
        "messages.upsert",
        "MESSAGES_UPSERT",
        "messages-upsert",
        "messages.received",
        "messages.recieved",
        "messages-personal.received",
        "messages-group.received",
        "messages-newsletter.received",
    ],
)
def test_names_of_new_messages(event: str) -> None:
    assert paths({"event": event, "data": MESSAGE}) == [(event, True, "data")]


@pytest.mark.parametrize("event", ["messages.update", "messages.set", "send.message", "messages.upsert.x", "x", " "])
def test_names_of_other_events(event: str) -> None:
    envelope = {"event": event, "data": [1]}
    assert list(delivered_in(envelope)) == [Delivered(event, False, "", [1])]


def test_another_event_without_data_is_its_envelope() -> None:
    envelope = {"event": "ping", "data": None}
    assert next(delivered_in(envelope)).value is envelope


def test_several_envelopes() -> None:
    assert paths([{"messages": [MESSAGE, MESSAGE]}, {"event": "ping"}]) == [
        ("messages.upsert", True, "[0].messages[0]"),
        ("messages.upsert", True, "[0].messages[1]"),
        ("ping", False, "[1]"),
    ]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (None, "the body is null"),
        ("hello", "the body is a text"),
        (5, "the body is a number"),
        (True, "the body is true or false"),
        ([], "the body is a list of 0"),
        ({}, "the body is an empty object"),
        ({"12025550101": 1}, "the body is an object with 1 unknown keys"),
        ({"a": 1, "12025550101": 1}, "the body is an object with the keys `a` and 1 more"),
        (["hello"], "`[0]` is a text"),
        ({"event": "messages.upsert"}, "the body is an object with the keys `event`"),
        ({"data": "hello"}, "`data` is a text"),
        ({"data": {"messages": "hello"}}, "`data.messages` is a text"),
        ({"event": "messages.upsert", "data": {"message": {}}}, "`data` is an object with the keys `message`"),
    ],
)
def test_other_forms_are_refused_with_an_example(document: object, says: str) -> None:
    with pytest.raises(BadPayload) as error:
        list(delivered_in(document))
    assert error.value.status == 422
    assert says in str(error.value)
    assert '"remoteJid": "1234567890@s.whatsapp.net"' in str(error.value)


def test_an_event_that_is_no_text() -> None:
    with pytest.raises(BadPayload, match="`event` should be a text, and is a list of 1"):
        list(delivered_in({"event": ["messages.upsert"], "data": MESSAGE}))
