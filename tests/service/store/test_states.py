"""A conversation's state as JSON: every state that the reducer reaches comes back as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

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
    OwnerSet,
    reduce,
)
from handover_rules.messages import Message
from service.store.states import state_from_json, state_to_json
from tests.handover_rules.engine import strategies

NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def there_and_back(state: ConversationState) -> ConversationState:
    return state_from_json(json.loads(json.dumps(state_to_json(state))))


MOMENTS = st.builds(
    lambda seconds, zone: (NOW + timedelta(seconds=seconds)).astimezone(zone),
    st.floats(-1e6, 1e6),
    st.sampled_from((UTC, ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=-9, minutes=-30)))),
)
SPANS = st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=400))
TEXTS = st.text(max_size=30)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(CustomerMessage, MOMENTS, st.builds(Message, st.just("m"), TEXTS)),
    st.builds(BotReply, MOMENTS, TEXTS, st.booleans()),
    st.builds(HumanReply, MOMENTS, TEXTS, TEXTS, SPANS),
    st.builds(
        Decided,
        MOMENTS,
        st.sampled_from(("handover", "ask", "stay", "none")),
        st.none() | st.just("rule"),
        TEXTS,
        return_after=SPANS,
    ),
    st.builds(OwnerSet, MOMENTS, st.sampled_from(("bot", "human")), TEXTS, SPANS),
)


@given(st.lists(EVENTS, max_size=12))
def test_every_state_comes_back(events: list[Event]) -> None:
    state = ConversationState()
    for event in events:
        state = reduce(state, event)
        back = there_and_back(state)
        assert back == state
        assert state_to_json(back) == state_to_json(state)


@settings(max_examples=200)
@given(st.integers(0, 2**48))
def test_every_state_of_a_long_conversation_comes_back(seed: int) -> None:
    rng = Random(seed)
    state = ConversationState()
    for minute in range(rng.randint(0, 40)):
        state = reduce(state, strategies.event(rng, NOW + timedelta(minutes=minute)))
    assert there_and_back(state) == state
    assert there_and_back(state).at(NOW + timedelta(days=9)) == state.at(NOW + timedelta(days=9))


def test_as_many_turns_as_are_kept() -> None:
    state = ConversationState()
    for number in range(KEPT_TURNS + 5):
        state = reduce(state, CustomerMessage(NOW, Message("m", f"text {number}")))
    back = there_and_back(state)
    assert (back, len(back.turns), back.customer_turns) == (state, KEPT_TURNS, KEPT_TURNS + 5)


def test_a_conversation_in_which_nothing_happened() -> None:
    assert state_from_json(None) == ConversationState()
    assert state_to_json(ConversationState()) == {"owner": "bot", "epoch": 0}


def test_a_state_that_was_kept_as_text() -> None:
    state = reduce(ConversationState(), HumanReply(NOW, "hello"))
    assert state_from_json(json.dumps(state_to_json(state))) == state


@pytest.mark.parametrize("values", [{}, {"owner": "bot"}])
def test_what_is_no_state_is_not_taken_for_one(values: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        state_from_json(values)
