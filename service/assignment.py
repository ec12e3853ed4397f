"""Giving an episode to an agent: in the transaction that opens it, or later, when somebody has room.

Who is online, has the skills of the queue and room for one more is possible; of those, who speaks the customer's
language is preferred, then who has least to do, then who was given something the longest ago.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from handover_rules.ruleset import Ruleset
from service.store.conversations import RowId
from service.store.states import state_from_json
from service.store.tables import Tables

__all__ = ["Agent", "assign", "assign_waiting"]


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who answers customers."""

    id: RowId
    name: str
    email: str | None


def assign(
    connection: Connection,
    tables: Tables,
    ruleset: Ruleset,
    episode: RowId,
    *,
    queue: str | None,
    language: str | None,
    now: datetime,
) -> Agent | None:
    """Give an open episode to an agent; None where nobody is free, and then it waits."""
    a = tables.agents
    # Rows are locked, so that two processes do not both give somebody their last place. SQLite has one writer anyway.
    online = connection.execute(
        select(a).where(a.c.active.is_(True), a.c.online.is_(True)).order_by(a.c.id).with_for_update()
    ).mappings()
    waits_in = ruleset.queues.get(queue) if queue is not None else None
    needed = set(waits_in.skills) if waits_in is not None else set()
    able = [agent for agent in online if needed <= set(agent["skills"])]
    if not able:
        return None
    loads = _loads(connection, tables, [agent["id"] for agent in able], now)
    free = [agent for agent in able if loads[agent["id"]] < agent["capacity"]]
    if not free:
        return None

    def rank(agent: RowMapping) -> tuple[Any, ...]:
        given = agent["assigned_at"]
        return language not in agent["languages"], loads[agent["id"]], given is not None, given, str(agent["id"])

    chosen = min(free, key=rank)
    connection.execute(update(a).where(a.c.id == chosen["id"]).values(assigned_at=now))
    for table, condition in (
        (tables.episodes, tables.episodes.c.id == episode),
        (tables.tasks, (tables.tasks.c.episode_id == episode) & (tables.tasks.c.status == "open")),
    ):
        given = {"agent_id": chosen["id"]} | ({"assigned_at": now} if table is tables.episodes else {})
        connection.execute(update(table).where(condition).values(**given))
    return Agent(chosen["id"], chosen["name"], chosen["email"])


def assign_waiting(connection: Connection, tables: Tables, ruleset: Ruleset, now: datetime) -> int:
    """Give episodes that wait for somebody to who has room by now, the most urgent and oldest first; how many.

    What a person has taken by themselves waits for nobody.
    """
    e, c = tables.episodes.c, tables.conversations.c
    waiting = connection.execute(
        select(e.id, e.queue, e.epoch, e.priority, c.state)
        .join_from(tables.episodes, tables.conversations, c.id == e.conversation_id)
        .where(e.closed_at.is_(None), e.agent_id.is_(None), e.message_id.is_not(None))
        .order_by(e.opened_at, e.epoch)
    ).all()
    given = 0
    for row in sorted(waiting, key=lambda row: -_URGENCY.get(row.priority, 0)):
        if not _is_open(row.state, row.epoch, now):
            continue
        if assign(connection, tables, ruleset, row.id, queue=row.queue, language=None, now=now) is not None:
            given += 1
    return given


_URGENCY = {"low": 1, "medium": 2, "high": 3, "urgent": 4}


def _loads(connection: Connection, tables: Tables, agents: Collection[RowId], now: datetime) -> Counter[RowId]:
    """How many open episodes each of them has. One whose time is over is over, whether or not anybody has noticed."""
    e, c = tables.episodes.c, tables.conversations.c
    rows = connection.execute(
        select(e.agent_id, e.epoch, c.state)
        .join_from(tables.episodes, tables.conversations, c.id == e.conversation_id)
        .where(e.closed_at.is_(None), e.agent_id.in_(agents))
    )
    return Counter(row.agent_id for row in rows if _is_open(row.state, row.epoch, now))


def _is_open(state: Any, epoch: int, now: datetime) -> bool:
    now_state = state_from_json(state).at(now)
    return now_state.owner == "human" and now_state.epoch == epoch
