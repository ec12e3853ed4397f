"""Who owns a conversation now, and setting it by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from handover_rules.conversation import ConversationState, Owner, OwnerSet, reduce
from service.store.conversations import Stale, find_conversation, open_conversation, save_state
from service.store.episodes import follow
from service.store.tables import Tables

__all__ = ["Ownership", "owner_of", "set_owner"]

_REASONS: dict[Owner, str] = {"bot": "the bot was switched on by hand", "human": "the bot was switched off by hand"}


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who talks to a customer, since when (None: nobody ever changed it) and why."""

    owner: Owner
    epoch: int
    since: datetime | None
    reason: str


def owner_of(connection: Connection, tables: Tables, customer_id: str, now: datetime) -> Ownership:
    """Who owns the customer's conversation at `now`; the bot does where there is none yet."""
    found = find_conversation(connection, tables, customer_id)
    return _ownership(ConversationState() if found is None else found.state.at(now))


def set_owner(
    connection: Connection,
    tables: Tables,
    customer_id: str,
    owner: Owner | None,
    now: datetime,
    *,
    return_after: timedelta | None,
) -> Ownership:
    """Give the customer's conversation to `owner`; None gives it to the other one.

    A person keeps it until somebody changes that, or for `return_after`.
    """
    while True:
        conversation = open_conversation(connection, tables, customer_id, now)
        before = conversation.state
        wanted = owner or ("human" if before.at(now).owner == "bot" else "bot")
        after = reduce(before, OwnerSet(now, wanted, _REASONS[wanted], return_after))
        try:
            save_state(connection, tables, conversation, after)
        except Stale:
            continue
        follow(connection, tables, conversation.id, before, after, now)
        return _ownership(after)


def _ownership(state: ConversationState) -> Ownership:
    return Ownership(state.owner, state.epoch, state.since, state.reason)
