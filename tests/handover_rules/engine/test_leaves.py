"""Every condition of the rule file: when it is true, false and unknown, through the engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handover_rules.conversation import (
    BotReply,
    ConversationState,
    CustomerMessage,
    Decided,
    Event,
    HumanReply,
    OwnerSet,
    reduce,
)
from handover_rules.decision import Decision, Needs
from handover_rules.engine import Engine
from handover_rules.messages import Message
from handover_rules.signals import Score, Signal, Unavailable
from tests.handover_rules.engine.building import decided, engine_when

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)  # a Monday


def fires(
    engine: Engine,
    text: str = "hello",
    state: ConversationState | None = None,
    *,
    now: datetime = NOW,
    message: Message | None = None,
    signals: Mapping[str, Signal] | None = None,
) -> bool:
    """Whether the only rule hands over; every detector must have a signal."""
    said = message or Message("m", text)
    return decided(engine.decide(said, state or ConversationState(), now=now, signals=signals or {})).handover


def after(*events: Event) -> ConversationState:
    state = ConversationState()
    for event in events:
        state = reduce(state, event)
    return state


def customer(text: str, at: datetime = NOW) -> CustomerMessage:
    return CustomerMessage(at, Message("earlier", text))


# --- patterns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want a HUMAN, now!", True),
        ("humans are strange", False),
        ("", False),
        ("\ud800", False),
        ("talk \ud83d to a\ud800human", True),
    ],
)
def test_phrase(tmp_path: Path, text: str, expected: bool) -> None:
    assert fires(engine_when("phrase: [human, robot]", tmp_path), text) is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("Agent!", True), ("an agent", False), ("agent please", True), ("", False)]
)
def test_whole(tmp_path: Path, text: str, expected: bool) -> None:
    assert fires(engine_when('whole: [agent, "agent please"]', tmp_path), text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order AB-1234", True),
        ("order ab-1234", False),
        ("cafe\u0301", True),  # as it may be typed; patterns see NFC
        ("caf", False),
        ("", False),
        ("\ud800 AB-1234 \udfff", True),
        ("AB-12\x0034", False),
    ],
)
def test_regex(tmp_path: Path, text: str, expected: bool) -> None:
    engine = engine_when("regex: ['AB-\\d{4}', 'caf\u00e9$']", tmp_path)
    assert fires(engine, text) is expected


def test_a_message_of_a_megabyte(tmp_path: Path) -> None:
    engine = engine_when("any: [{phrase: human}, {regex: 'x{3}y'}, {repeats: {at_least: 1}}]", tmp_path)
    assert not fires(engine, "lorem ipsum " * 90_000)
    assert fires(engine, "lorem ipsum " * 90_000 + "human")
    assert fires(engine, "z" * 1_000_000 + "xxxy")


# --- detectors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        (Score(0.7), True),  # inclusive
        (Score(0.699_999_999_999), False),  # at full precision
        (Score(1.0), True),
        (Unavailable("timed_out"), False),
    ],
)
def test_score(tmp_path: Path, signal: Signal, expected: bool) -> None:
    engine = engine_when("score: {of: ai, at_least: 0.7}", tmp_path)
    assert fires(engine, signals={"ai": signal}) is expected


def test_an_unavailable_score_is_unknown_and_not_false(tmp_path: Path) -> None:
    signals = {"ai": Unavailable("timed_out")}
    assert not fires(engine_when("not: {score: {of: ai, at_least: 0.7}}", tmp_path), signals=signals)
    either = engine_when("any: [{score: {of: ai, at_least: 0.7}}, {phrase: hello}]", tmp_path)
    assert fires(either, "hello", signals=signals)


def test_a_pending_score_is_asked_for(tmp_path: Path) -> None:
    engine = engine_when("score: {of: ai, at_least: 0.7}", tmp_path)
    assert engine.decide(Message("m", "hello"), now=NOW) == Needs(("ai",))


@pytest.mark.parametrize(
    ("ai", "local", "expected"),
    [
        (Score(0.0), Score(0.0), False),
        (Unavailable("no_key"), Score(0.0), True),
        (Score(0.0), Unavailable("no_model"), True),
        (None, Unavailable("no_model"), True),
    ],
)
def test_unavailable(tmp_path: Path, ai: Signal | None, local: Signal, expected: bool) -> None:
    engine = engine_when("unavailable: [ai, local]", tmp_path)
    signals = {"local": local} | ({"ai": ai} if ai is not None else {})
    assert fires(engine, signals=signals) is expected


def test_unavailable_is_unknown_only_while_pending(tmp_path: Path) -> None:
    engine = engine_when("not: {unavailable: ai}", tmp_path)
    assert engine.decide(Message("m", "hello"), now=NOW) == Needs(("ai",))
    assert fires(engine, signals={"ai": Score(0.1)})
    assert not fires(engine, signals={"ai": Unavailable("no_key")})


# --- the conversation -----------------------------------------------------------------------------

FAILED, SPOKE = BotReply(NOW, "Sorry?", failed=True), BotReply(NOW, "Here it is.")


@pytest.mark.parametrize(
    ("window", "events", "expected"),
    [
        ("{at_least: 2}", (), False),
        ("{at_least: 2}", (FAILED, SPOKE, FAILED), True),
        ("{at_least: 2, within_turns: 2}", (FAILED, SPOKE, FAILED), False),
        ("{at_least: 2, within_turns: 3}", (FAILED, SPOKE, FAILED), True),
        ("{at_least: 2, within_turns: 2}", (FAILED, customer("what?"), FAILED), True),  # the bot's own turns count
        ("{at_least: 1, within_turns: 1}", (FAILED, customer("ok"), SPOKE), False),
        ("{at_least: 1}", (FAILED, OwnerSet(NOW, "human"), OwnerSet(NOW, "bot")), False),  # of another epoch
    ],
)
def test_failures(tmp_path: Path, window: str, events: tuple[Event, ...], expected: bool) -> None:
    assert fires(engine_when(f"failures: {window}", tmp_path), state=after(*events)) is expected


ASKED = "where is my parcel"


@pytest.mark.parametrize(
    ("window", "earlier", "text", "expected"),
    [
        ("{at_least: 1}", (), ASKED, False),
        ("{at_least: 1}", (ASKED,), "Where is my PARCEL??", True),
        ("{at_least: 1}", (ASKED,), "where is my parcel now", True),  # 4 of 5 words
        ("{at_least: 1}", (ASKED,), "where is my money", True),  # 3 of 5 words: six tenths are enough
        ("{at_least: 1}", (ASKED,), "where is the money", False),  # 2 of 6 words
        ("{at_least: 1}", ("yes",), "yes", False),  # short answers answer different questions
        ("{at_least: 1}", ("yes please",), "yes please", False),
        ("{at_least: 1}", ("yes yes yes yes",), "yes yes yes yes", False),
        ("{at_least: 1}", ("",), "", False),
        ("{at_least: 2}", (ASKED,), ASKED, False),
        ("{at_least: 2}", (ASKED, "hello", ASKED), ASKED, True),
        ("{at_least: 2, within_turns: 2}", (ASKED, "hello", ASKED), ASKED, False),
        ("{at_least: 2, within_turns: 3}", (ASKED, "hello", ASKED), ASKED, True),
    ],
)
def test_repeats(tmp_path: Path, window: str, earlier: tuple[str, ...], text: str, expected: bool) -> None:
    # What the bot says in between does not count as a turn of the customer.
    state = after(*(event for said in earlier for event in (customer(said), BotReply(NOW, ASKED))))
    assert fires(engine_when(f"repeats: {window}", tmp_path), text, state) is expected


def test_turns_count_this_message_and_begin_again_with_each_epoch(tmp_path: Path) -> None:
    engine = engine_when("turns: {at_least: 3}", tmp_path)
    two = (customer("a"), SPOKE, customer("b"))
    assert not fires(engine, state=after(customer("a"), SPOKE))
    assert fires(engine, state=after(*two))
    assert not fires(engine, state=after(*two, OwnerSet(NOW, "human"), OwnerSet(NOW, "bot")))


OFFER = Decided(NOW, "ask", "offers")
TEN_MINUTES = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("events", "text", "now", "expected"),
    [
        ((), "yes", NOW, False),
        ((OFFER,), "yes", NOW, True),
        ((OFFER,), "Yes please!", NOW, True),
        ((OFFER,), "yes but where is my order", NOW, False),
        ((OFFER,), "no", NOW, False),
        ((OFFER,), "yes", NOW + TEN_MINUTES - timedelta(microseconds=1), True),
        ((OFFER,), "yes", NOW + TEN_MINUTES, False),
        ((OFFER, BotReply(NOW, "A person?")), "yes", NOW, True),
        ((OFFER, customer("how long?")), "yes", NOW, False),  # answers something else by now
        ((OFFER, OwnerSet(NOW, "human"), OwnerSet(NOW, "bot")), "yes", NOW, False),
        ((OFFER, HumanReply(NOW), OwnerSet(NOW, "bot"), OFFER), "yes", NOW, True),
        ((OFFER, customer("how long?"), OFFER), "yes", NOW, True),
    ],
)
def test_accepted_offer(tmp_path: Path, events: tuple[Event, ...], text: str, now: datetime, expected: bool) -> None:
    assert fires(engine_when("accepted_offer: true", tmp_path), text, after(*events), now=now) is expected


def test_the_ruleset_can_say_what_a_yes_is(tmp_path: Path) -> None:
    engine = engine_when("accepted_offer: true", tmp_path, "offers: {yes: make it so}\n")
    assert fires(engine, "Make it so.", after(OFFER))
    assert not fires(engine, "yes", after(OFFER))


# --- the circumstances ----------------------------------------------------------------------------

OFFICE = """\
time_zone: Europe/Berlin
hours:
  office: {days: mon-fri, from: 09:00, to: 18:00}
  night:
    - {days: sat, from: 22:00, to: 24:00}
    - {days: sun, from: 00:00, to: 06:00}
"""


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-02T07:59:59.999999+00:00", False),  # 08:59 in Berlin, in winter
        ("2026-03-02T08:00:00+00:00", True),
        ("2026-03-02T16:59:59.999999+00:00", True),
        ("2026-03-02T17:00:00+00:00", False),
        ("2026-03-30T07:00:00+00:00", True),  # summer time began the day before
        ("2026-03-30T16:00:00+00:00", False),
        ("2026-03-02T03:00:00-05:00", True),  # whatever zone the time comes in
        ("2026-03-07T12:00:00+00:00", False),  # Saturday
    ],
)
def test_hours_are_half_open_and_local(tmp_path: Path, now: str, expected: bool) -> None:
    engine = engine_when("hours: office", tmp_path, OFFICE)
    assert fires(engine, now=datetime.fromisoformat(now)) is expected
    assert fires(engine_when("not: {hours: office}", tmp_path, OFFICE), now=datetime.fromisoformat(now)) is not expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-28T20:59:59+00:00", False),
        ("2026-03-28T21:00:00+00:00", True),
        ("2026-03-28T22:59:59.999999+00:00", True),  # one tick before midnight in Berlin
        ("2026-03-28T23:00:00+00:00", True),  # Sunday
        ("2026-03-29T03:59:59+00:00", True),  # 05:59: the hour from two to three was left out
        ("2026-03-29T04:00:00+00:00", False),
        ("2026-10-25T00:30:00+00:00", True),  # 02:30 for the first time
        ("2026-10-25T01:30:00+00:00", True),  # and for the second
        ("2026-10-25T05:00:00+00:00", False),
    ],
)
def test_hours_over_midnight_and_the_clock_changes(tmp_path: Path, now: str, expected: bool) -> None:
    engine = engine_when("hours: [night]", tmp_path, OFFICE)
    assert fires(engine, now=datetime.fromisoformat(now)) is expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "where is my order", True),  # what the message says wins
        ("ES", "hello", True),
        ("en", "¿dónde está mi pedido?", False),
        (None, "quiero hablar con una persona, necesito ayuda", True),
        (None, "where is my order, can you help me please", False),
        ("", "quiero hablar con una persona, necesito ayuda", True),
        (None, "12345 !!", False),  # no letters: cannot be told
    ],
)
def test_lang(tmp_path: Path, language: str | None, text: str, expected: bool) -> None:
    engine = engine_when("lang: [ES, pt]", tmp_path)
    assert fires(engine, message=Message("m", text, language)) is expected


def test_short_english_is_not_taken_for_a_language_without_a_two_letter_code(tmp_path: Path) -> None:
    assert fires(engine_when("lang: en", tmp_path), "hello i want a human")


@pytest.mark.parametrize(("channel", "expected"), [("whatsapp", True), ("web", False), (None, False)])
def test_channel(tmp_path: Path, channel: str | None, expected: bool) -> None:
    engine = engine_when("channel: [whatsapp, twilio]", tmp_path)
    assert fires(engine, message=Message("m", "hello", channel=channel)) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, False),
        ({"tier": "gold"}, False),
        ({"tier": "gold", "vip": True}, True),
        ({"tier": "silver", "vip": "true"}, True),
        ({"tier": "bronze", "vip": True}, False),
        ({"tier": "gold", "vip": False}, False),
        ({"tier": "gold", "vip": None}, False),
    ],
)
def test_customer(tmp_path: Path, known: dict[str, object], expected: bool) -> None:
    engine = engine_when("customer: {tier: [gold, silver], vip: true}", tmp_path)
    assert fires(engine, message=Message("m", "hello", customer=known)) is expected


@pytest.mark.parametrize(
    ("field", "event", "expected"),
    [
        ("{path: a.b, is: x}", {"a": {"b": "x"}}, True),
        ("{path: a.b, is: [x, '1', 'true']}", {"a": {"b": 1}}, True),
        ("{path: a.b, is: [x, '1', 'true']}", {"a": {"b": True}}, True),
        ("{path: a.b, is: x}", {"a": {"b": "y"}}, False),
        ("{path: a.b, is: x}", {"a": {}}, False),
        ("{path: a.b, is: x}", {"a": "x"}, False),
        ("{path: a.b, is: x}", {}, False),
        ("{path: a.b, is: None}", {"a": {"b": None}}, False),
        ("{path: a.b, is: x}", {"a": {"b": ["x"]}}, False),
        ("{path: a.0.b, is: x}", {"a": [{"b": "x"}]}, True),
        ("{path: a.1, is: x}", {"a": ["x"]}, False),
        ("{path: a.0, is: x}", {"a": {"0": "x"}}, True),
        ("{path: a.-1, is: x}", {"a": ["x"]}, False),
        ("{path: a.², is: x}", {"a": ["x", "x", "x"]}, False),
        ("{path: n, at_least: 2}", {"n": 2}, True),
        ("{path: n, at_least: 2}", {"n": 1.99}, False),
        ("{path: n, at_least: 2}", {"n": "2.5"}, True),  # form fields and rule tests are texts
        ("{path: n, at_least: 2}", {"n": "many"}, False),
        ("{path: n, at_least: 2}", {"n": "inf"}, False),
        ("{path: n, at_least: -1}", {"n": True}, False),
        ("{path: n, at_least: 2}", {"n": 10**400}, True),
        ("{path: t, matches: '^im'}", {"t": "image/png"}, True),
        ("{path: t, matches: '^im'}", {"t": "video"}, False),
        ("{path: t, matches: '1'}", {"t": 10}, True),
        ("{path: t, matches: 'x'}", {"t": "\ud800x"}, True),
        ("{path: t, matches: '.*'}", {"t": {}}, False),
    ],
)
def test_field(tmp_path: Path, field: str, event: dict[str, object], expected: bool) -> None:
    engine = engine_when(f"field: {field}", tmp_path)
    assert fires(engine, message=Message("m", "hello", event=event)) is expected


def test_no_condition_minds_an_empty_message(tmp_path: Path) -> None:
    engine = engine_when(
        """
        any:
          - phrase: human
          - regex: a
          - repeats: {at_least: 1}
          - lang: en
          - accepted_offer: true
        """,
        tmp_path,
    )
    assert isinstance(engine.decide(Message("m", ""), after(OFFER), now=NOW), Decision)
