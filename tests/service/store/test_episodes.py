"""Episodes follow the owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handover_rules.conversation import ConversationState, Decided, Event, HumanReply, OwnerSet, reduce
from service.store.conversations import open_conversation
from service.store.episodes import follow
from tests.service.desk import ADA, MONDAY, Desk

NEW = ConversationState()
HOUR = timedelta(hours=1)


def conversation(desk: Desk, customer: str = ADA) -> Any:
    return desk.write(open_conversation, customer, desk.now).id


def test_a_handover_opens_one_and_gives_its_id(desk: Desk) -> None:
    after = reduce(NEW, Decided(MONDAY, "handover", "asked", "Asked."))
    id_ = desk.write(follow, conversation(desk), NEW, after, MONDAY, rule_id="asked", priority="high")
    row = desk.row(desk.tables.episodes)
    assert (row["id"], row["epoch"], row["opened_at"], row["reason"]) == (id_, 1, MONDAY, "Asked.")
    assert (row["rule_id"], row["priority"], row["queue"], row["closed_at"]) == ("asked", "high", None, None)


@pytest.mark.parametrize("state", [NEW, reduce(NEW, OwnerSet(MONDAY, "human"))])
def test_nothing_happens_while_the_owner_stays(desk: Desk, state: ConversationState) -> None:
    assert desk.write(follow, conversation(desk), state, state, MONDAY) is None
    assert desk.rows(desk.tables.episodes) == []


def test_closing_one_that_nobody_opened_here_does_nothing(desk: Desk) -> None:
    """The bot may have been off in the system before."""
    off = reduce(NEW, OwnerSet(MONDAY, "human"))
    assert desk.write(follow, conversation(desk), off, reduce(off, OwnerSet(MONDAY, "bot")), MONDAY) is None
    assert desk.rows(desk.tables.episodes) == []


def test_only_the_conversations_own_episode_is_closed(desk: Desk) -> None:
    taken = reduce(NEW, OwnerSet(MONDAY, "human"))
    for customer in (ADA, "15550001111"):
        desk.write(follow, conversation(desk, customer), NEW, taken, MONDAY)
    back = reduce(taken, OwnerSet(MONDAY + HOUR, "bot", "solved"))
    desk.write(follow, conversation(desk), taken, back, MONDAY + HOUR)
    closed = {row["conversation_id"]: row["closed_because"] for row in desk.rows(desk.tables.episodes)}
    assert closed == {conversation(desk): "solved", conversation(desk, "15550001111"): None}


def events(at: Any) -> st.SearchStrategy[Event]:
    for_a_time = st.sampled_from((None, HOUR))
    return st.one_of(
        st.builds(OwnerSet, st.just(at), st.sampled_from(("bot", "human")), st.just("by hand"), for_a_time),
        st.builds(Decided, st.just(at), st.just("handover"), return_after=for_a_time),
        st.builds(HumanReply, st.just(at), return_after=for_a_time),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_episodes_are_the_stretches_that_a_person_owned(desk: Desk, data: st.DataObject) -> None:
    """Whatever happens: one for each stretch, one after the other, and the last is open while a person owns it."""
    customer = f"customer {len(desk.rows(desk.tables.conversations))}"
    id_, state, now = conversation(desk, customer), NEW, MONDAY
    expected: list[list[Any]] = []
    for _ in range(data.draw(st.integers(1, 8))):
        now += data.draw(st.sampled_from((timedelta(0), HOUR / 2, 2 * HOUR)))
        before, event = state, data.draw(events(now))
        aged = before.at(now)
        state = reduce(before, event)
        desk.write(follow, id_, before, state, now)
        if aged != before or (before.owner == "human" and state.owner == "bot"):
            expected[-1][2] = aged.since if aged != before else now
        if state.owner == "human" and state.epoch != before.epoch:
            expected.append([state.epoch, now, None])
    rows = desk.rows(desk.tables.episodes, conversation_id=id_)
    assert sorted([row["epoch"], row["opened_at"], row["closed_at"]] for row in rows) == expected
