"""Who an identifier stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.channels.identifiers import customer_of, is_opaque, no_conversation, phone_among


@pytest.mark.parametrize(
    ("identifier", "customer"),
    [
        ("1234567890@s.whatsapp.net", "1234567890"),
        ("1234567890", "1234567890"),
        ("+1 (234) 567-890", "1234567890"),
        ("(+1) 234.567/890", "1234567890"),
        ("\u202a+1\u00a0234\u2011567\u2013890\u202c", "1234567890"),
        ("1234567890:12@s.whatsapp.net", "1234567890"),
        ("1234567890_1:12@s.whatsapp.net", "1234567890"),
        ("1234567890_1@c.us", "1234567890"),
        ("1234567890@hosted", "1234567890"),
        ("1234567890@S.WhatsApp.Net", "1234567890"),
        (" 1234567890@s.whatsapp.net ", "1234567890"),
        ("test@s.whatsapp.net", "test"),
        ("test", "test"),
        ("test_1@s.whatsapp.net", "test_1"),
        ("test:1@s.whatsapp.net", "test:1"),
        ("123@lid", "123@lid"),
        ("123:4@lid", "123@lid"),
        ("123@hosted.lid", "123@lid"),
        ("120363000000000001@g.us", "120363000000000001@g.us"),
        ("1-2@g.us", "1-2@g.us"),
        ("status@broadcast", "status@broadcast"),
        ("1234567890@example.org", "1234567890@example.org"),
        ("123@lid@s.whatsapp.net", "123@lid@s.whatsapp.net"),
        ("@s.whatsapp.net", "@s.whatsapp.net"),
        ("12@", "12@"),
        ("+", "+"),
        ("", ""),
    ],
)
def test_customer_of(identifier: str, customer: str) -> None:
    assert customer_of(identifier) == customer


pieces = st.lists(
    st.one_of(
        st.text(max_size=4),
        st.sampled_from(["12", "@", "@lid", "@s.whatsapp.net", "@hosted", ":3", "_1", "+", " ", "-", "("]),
    ),
    max_size=6,
).map("".join)


@given(pieces)
def test_customers_stay_as_they_are(identifier: str) -> None:
    assert customer_of(customer_of(identifier)) == customer_of(identifier)


@given(pieces)
def test_something_stays_something(identifier: str) -> None:
    assert bool(customer_of(identifier)) == bool(identifier.strip())


@given(st.from_regex(r"[0-9]{1,15}", fullmatch=True), st.sampled_from(["", ":7", "_1", "_1:7"]))
def test_an_opaque_identifier_is_no_phone_number(digits: str, device: str) -> None:
    assert customer_of(f"{digits}{device}@lid") == f"{digits}@lid" != customer_of(f"{digits}{device}@s.whatsapp.net")


def test_long_runs_of_separators_take_no_time() -> None:
    # A pattern that goes back and forth over them would take minutes.
    assert customer_of("(" * 200_000) == "(" * 200_000
    assert customer_of("(" * 200_000 + "1") == "1"


def test_is_opaque() -> None:
    assert is_opaque("123:4@lid")
    assert is_opaque("123@hosted.lid")
    assert not is_opaque("123@s.whatsapp.net")
    assert not is_opaque("123")


def test_the_first_phone_number_counts() -> None:
    assert phone_among([None, "", "123@lid", "test", "12025550101@s.whatsapp.net", "12025550102"]) == "12025550101"
    assert phone_among(["+1 202 555 0101"]) == "12025550101"
    assert phone_among(["123@lid", None]) is None


@pytest.mark.parametrize(
    ("chat", "says"),
    [
        ("120363000000000001@g.us", "group"),
        ("status@broadcast", "status post"),
        ("1767225600@broadcast", "broadcast list"),
        ("120363000000000002@newsletter", "channel"),
        ("1000000000000@bot", "assistant"),
        ("1000000000000@call", "call"),
    ],
)
def test_chats_that_are_no_conversations(chat: str, says: str) -> None:
    assert says in str(no_conversation(chat))


@pytest.mark.parametrize("chat", ["12025550101@s.whatsapp.net", "12025550101@c.us", "123@lid", "test", "a@example.org"])
def test_conversations(chat: str) -> None:
    assert no_conversation(chat) is None
