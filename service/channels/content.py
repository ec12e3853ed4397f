"""What a WhatsApp message says: its text, or why it has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.channels.addresses import identifier_at
from service.channels.fields import object_at, text_at
from service.channels.inbound import Kind

__all__ = ["DELETED", "EDITED", "REACTION", "Content", "read_content", "read_notice"]

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
REACTION = "this is a reaction to an earlier message, not a new message"

DELETED = "an earlier message was deleted; this is not a new message"
EDITED = "an earlier message was edited; this is not a new message"
# The kinds of `protocolMessage` that change a message, by number or by name.
_CHANGES: Mapping[object, Kind] = {0: "revoke", "REVOKE": "revoke", 14: "edit", "MESSAGE_EDIT": "edit"}
_NOTICE = "this is a notice between WhatsApp's own programs, not a message"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says: its `text`; in `missing` the sentence that says why nobody has to decide about it.

    `announced`: the content was not delivered at all, and may come later under the same id. An edit has the new text.
    `target_id` is the id of the message that an edit or revoke is about; None for an edit says that it came under the
    id of that message itself.
    """

    text: str | None = None
    missing: str | None = None
    announced: bool = False
    kind: Kind = "message"
    target_id: str | None = None


def read_content(delivered: Mapping[str, Any]) -> Content:
    """The content of a Baileys message object, that is of its `message`, or of WaSender's `messageBody` beside it.

    The text is as it came; one of white space only is none. Raises BadPayload where a value is of a wrong kind.
    """
    message = object_at(delivered, "message", "message") or {}
    content, path, edited = _unwrapped(message, "message")
    if "protocolMessage" in content:
        path = f"{path}.protocolMessage"
        return read_notice(object_at(content, "protocolMessage", path) or {}, path)
    if not _REACTIONS.isdisjoint(content):
        return Content(missing=REACTION, kind="event")
    said = _said(delivered, message, content, path)
    return Content(said.text, EDITED, kind="edit") if edited else said


def read_notice(notice: Mapping[str, Any], path: str = "") -> Content:
    """The content of a `protocolMessage`: an edit, a revoke, or something else between WhatsApp's own programs.

    Raises BadPayload where a value is of a wrong kind.
    """
    kind = notice.get("type")
    change = _CHANGES.get(kind) if isinstance(kind, (int, str)) else None
    if kind is None and notice.get("editedMessage") is not None:
        change = "edit"
    if change is None:
        return Content(missing=_NOTICE, kind="event")
    missing = EDITED if change == "edit" else DELETED
    target = identifier_at(object_at(notice, "key", f"{path}.key".lstrip(".")) or {}, "id")
    if target is None:
        # Nobody can say which message it was.
        return Content(missing=missing, kind="event")
    text = read_content({"message": notice.get("editedMessage")}).text if change == "edit" else None
    return Content(text, missing, kind=change, target_id=target)


def _said(delivered: Mapping[str, Any], message: Mapping[str, Any], content: Mapping[str, Any], path: str) -> Content:
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


def _unwrapped(content: Mapping[str, Any], path: str) -> tuple[Mapping[str, Any], str, bool]:
    """The content inside of what makes it disappear, be seen once, or stand for a later version; its path; and whether
    it is a later version."""
    edited = False
    for _ in range(_LEVELS):
        wrapper = next((key for key in content if key in _WRAPPERS and content[key] is not None), None)
        if wrapper is None:
            break
        edited = edited or wrapper == "editedMessage"
        path = f"{path}.{wrapper}"
        outer = object_at(content, wrapper, path) or {}
        path = f"{path}.message"
        content = object_at(outer, "message", path) or {}
    return content, path, edited
