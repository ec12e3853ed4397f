"""Customers who change or delete what they wrote: it is decided as if they had written the rest alone.

A correction is decided on the conversation without the message that it is about. Where that message had handed the
conversation over and no person has answered yet, the handover is taken back, unless the new text asks for a person too:
then it goes on, and nothing is done twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from handover_rules.conversation import ConversationState, OwnerSet, reduce
from handover_rules.decision import Decision
from handover_rules.ruleset import Settings
from handover_rules.settle import Settled
from service.outbox.owed import drop_replies
from service.store.conversations import Conversation, RowId
from service.store.inbox import Waiting
from service.store.tables import Tables

__all__ = ["NOTHING_LEFT", "Correction", "correction_of", "take_back"]

_REASONS = {"edit": "the customer changed the message", "revoke": "the customer deleted the message"}


# A message that was deleted leaves nothing to decide about.
NOTHING_LEFT = Settled(Decision("none", None, _REASONS["revoke"], None, (), Settings(), (), (), ""), {})


@dataclass(frozen=True, slots=True)
class Correction:
    """The state that a correction is decided on.

    `episode` is the one that the message opened and that is taken back with it; None where there is none to take back.
    `outdated`: a later correction of the same message was decided before, so that this one changes nothing.
    """

    state: ConversationState
    episode: RowId | None
    outdated: bool


def correction_of(
    connection: Connection, tables: Tables, waiting: Waiting, conversation: Conversation, now: datetime
) -> Correction:
    """What is to be known before an edit or a revoke can be decided; it writes nothing."""
    assert waiting.kind != "message"
    state = conversation.state.at(now)
    i = tables.inbox.c
    versions = connection.execute(
        select(i.seq, i.message_id, i.text, i.sent_at)
        .where(
            i.customer_id == waiting.customer_id,
            i.from_me.is_(False),
            i.status == "decided",
            or_(
                and_(i.kind == "message", i.message_id == waiting.target_id),
                and_(i.target_id == waiting.target_id, i.target_id.is_not(None)),
            ),
        )
        .order_by(i.seq)
    ).all()
    outdated = waiting.sent_at is not None and any(
        version.sent_at is not None and version.sent_at > waiting.sent_at for version in versions
    )
    if state.owner == "human":
        episode = _own_episode(connection, tables, conversation, state, [version.message_id for version in versions])
        if episode is not None:
            state = reduce(state, OwnerSet(now, "bot", _REASONS[waiting.kind]))
        return Correction(state, episode, outdated)
    if versions and versions[-1].text is not None:
        state = _without(state, versions[-1].text)
    return Correction(state, None, outdated)


def _own_episode(
    connection: Connection,
    tables: Tables,
    conversation: Conversation,
    state: ConversationState,
    message_ids: list[str],
) -> RowId | None:
    """The open episode, if one of these messages opened it and no person has answered in it."""
    e = tables.episodes.c
    row = connection.execute(
        select(e.id).where(
            e.conversation_id == conversation.id,
            e.epoch == state.epoch,
            e.message_id.in_(message_ids),
            e.first_reply_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else row.id


def _without(state: ConversationState, text: str) -> ConversationState:
    """The state as if the customer had not written that, the last time that they did."""
    for number in range(len(state.turns) - 1, -1, -1):
        turn = state.turns[number]
        if turn.speaker == "customer" and turn.text == text:
            turns = (*state.turns[:number], *state.turns[number + 1 :])
            return replace(state, turns=turns, customer_turns=max(0, state.customer_turns - 1))
    return state


def take_back(connection: Connection, tables: Tables, conversation: RowId, episode: RowId) -> None:
    """What a person was to do about an episode need not be done, and what the customer was to be told is not so."""
    why = "the customer took back what this answers"
    drop_replies(connection, tables, conversation, why=why, episode_id=episode)
    t = tables.tasks.c
    open_ones = (t.episode_id == episode) & (t.status == "open")
    connection.execute(update(tables.tasks).where(open_ones).values(status="cancelled"))
