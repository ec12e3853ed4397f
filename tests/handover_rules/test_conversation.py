"""The reducer: who owns a conversation, since when, and what rules may look back on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover_rules.conversation import (
    KEPT_TURNS,
    BotReply,
    ConversationState,
    CustomerMessage,
    Decided,
    Event,
    HumanReply,
    Offer,
    OwnerSet,
    Turn,
    reduce,
)
from handover_rules.messages import Message
from tests.handover_rules.engine import strategies

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NEW = ConversationState()
HANDOVER = Decided(NOW, "handover", "asked", "The customer asks.", return_after=HOUR)


def after(*events: Event) -> ConversationState:
    state = NEW
    for event in events:
        state = reduce(state, event)
    return state


def customer(text: str = "hello", at: datetime = NOW) -> CustomerMessage:
    return CustomerMessage(at, Message("m", text))


# --- owner and epoch ------------------------------------------------------------------------------


def test_a_conversation_begins_with_the_bot() -> None:
    assert (NEW.owner, NEW.epoch, NEW.turns, NEW.customer_turns) == ("bot", 0, (), 0)


def test_a_handover_opens_an_episode() -> None:
    state = after(customer(), HANDOVER)
    assert (state.owner, state.epoch, state.since) == ("human", 1, NOW)
    assert (state.rule, state.reason, state.returns_at) == ("asked", "The customer asks.", NOW + HOUR)
    assert (state.turns, state.customer_turns, state.offer) == ((), 0, None)


def test_a_second_handover_changes_nothing() -> None:
    state = after(HANDOVER)
    assert reduce(state, Decided(NOW + MINUTE, "handover", "other", return_after=5 * HOUR)) == state


@pytest.mark.parametrize("outcome", ["stay", "none"])
def test_other_decisions_change_nothing(outcome: Literal["stay", "none"]) -> None:
    state = after(customer(), Decided(NOW, "ask"))
    assert reduce(state, Decided(NOW, outcome, "rule")) == state


def test_a_person_who_answers_takes_the_conversation() -> None:
    state = after(customer(), HumanReply(NOW, "Hi, Ada here."))
    assert (state.owner, state.epoch, state.rule, state.returns_at) == ("human", 1, None, None)
    assert state.turns == (Turn("human", "Hi, Ada here."),)
    again = reduce(state, HumanReply(NOW + MINUTE, "Still here."))
    assert (again.epoch, again.since, len(again.turns)) == (1, NOW, 2)


def test_a_person_who_answers_in_an_episode_does_not_open_another() -> None:
    state = after(HANDOVER, HumanReply(NOW + MINUTE, "Hi"))
    assert (state.epoch, state.rule, state.returns_at) == (1, "asked", NOW + HOUR)


def test_the_owner_can_be_set_by_hand() -> None:
    taken = after(customer(), OwnerSet(NOW, "human", "switched off", HOUR))
    assert (taken.owner, taken.epoch, taken.reason, taken.returns_at) == ("human", 1, "switched off", NOW + HOUR)
    given_back = reduce(taken, OwnerSet(NOW + MINUTE, "bot", "solved", HOUR))
    assert (given_back.owner, given_back.epoch, given_back.reason) == ("bot", 2, "solved")
    assert given_back.returns_at is None


@pytest.mark.parametrize("state", [NEW, after(HANDOVER)])
def test_setting_the_owner_that_it_has_changes_nothing(state: ConversationState) -> None:
    assert reduce(state, OwnerSet(NOW, state.owner, "again")) == state


def test_a_person_can_be_given_more_time() -> None:
    taken = after(OwnerSet(NOW, "human", "mine", HOUR))
    longer = reduce(taken, OwnerSet(NOW + MINUTE, "human", "still mine", HOUR))
    assert (longer.epoch, longer.reason, longer.returns_at) == (1, "mine", NOW + MINUTE + HOUR)


def test_a_reply_from_the_phone_keeps_the_bot_quiet_for_a_time() -> None:
    taken = after(HumanReply(NOW, "hello", return_after=HOUR))
    assert taken.at(NOW + MINUTE).owner == "human"
    assert taken.at(NOW + HOUR).owner == "bot"


# --- the end of an episode by time ----------------------------------------------------------------


def test_an_episode_ends_when_it_is_read_after_its_time() -> None:
    state = after(HANDOVER)
    assert state.at(NOW + HOUR - timedelta(microseconds=1)) == state
    over = state.at(NOW + 5 * HOUR)
    assert (over.owner, over.epoch, over.since, over.rule) == ("bot", 2, NOW + HOUR, None)
    assert over == state.at(NOW + HOUR) == over.at(NOW + 9 * HOUR)


def test_an_event_after_the_end_meets_the_bot() -> None:
    late = NOW + 2 * HOUR
    state = after(customer("before"), HANDOVER, customer("during"), customer("after", late))
    assert (state.owner, state.epoch) == ("bot", 2)
    assert state.turns == (Turn("customer", "after"),)
    again = reduce(state, Decided(late, "handover", "other"))
    assert (again.owner, again.epoch, again.rule) == ("human", 3, "other")


def test_without_a_time_the_person_keeps_the_conversation() -> None:
    state = after(Decided(NOW, "handover", "asked"))
    assert state.at(NOW + timedelta(days=10_000)) == state


# --- offers ---------------------------------------------------------------------------------------


def test_an_offer_is_open_for_its_time() -> None:
    state = after(customer(), Decided(NOW, "ask", offer_open_for=5 * MINUTE))
    assert state.open_offer(NOW) == Offer(0, NOW + 5 * MINUTE)
    assert state.open_offer(NOW + 5 * MINUTE - timedelta(microseconds=1)) is not None
    assert state.open_offer(NOW + 5 * MINUTE) is None
    assert (state.owner, state.epoch) == ("bot", 0)


def test_the_customers_next_message_answers_an_offer() -> None:
    state = after(Decided(NOW, "ask"), BotReply(NOW, "A person?"))
    assert state.open_offer(NOW) is not None
    assert reduce(state, customer("hm")).open_offer(NOW) is None


def test_the_bot_itself_may_offer_a_person() -> None:
    state = after(customer(), BotReply(NOW, "Shall I call a colleague?", offer_open_for=5 * MINUTE))
    assert state.open_offer(NOW) == Offer(0, NOW + 5 * MINUTE)
    assert after(Decided(NOW, "ask"), BotReply(NOW, "A person?")).open_offer(NOW) == Offer(0, NOW + 10 * MINUTE)


def test_an_offer_does_not_outlive_its_epoch() -> None:
    state = after(Decided(NOW, "ask"), OwnerSet(NOW, "human"), OwnerSet(NOW, "bot"))
    assert state.open_offer(NOW) is None
    assert ConversationState(epoch=2, offer=Offer(1, NOW + HOUR)).open_offer(NOW) is None


# --- turns ----------------------------------------------------------------------------------------


def test_turns_are_those_of_the_epoch() -> None:
    state = after(customer("a"), BotReply(NOW, "b"), BotReply(NOW, "c", failed=True), customer("d"))
    assert state.turns == (Turn("customer", "a"), Turn("bot", "b"), Turn("bot", "c", True), Turn("customer", "d"))
    assert state.customer_turns == 2


def test_old_turns_are_forgotten_and_still_counted() -> None:
    state = after(*(customer(str(number)) for number in range(KEPT_TURNS + 10)))
    assert len(state.turns) == KEPT_TURNS
    assert state.turns[-1].text == str(KEPT_TURNS + 9)
    assert state.customer_turns == KEPT_TURNS + 10


# --- any events at all ----------------------------------------------------------------------------


def _events(rng: Random) -> list[Event]:
    at, events = NOW, []
    for _ in range(rng.randint(1, 60)):
        # Now and then an event comes late, as channels deliver them.
        at += rng.choice((timedelta(0), MINUTE, 3 * HOUR, -MINUTE))
        events.append(strategies.event(rng, at))
    return events


@given(strategies.seeded(_events))
@settings(derandomize=True, deadline=None, max_examples=500, database=None)
def test_the_epoch_goes_up_exactly_when_the_owner_changes(events: list[Event]) -> None:
    state = NEW
    for event in events:
        read = state.at(event.at)
        assert (read.epoch - state.epoch) == (read.owner != state.owner)
        following = reduce(state, event)
        assert following == reduce(read, event)
        assert (following.epoch - read.epoch) == (following.owner != read.owner)
        if following.epoch != read.epoch:
            assert len(following.turns) <= 1
            assert following.offer is None
        assert following.returns_at is None or following.owner == "human"
        assert len(following.turns) <= KEPT_TURNS
        offer = following.open_offer(event.at)
        assert offer is None or offer.epoch == following.epoch
        state = following


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
@settings(derandomize=True, database=None)
def test_reading_at_a_time_twice_is_reading_once(now: datetime) -> None:
    state = after(HANDOVER)
    assert state.at(now).at(now) == state.at(now)
