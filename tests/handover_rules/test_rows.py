"""Rows of JSON Lines: what they may hold, and what is said of bad ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover_rules.errors import DataError
from handover_rules.rows import InputRow, read_row


def row(**values: object) -> InputRow:
    return read_row(json.dumps(values).encode(), 1)


def problem(line: bytes) -> str:
    with pytest.raises(DataError) as error:
        read_row(line, 7)
    return str(error.value)


def test_a_row_of_an_id_and_a_text() -> None:
    assert row(id="1", text="hello") == InputRow("1", "hello", None, None, None, None, "customer", False, False, None)


def test_a_row_with_everything() -> None:
    assert row(
        id="1",
        text="Sorry?",
        language="en",
        channel="web",
        conversation_id="c",
        turn=3,
        speaker="bot",
        bot_failed=True,
        bot_offered=True,
        sent_at="2026-03-02T10:30:00+01:00",
        label="handover",
    ) == InputRow(
        "1",
        "Sorry?",
        "en",
        "web",
        "c",
        3,
        "bot",
        True,
        True,
        datetime(2026, 3, 2, 10, 30, tzinfo=timezone(timedelta(hours=1))),
    )


def test_null_is_as_if_left_out() -> None:
    keys = ("language", "channel", "conversation_id", "turn", "speaker", "bot_failed", "bot_offered", "sent_at")
    assert row(id="1", text="", **dict.fromkeys(keys)) == row(id="1", text="")


def test_numbers_may_be_ids() -> None:
    numbered = row(id=12, conversation_id=3, text="a")
    assert (numbered.id, numbered.conversation_id) == ("12", "3")


@pytest.mark.parametrize("turn", [3, "3", 3.0])
def test_a_turn_may_come_from_a_table(turn: object) -> None:
    assert row(id="1", text="a", turn=turn).turn == 3


@pytest.mark.parametrize(("given", "expected"), [(True, True), ("true", True), ("False", False), (False, False)])
def test_true_and_false_may_be_texts(given: object, expected: bool) -> None:
    assert row(id="1", text="a", bot_failed=given).bot_failed is expected


def test_half_of_a_surrogate_pair_is_replaced_in_texts_and_kept_in_names() -> None:
    halved = row(id="\ud83d", text="hi \ud83d", language="\udfff", conversation_id="\ud83d")
    assert (halved.id, halved.text, halved.language, halved.conversation_id) == ("\ud83d", "hi ?", "?", "\ud83d")


def test_conversation_and_turn_make_an_id() -> None:
    assert row(conversation_id="c", turn=0, text="a").id == "c:0"


@pytest.mark.parametrize(
    ("speaker", "expected"),
    [("customer", "customer"), ("user", "customer"), ("", "customer"), ("agent", "human"), ("human", "human")],
)
def test_speakers(speaker: str, expected: str) -> None:
    assert row(id="1", text="a", speaker=speaker).speaker == expected


@pytest.mark.parametrize(
    ("sent_at", "expected"),
    [
        ("2026-03-02T10:30:00Z", datetime(2026, 3, 2, 10, 30, tzinfo=UTC)),
        ("2026-03-02T10:30:00", datetime(2026, 3, 2, 10, 30, tzinfo=UTC)),
        ("2026-03-02 10:30:00.25", datetime(2026, 3, 2, 10, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_times(sent_at: str, expected: datetime) -> None:
    moment = row(id="1", text="a", sent_at=sent_at).sent_at
    assert moment == expected
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"{", "this is not JSON"),
        (b"\xff{}", "this is not UTF-8"),
        (b'{"id": ' + b"1" * 5000 + b', "text": "a"}', "this is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "expected an object"),
        (b'"hello"', "expected an object"),
        (b'{"text": "a"}', "`id` must be a text, and is missing"),
        (b'{"id": "", "text": "a"}', "`id` must be a text, and is empty"),
        (b'{"conversation_id": "c", "text": "a"}', "`id` must be a text, and is missing"),
        (b'{"id": true, "text": "a"}', "`id` must be a text, and is true or false here"),
        (b'{"id": "1"}', "`text` must be a text, and is missing"),
        (b'{"id": "1", "text": null}', "`text` must be a text, and is missing"),
        (b'{"id": "1", "text": 5}', "`text` must be a text, and is a number here"),
        (b'{"id": "1", "text": ["a"]}', "`text` must be a text, and is a list here"),
        (b'{"id": "1", "text": {}}', "`text` must be a text, and is an object here"),
        (b'{"id": "1", "text": "a", "turn": "third"}', "`turn` must be a whole number, and is a text here"),
        (b'{"id": "1", "text": "a", "turn": 1.5}', "`turn` must be a whole number, and is a number here"),
        (b'{"id": "1", "text": "a", "turn": -1}', "`turn` must be a whole number from 0 to 1,000,000"),
        (b'{"id": "1", "text": "a", "turn": "1000001"}', "`turn` must be a whole number from 0 to 1,000,000"),
        (b'{"id": "1", "text": "a", "turn": "' + b"1" * 5000 + b'"}', "`turn` must be a whole number, and is a text"),
        (b'{"id": "1", "text": "a", "turn": true}', "`turn` must be a whole number, and is true or false here"),
        (b'{"id": "1", "text": "a", "bot_failed": 1}', "`bot_failed` must be true or false, and is a number here"),
        (b'{"id": "1", "text": "a", "speaker": "robot"}', "`speaker` must be `customer`, `bot` or `human`"),
        (b'{"id": "1", "text": "a", "sent_at": "soon"}', "`sent_at` must be a time such as"),
        (b'{"id": "1", "text": "a", "sent_at": 5}', "`sent_at` must be a time such as"),
        (b'{"id": "1", "text": "a", "sent_at": "9999-12-31"}', "`sent_at` must be a time in the years 1900 to 2999"),
        (b'{"id": "1", "text": "a", "sent_at": "0001-01-01"}', "`sent_at` must be a time in the years 1900 to 2999"),
    ],
)
def test_a_bad_row_is_said_to_be_one(line: bytes, expected: str) -> None:
    message = problem(line)
    assert message.startswith("line 7: ")
    assert expected in message


def test_what_is_said_holds_no_words_of_a_customer() -> None:
    assert "secret" not in problem(b'{"id": "1", "text": "a", "speaker": "secret"}')
    assert "secret" not in problem(b'{"id": "1", "text": ["secret"]}')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
KEYS = (
    "id",
    "text",
    "language",
    "channel",
    "conversation_id",
    "turn",
    "speaker",
    "bot_failed",
    "bot_offered",
    "sent_at",
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES).map(lambda values: json.dumps(values).encode()) | st.binary())
@settings(derandomize=True, deadline=None, max_examples=200, database=None)
def test_any_bytes_give_a_row_or_a_data_error(line: bytes) -> None:
    try:
        read = read_row(line, 1)
    except DataError:
        return
    assert isinstance(read.id, str)
    assert read.sent_at is None or read.sent_at.utcoffset() is not None
