"""What a WhatsApp message says: its text, or why it has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.channels.fields import object_at, text_at

__all__ = ["Content", "read_content"]

# Baileys' `normalizeMessageContent` opens as many, of these.
_LEVELS = 5
_WRAPPERS = frozenset(
    {
        "associatedChildMessage",
        "documentWithCaptionMessage",
        "editedMessage",
        "ephemeralMessage",
        "groupStatusMessage",
        "groupStatusMessageV2",
        "viewOnceMessage",
        "viewOnceMessageV2",
        "viewOnceMessageV2Extension",
    }
)

# Where the text stands in each kind of content, the best place first: a button's own name if it has no label.
_TEXTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "conversation": (("conversation",),),
    "extendedTextMessage": (("extendedTextMessage", "text"),),
    "imageMessage": (("imageMessage", "caption"),),
    "videoMessage": (("videoMessage", "caption"),),
    "documentMessage": (("documentMessage", "caption"),),
    "buttonsResponseMessage": (
        ("buttonsResponseMessage", "selectedDisplayText"),
        ("buttonsResponseMessage", "selectedButtonId"),
    ),
    "templateButtonReplyMessage": (
        ("templateButtonReplyMessage", "selectedDisplayText"),
        ("templateButtonReplyMessage", "selectedId"),
    ),
    "listResponseMessage": (
        ("listResponseMessage", "title"),
        ("listResponseMessage", "singleSelectReply", "selectedRowId"),
    ),
    "interactiveResponseMessage": (("interactiveResponseMessage", "body", "text"),),
}

# Evolution writes this before a transcript, and these where the transcription gave nothing.
_TRANSCRIPT = "[audio] "
_NO_TRANSCRIPT = frozenset({"null", "undefined"})

_KINDS = {
    "albumMessage": "an album",
    "audioMessage": "a voice or audio message",
    "contactMessage": "a contact card",
    "contactsArrayMessage": "several contact cards",
    "documentMessage": "a document without a caption",
    "eventMessage": "an invitation to an event",
    "groupInviteMessage": "an invitation to a group",
    "imageMessage": "an image without a caption",
    "interactiveResponseMessage": "an answer to a form",
    "liveLocationMessage": "a live location",
    "locationMessage": "a location",
    "lottieStickerMessage": "a sticker",
    "orderMessage": "an order",
    "pollCreationMessage": "a poll",
    "pollCreationMessageV2": "a poll",
    "pollCreationMessageV3": "a poll",
    "pollUpdateMessage": "a vote in a poll",
    "productMessage": "a product",
    "ptvMessage": "a video message",
    "stickerMessage": "a sticker",
    "videoMessage": "a video without a caption",
}
_EMPTY_TEXT = "this message has only white space in it"
_NOTHING_YET = "WhatsApp has announced this message without its content"

_REACTIONS = frozenset({"reactionMessage", "encReactionMessage"})
_REACTION = "this is a reaction to an earlier message, not a new message"

# The kinds of `protocolMessage`, by number or by name.
_DELETED = "an earlier message was deleted; this is not a new message"
_EDITED = "an earlier message was edited; this is not a new message"
_NOTICES = {0: _DELETED, "REVOKE": _DELETED, 14: _EDITED, "MESSAGE_EDIT": _EDITED}
_NOTICE = "this is a notice between WhatsApp's own programs, not a message"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says: its `text`, or in `missing` the sentence that says why it has none.

    `announced`: the content was not delivered at all, and may come later under the same id.
    """

    text: str | None = None
    missing: str | None = None
    announced: bool = False


def read_content(delivered: Mapping[str, Any]) -> Content:
    """The content of a Baileys message object, that is of its `message`, or of WaSender's `messageBody` beside it.

    The text is as it came; one of white space only is none. Raises BadPayload where a value is of a wrong kind.
    """
    message = object_at(delivered, "message", "message") or {}
    content, path = _unwrapped(message, "message")
    if "protocolMessage" in content:
        notice = object_at(content, "protocolMessage", f"{path}.protocolMessage") or {}
        kind = notice.get("type")
        return Content(missing=_NOTICES.get(kind, _NOTICE) if isinstance(kind, (int, str)) else _NOTICE)
    if not _REACTIONS.isdisjoint(content):
        return Content(missing=_REACTION)
    blank = False
    for text in _texts(delivered, message, content, path):
        if text and not text.isspace():
            return Content(text)
        blank = blank or text is not None
    if kinds := [kind for key, kind in _KINDS.items() if content.get(key) is not None]:
        return Content(missing=f"this message has no text: it is {kinds[0]}")
    if blank:
        return Content(missing=_EMPTY_TEXT)
    if all(value is None for value in content.values()):
        return Content(missing=_NOTHING_YET, announced=True)
    return Content(missing="this message has no text: it is of a kind that is not read")


def _texts(
    delivered: Mapping[str, Any], message: Mapping[str, Any], content: Mapping[str, Any], path: str
) -> Iterator[str | None]:
    """Every place where the text may stand, the best one first."""
    for key in content:
        for steps in _TEXTS.get(key, ()):
            yield _text_under(content, steps, path)
    # Evolution adds the transcript to the outermost content.
    transcript = text_at(message, "speechToText", "message.speechToText")
    if transcript is not None:
        said = transcript.removeprefix(_TRANSCRIPT)
        yield None if said in _NO_TRANSCRIPT else said
    yield text_at(delivered, "messageBody", "messageBody")


def _text_under(content: Mapping[str, Any], steps: tuple[str, ...], path: str) -> str | None:
    for step in steps[:-1]:
        path = f"{path}.{step}"
        inner = object_at(content, step, path)
        if inner is None:
            return None
        content = inner
    return text_at(content, steps[-1], f"{path}.{steps[-1]}")


def _unwrapped(content: Mapping[str, Any], path: str) -> tuple[Mapping[str, Any], str]:
    """The content inside of what makes it disappear, be seen once, or stand for a later version; and its path."""
    for _ in range(_LEVELS):
        wrapper = next((key for key in content if key in _WRAPPERS and content[key] is not None), None)
        if wrapper is None:
            break
        path = f"{path}.{wrapper}"
        outer = object_at(content, wrapper, path) or {}
        path = f"{path}.message"
        content = object_at(outer, "message", path) or {}
    return content, path
