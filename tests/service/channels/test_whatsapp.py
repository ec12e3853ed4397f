"""Messages and other events of WhatsApp."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.channels.addresses import MAX_IDENTIFIER
from service.channels.inbound import BadPayload, Inbound
from service.channels.whatsapp import read_message, sent_at

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 1767225600
ANA = "12025550101@s.whatsapp.net"


def message(key: dict[str, object] | None = None, **beside: object) -> Inbound:
    whole = {"remoteJid": ANA, "fromMe": False, "id": "1", **(key or {})}
    return read_message("messages.upsert", {"key": whole, "message": {"conversation": "hi"}, **beside})


@pytest.mark.parametrize(
    "timestamp",
    [SECONDS, str(SECONDS), float(SECONDS), {"low": SECONDS, "high": 0, "unsigned": True}, {"low": SECONDS}],
)
def test_times(timestamp: object) -> None:
    assert sent_at(timestamp) == NEW_YEAR


def test_halves_of_a_long_are_signed() -> None:
    assert sent_at({"low": 4_000_000_000 - 2**32, "high": 0}) == datetime.fromtimestamp(4_000_000_000, UTC)


@pytest.mark.parametrize(
    "timestamp",
    [
        None,
        0,
        -1,
        True,
        SECONDS * 1000,
        10**90,
        1e300,
        "",
        "soon",
        "9" * 90,
        "²",
        "-1",
        [],
        {},
        {"low": "1"},
        {"low": 0, "high": 10**90},
        {"low": SECONDS, "high": None},
    ],
)
def test_what_is_no_time(timestamp: object) -> None:
    assert sent_at(timestamp) is None
    assert message(messageTimestamp=timestamp).sent_at is None


@pytest.mark.parametrize(("name", "expected"), [("Ana", "Ana"), (" A ", " A "), ("", None), (" ", None), (None, None)])
def test_names(name: str | None, expected: str | None) -> None:
    assert message(pushName=name).name == expected


def test_what_the_business_sends_is_not_named_after_the_customer() -> None:
    own = message({"fromMe": True}, pushName="Você")
    assert (own.from_me, own.name, own.customer) == (True, None, "12025550101")
    assert own.ignored == "sent by the business itself"


def test_a_group_says_so_even_of_what_the_business_sends() -> None:
    own = message({"fromMe": True, "remoteJid": "1@g.us", "participant": ANA})
    assert (own.from_me, own.customer) == (True, None)
    assert "group" in str(own.ignored)


@pytest.mark.parametrize("key", ["remoteJidAlt", "senderPn", "cleanedSenderPn"])
def test_where_the_number_of_an_opaque_identifier_is(key: str) -> None:
    assert message({"remoteJid": "9@lid", key: ANA}).customer == "12025550101"
    assert message({"remoteJid": "9@lid", key: "invalid"}).customer == "9@lid"
    # Another address of somebody whose number is known says nothing new.
    assert message({key: "9@lid"}).customer == "12025550101"


def test_the_number_of_the_sender_is_not_the_receiver() -> None:
    own = message({"remoteJid": "9@lid", "fromMe": True, "senderPn": "12025550199", "cleanedSenderPn": "12025550199"})
    assert own.customer == "9@lid"
    assert message({"remoteJid": "9@lid", "fromMe": True, "remoteJidAlt": ANA}).customer == "12025550101"


@pytest.mark.parametrize("key", ["id", "remoteJid"])
@pytest.mark.parametrize("empty", [None, "", " "])
def test_what_is_needed(key: str, empty: str | None) -> None:
    with pytest.raises(BadPayload, match=rf"`key\.{key}` is missing or empty") as error:
        message({key: empty})
    assert error.value.status == 422


def test_long_identifiers_are_refused() -> None:
    assert message({"id": "x" * MAX_IDENTIFIER}).message_id == "x" * MAX_IDENTIFIER
    with pytest.raises(BadPayload, match=r"`key\.id` has 1,000 characters; at most 256 are read"):
        message({"id": "x" * 1_000})


@pytest.mark.parametrize(
    ("delivered", "says"),
    [
        (5, "a message should be an object with `key` and `message`, and is a number"),
        ({"message": {}}, "`key` is missing: a message has `key` and `message`; this is an object with the keys"),
        ({"key": "1"}, "`key` should be an object, and is a text"),
        ({"key": {"remoteJid": ANA, "id": "1"}, "pushName": 5}, "`pushName` should be a text"),
        ({"key": {"remoteJid": ANA, "id": "1", "fromMe": "no"}}, "`key.fromMe` should be true or false"),
    ],
)
def test_broken_messages(delivered: object, says: str) -> None:
    with pytest.raises(BadPayload) as error:
        read_message("messages.upsert", delivered)
    assert error.value.status == 422
    assert says in str(error.value)


def test_an_edit_in_place_is_about_the_message_that_has_its_id() -> None:
    edited = read_message(
        "messages.upsert",
        {"key": {"remoteJid": ANA, "id": "1"}, "message": {"editedMessage": {"message": {"conversation": "no"}}}},
    )
    assert (edited.kind, edited.target_id, edited.message_id, edited.text) == ("edit", "1", None, "no")
    assert edited.ignored == "an earlier message was edited; this is not a new message"


def test_an_edit_that_names_its_message_has_an_id_of_its_own() -> None:
    notice = {"key": {"id": "0"}, "type": 14, "editedMessage": {"extendedTextMessage": {"text": "no"}}}
    edited = read_message(
        "messages.upsert", {"key": {"remoteJid": ANA, "id": "1"}, "message": {"protocolMessage": notice}}
    )
    assert (edited.kind, edited.target_id, edited.message_id, edited.text) == ("edit", "0", "1", "no")
