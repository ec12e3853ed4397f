"""What a message says."""

from __future__ import annotations

from typing import Any

import pytest

from service.channels.content import Content, read_content
from service.channels.inbound import BadPayload


def content(message: object, **beside: object) -> Content:
    return read_content({"message": message, **beside})


def wrapped(message: dict[str, Any], levels: int) -> dict[str, Any]:
    for _ in range(levels):
        message = {"ephemeralMessage": {"message": message}}
    return message


@pytest.mark.parametrize("text", ["hello", " hello\n", "\u200b", "0", "[audio] hello"])
def test_a_text_is_as_it_came(text: str) -> None:
    assert content({"conversation": text}) == Content(text)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"extendedTextMessage": {"text": "a", "contextInfo": {}}}, "a"),
        ({"videoMessage": {"caption": "a"}}, "a"),
        ({"buttonsResponseMessage": {"selectedButtonId": "b"}}, "b"),
        ({"buttonsResponseMessage": {"selectedButtonId": "b", "selectedDisplayText": " "}}, "b"),
        ({"templateButtonReplyMessage": {"selectedId": "b"}}, "b"),
        ({"conversation": "", "extendedTextMessage": {"text": "a"}}, "a"),
        ({"conversation": None, "extendedTextMessage": {"text": "a"}}, "a"),
        ({"messageContextInfo": {}, "ephemeralMessage": None, "conversation": "a"}, "a"),
        ({"audioMessage": {}, "speechToText": "a"}, "a"),
        ({"ephemeralMessage": {"message": {"audioMessage": {}}}, "speechToText": "[audio] a"}, "a"),
    ],
)
def test_where_a_text_is(message: dict[str, Any], text: str) -> None:
    assert content(message) == Content(text)


def test_the_text_beside_counts_where_there_is_none_inside() -> None:
    assert read_content({"messageBody": "a"}) == Content("a")
    assert content(None, messageBody="a") == Content("a")
    assert content({"conversation": "b"}, messageBody="a") == Content("b")
    assert content({"reactionMessage": {"text": "👍"}}, messageBody="👍").text is None


def test_five_wrappers_are_opened() -> None:
    assert content(wrapped({"conversation": "a"}, 5)) == Content("a")
    assert content(wrapped({"conversation": "a"}, 6)).missing == (
        "this message has no text: it is of a kind that is not read"
    )


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"audioMessage": {}}, "voice or audio"),
        ({"audioMessage": {}, "speechToText": "[audio] null"}, "voice or audio"),
        ({"audioMessage": {}, "speechToText": "[audio] "}, "voice or audio"),
        ({"imageMessage": {"caption": "\n"}}, "an image without a caption"),
        ({"videoMessage": {}}, "a video without a caption"),
        ({"documentMessage": {}}, "a document without a caption"),
        ({"lottieStickerMessage": {}}, "a sticker"),
        ({"contactMessage": {}}, "a contact card"),
        ({"liveLocationMessage": {}}, "a live location"),
        ({"pollUpdateMessage": {}}, "a vote"),
        ({"interactiveResponseMessage": {"nativeFlowResponseMessage": {}}}, "an answer to a form"),
        ({"someNewMessage": {}}, "of a kind that is not read"),
        ({"conversation": ""}, "only white space"),
        ({"encReactionMessage": {}}, "a reaction"),
        ({"protocolMessage": {"type": 0}}, "was deleted"),
        ({"protocolMessage": {"type": "REVOKE"}}, "was deleted"),
        ({"protocolMessage": {"type": 14}}, "was edited"),
        ({"protocolMessage": {"type": "MESSAGE_EDIT"}}, "was edited"),
        ({"protocolMessage": {"type": 3}}, "a notice"),
        ({"protocolMessage": {"type": [14]}}, "a notice"),
        ({"protocolMessage": {}}, "a notice"),
    ],
)
def test_why_there_is_no_text(message: dict[str, Any], says: str) -> None:
    found = content(message)
    assert found.text is None
    assert says in str(found.missing)
    assert not found.announced


@pytest.mark.parametrize("message", [None, {}, {"conversation": None}, {"viewOnceMessage": {}}])
def test_a_message_whose_content_was_not_delivered(message: object) -> None:
    found = content(message)
    assert found.announced
    assert found.missing == "WhatsApp has announced this message without its content"


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("hi", "message"),
        ({"conversation": 5}, "message.conversation"),
        ({"imageMessage": "x"}, "message.imageMessage"),
        ({"interactiveResponseMessage": {"body": []}}, "message.interactiveResponseMessage.body"),
        ({"viewOnceMessage": []}, "message.viewOnceMessage"),
        ({"viewOnceMessage": {"message": True}}, "message.viewOnceMessage.message"),
        ({"protocolMessage": 1}, "message.protocolMessage"),
        ({"speechToText": 1}, "message.speechToText"),
    ],
)
def test_wrong_kinds_are_named(message: object, path: str) -> None:
    with pytest.raises(BadPayload) as error:
        content(message)
    assert error.value.status == 422
    assert str(error.value).startswith(f"`{path}` should be ")


def test_a_wrong_text_beside() -> None:
    with pytest.raises(BadPayload, match="`messageBody` should be a text, and is a number"):
        content({}, messageBody=5)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"conversation": "a"}, ("message", None, "a")),
        ({"audioMessage": {}}, ("message", None, None)),
        ({"reactionMessage": {"text": "👍"}}, ("event", None, None)),
        ({"protocolMessage": {"type": 3, "key": {"id": "0"}}}, ("event", None, None)),
        ({"protocolMessage": {"type": 0, "key": {"id": "0"}}}, ("revoke", "0", None)),
        # Nobody can say which message that was.
        ({"protocolMessage": {"type": 14, "editedMessage": {"conversation": "b"}}}, ("event", None, None)),
        (
            {"protocolMessage": {"type": 14, "key": {"id": "0"}, "editedMessage": {"imageMessage": {"caption": "b"}}}},
            ("edit", "0", "b"),
        ),
        (
            wrapped({"protocolMessage": {"key": {"id": "0"}, "editedMessage": {"conversation": "b"}}}, 3),
            ("edit", "0", "b"),
        ),
        ({"editedMessage": {"message": {"conversation": "b"}}}, ("edit", None, "b")),
        ({"ephemeralMessage": {"message": {"editedMessage": {"message": {"conversation": "b"}}}}}, ("edit", None, "b")),
    ],
)
def test_what_kind_a_message_is(message: dict[str, Any], expected: tuple[object, ...]) -> None:
    found = content(message)
    assert (found.kind, found.target_id, found.text) == expected
