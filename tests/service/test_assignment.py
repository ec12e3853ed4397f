"""Who gets an episode."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.assignment import assign_waiting
from service.ownership import set_owner
from tests.service.desk import ADA, MONDAY, Desk

BOB, EVE = "15550001111", "15550002222"


def agent(desk: Desk, name: str, **changes: Any) -> Any:
    values = {"skills": ["support"], "languages": ["en"], "capacity": 2, "online": True, "created_at": MONDAY}
    return desk.add(desk.tables.agents, name=name, **{**values, **changes})


def given(desk: Desk) -> list[str | None]:
    """The names of those who have the episodes, in the order in which these were opened."""
    names = {row["id"]: row["name"] for row in desk.rows(desk.tables.agents)}
    return [names.get(row["agent_id"]) for row in desk.rows(desk.tables.episodes)]


def ask(desk: Desk, customer: str = ADA, text: str = "A human please") -> None:
    desk.say(text, customer)
    desk.advance(seconds=1)


def test_who_has_the_skill_gets_it_and_the_customer_is_told_who(desk: Desk) -> None:
    agent(desk, "Sales", skills=["sales"])
    grace = agent(desk, "Grace", skills=["sales", "support"], email="grace@example.org")
    ask(desk)
    row = desk.row(desk.tables.episodes)
    assert (row["agent_id"], row["assigned_at"]) == (grace, MONDAY)
    assert desk.row(desk.tables.tasks)["agent_id"] == grace
    assert [one["body"]["text"] for one in desk.rows(desk.tables.outbox, target="reply")] == ["Grace is here."]


def test_nobody_online_is_said_and_the_episode_waits(desk: Desk) -> None:
    agent(desk, "Away", online=False)
    agent(desk, "Gone", active=False)
    ask(desk)
    assert given(desk) == [None]
    assert [one["body"]["text"] for one in desk.rows(desk.tables.outbox, target="reply")] == ["You are next."]


def test_the_least_loaded_gets_it_and_equals_take_turns(desk: Desk) -> None:
    for name in ("One", "Two"):
        agent(desk, name)
    for customer in (ADA, BOB, EVE, "15550003333"):
        ask(desk, customer)
    assert sorted(str(name) for name in given(desk)) == ["One", "One", "Two", "Two"]
    assert given(desk)[0] != given(desk)[1]


def test_nobody_gets_more_than_they_can_do(desk: Desk) -> None:
    agent(desk, "One", capacity=1)
    for customer in (ADA, BOB):
        ask(desk, customer)
    assert given(desk) == ["One", None]
    desk.write(set_owner, ADA, "bot", desk.now, return_after=None)
    ask(desk, EVE)
    assert given(desk) == ["One", None, "One"]


def test_an_episode_whose_time_is_over_takes_no_room(desk: Desk) -> None:
    agent(desk, "One", capacity=1)
    ask(desk)
    with desk.database.writing() as connection:
        assert assign_waiting(connection, desk.tables, desk.ruleset, desk.now) == 0
    desk.write(set_owner, ADA, "human", desk.now, return_after=timedelta(hours=1))
    desk.advance(hours=2)
    ask(desk, BOB)
    assert given(desk) == ["One", "One"]


@pytest.mark.parametrize(("text", "name"), [("ich will einen menschen, bitte hilf mir", "Karla"), ("A human", "Ken")])
def test_who_speaks_the_customers_language_is_preferred(desk: Desk, text: str, name: str) -> None:
    agent(desk, "Karla", languages=["de"])
    agent(desk, "Ken", languages=["en"])
    ask(desk, text=text)
    assert given(desk) == [name]


def test_who_waits_is_given_to_who_comes(desk: Desk) -> None:
    ask(desk)
    ask(desk, BOB, "a human, i am furious")
    desk.write(set_owner, EVE, "human", desk.now, return_after=None)
    agent(desk, "Late", capacity=1)
    with desk.database.writing() as connection:
        assert assign_waiting(connection, desk.tables, desk.ruleset, desk.now) == 1
    assert given(desk) == [None, "Late", None]  # the urgent one
