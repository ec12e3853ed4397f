"""Replaying labelled messages: each message of a customer is decided as the service would have decided it.

A message inside a conversation is decided with its true history: what the file says was said before it. The
replay's own decisions are *not* applied, so a handover does not silence the bot for the rest of the
conversation, and an offer is accepted only where the file says that the bot made one: a message's figure
depends on that message and its history, not on what a ruleset made of an earlier one. What a customer says after a
person really took over (a row whose speaker is human) is not decided.

The clock is an input: a message is decided at its `sent_at`, or else at the replay's start plus one second a
turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Protocol, TypeVar

from eval.dataset import Row
from eval.read_ahead import read_ahead
from handover_rules.conversation import (
    OFFER_OPEN_FOR,
    BotReply,
    ConversationState,
    CustomerMessage,
    Event,
    HumanReply,
    reduce,
)
from handover_rules.detectors import Detector
from handover_rules.messages import Message

__all__ = ["DEFAULT_NOW", "Decides", "replay"]

# A Monday noon, far from any change of the clocks: rules about opening hours decide the same in every run.
DEFAULT_NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

# Enough to keep a remote detector busy, which limits itself further.
_CONCURRENT_CONVERSATIONS = 64

Conversation = list[tuple[int, Row]]

Found = TypeVar("Found")
Found_co = TypeVar("Found_co", covariant=True)


class Decides(Protocol[Found_co]):
    """What messages are put to: says something about each of them, given the conversation before it."""

    @property
    def detectors(self) -> Mapping[str, Detector]: ...

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> Found_co: ...


async def replay(
    rows: Sequence[Row],
    decider: Decides[Found],
    *,
    now: datetime = DEFAULT_NOW,
    offer_open_for: timedelta = OFFER_OPEN_FOR,
    progress: Callable[[int], None] = lambda rows_done: None,
) -> tuple[Found | None, ...]:
    """Decide every customer message: one entry a row, in their order, None where nothing was decided.

    Where a detector is remote, conversations run side by side; else one after the other, which costs less.
    `offer_open_for` is how long the customer can say yes after the bot has offered a person.
    `progress` is called with the number of rows that were finished since the last call. Raises what a
    detector raises, such as AnswerMissing where answers are required.
    """
    predictions: list[Found | None] = [None] * len(rows)
    read_ahead(decider.detectors.values(), [row.text for row in rows if row.speaker == "customer"])
    conversations = _conversations(rows)

    failed: list[Exception] = []

    async def work() -> None:
        # Every worker takes from the same iterator: nothing is decided twice, and no task waits in a queue.
        for conversation in conversations:
            if failed:
                return
            try:
                await _decide_conversation(conversation, decider, now, offer_open_for, predictions)
            except Exception as error:
                # The other workers finish what is under way: an answer that is paid for is not thrown away.
                failed.append(error)
                return
            progress(len(conversation))

    if any(detector.remote for detector in decider.detectors.values()):
        async with asyncio.TaskGroup() as workers:
            for _ in range(_CONCURRENT_CONVERSATIONS):
                workers.create_task(work())
    else:
        await work()
    if failed:
        raise failed[0]
    return tuple(predictions)


def _conversations(rows: Sequence[Row]) -> Iterator[Conversation]:
    """The rows with their numbers, grouped; a row without a conversation is one of its own."""

    def key(numbered: tuple[int, Row]) -> str | int:
        number, row = numbered
        return number if row.conversation_id is None else row.conversation_id

    for _, group in groupby(enumerate(rows), key):
        yield list(group)


async def _decide_conversation(
    conversation: Conversation,
    decider: Decides[Found],
    start: datetime,
    offer_open_for: timedelta,
    predictions: list[Found | None],
) -> None:
    state = ConversationState()
    said: Event | None = None
    for number, row in conversation:
        # Only now: nobody looks back at the last message of a conversation, and most have only one.
        if said is not None:
            state = reduce(state, said)
        at = row.sent_at or start + timedelta(seconds=row.turn or 0)
        match row.speaker:
            case "customer":
                message = Message(row.id, row.text, row.language and row.language.lower(), row.channel)
                if state.at(at).owner == "bot":
                    predictions[number] = await decider.decide(message, state, at)
                said = CustomerMessage(at, message)
            case "bot":
                said = BotReply(at, row.text, row.bot_failed, offer_open_for if row.bot_offered else None)
            case "human":
                said = HumanReply(at, row.text)
