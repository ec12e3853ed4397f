"""Who owns a conversation now, and what changes that besides a decision: a switch, a person who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from handover_rules.conversation import ConversationState, Event, HumanReply, Owner, OwnerSet, reduce
from service.outbox.owed import BOT_REPLY, drop_replies
from service.store.conversations import Conversation, RowId, Stale, find_conversation, open_conversation, save_state
from service.store.episodes import first_reply, follow
from service.store.tables import Tables

__all__ = ["Ownership", "change", "changed_hands", "owner_of", "ownership", "person_answered", "set_owner"]

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
    return ownership(ConversationState() if found is None else found.state.at(now))


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

    def switched(conversation: Conversation) -> Event:
        wanted = owner or ("human" if conversation.state.at(now).owner == "bot" else "bot")
        return OwnerSet(now, wanted, _REASONS[wanted], return_after)

    after = change(connection, tables, customer_id, now, switched)
    assert after is not None  # a switch is always an event
    return ownership(after.state)


def person_answered(
    connection: Connection,
    tables: Tables,
    customer_id: str,
    now: datetime,
    text: str,
    *,
    reason: str,
    return_after: timedelta | None,
) -> Conversation:
    """A person of the business wrote to the customer, so the conversation is theirs; nothing else comes of it.

    The first answer of an episode is noted. Each one gives the person `return_after` again, if it is limited.
    """

    def answered(conversation: Conversation) -> Event:
        return HumanReply(now, text, reason, return_after)

    after = change(connection, tables, customer_id, now, answered)
    assert after is not None  # an answer is always an event
    first_reply(connection, tables, after.id, after.state.epoch, now)
    return after


def change(
    connection: Connection,
    tables: Tables,
    customer_id: str,
    now: datetime,
    event_of: Callable[[Conversation], Event | None],
) -> Conversation | None:
    """Apply an event to the customer's conversation as it is now, with its episodes; the conversation afterwards.

    `event_of` is told the conversation, again where somebody wrote it in between. Where it gives None, nothing
    changes, and so does this.
    """
    while True:
        conversation = open_conversation(connection, tables, customer_id, now)
        event = event_of(conversation)
        if event is None:
            return None
        after = reduce(conversation.state, event)
        try:
            saved = save_state(connection, tables, conversation, after)
        except Stale:
            continue
        changed_hands(connection, tables, conversation.id, conversation.state, after, now)
        return saved


def changed_hands(
    connection: Connection,
    tables: Tables,
    conversation: RowId,
    before: ConversationState,
    after: ConversationState,
    now: datetime,
    **opened: object,
) -> RowId | None:
    """Do what follows where the owner changed from `before` to `after`: episodes, as `follow`; its result.

    What a bot had said before, and nobody has sent yet, is not sent any more.
    """
    if after.epoch != before.epoch:
        drop_replies(connection, tables, conversation, why="the conversation has changed hands since", kind=BOT_REPLY)
    return follow(connection, tables, conversation, before, after, now, **opened)


def ownership(state: ConversationState) -> Ownership:
    """What a state says of the owner; it is to be read at a time before."""
    return Ownership(state.owner, state.epoch, state.since, state.reason)
