"""Who talks to the customer: a pure reducer from events to the state of a conversation.

`ConversationState` is a value; `reduce(state, event)` gives the next one. The service, the evaluation and the
command line all keep their conversations with it, so they cannot disagree.

A conversation has an *owner* (bot or human) and an *epoch*, which goes up at each change of owner. A handover opens
an *episode*: the stretch that a person owns. An episode's end by time is computed when the state is read
(`ConversationState.at`), so no timer has to run for it to be true.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from handover_rules.messages import Message

__all__ = [
    "OFFER_OPEN_FOR",
    "BotReply",
    "ConversationState",
    "CustomerMessage",
    "Decided",
    "Event",
    "HumanReply",
    "Offer",
    "Owner",
    "OwnerSet",
    "Turn",
    "reduce",
]

Owner: TypeAlias = Literal["bot", "human"]

# Rules look back over at most 40 turns of one speaker in an epoch; older turns than these are forgotten.
KEPT_TURNS = 120

# Where nobody says otherwise, the customer can say yes for so long after a person was offered.
OFFER_OPEN_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that was said in the current epoch. `failed`: the bot said that it could not answer."""

    speaker: Literal["customer", "bot", "human"]
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer of a person, by a rule or by the bot itself.

    It is open until `expires_at` or the customer's next message, whichever comes first.
    """

    epoch: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerMessage:
    """The customer wrote."""

    at: datetime
    message: Message


@dataclass(frozen=True, slots=True)
class BotReply:
    """The bot wrote.

    `failed`: it could not answer what the customer asked. `offer_open_for`: it offered a person, and the customer can
    say yes for that long; None where it offered nobody.
    """

    at: datetime
    text: str = ""
    failed: bool = False
    offer_open_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HumanReply:
    """A person of the business wrote, from a desk or from the phone: the conversation is theirs from then on.

    With `return_after` until so long after their last answer; None changes nothing about how long.
    """

    at: datetime
    text: str = ""
    reason: str = "a person answered"
    return_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """The engine decided about the customer's last message.

    `offer_open_for` matters for `ask`, `return_after` for `handover`; None keeps the owner until somebody changes it.
    """

    at: datetime
    outcome: Literal["handover", "ask", "stay", "none"]
    rule: str | None = None
    reason: str = ""
    offer_open_for: timedelta = OFFER_OPEN_FOR
    return_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class OwnerSet:
    """Somebody set the owner by hand: the API, an agent's action, the bot's own switch."""

    at: datetime
    owner: Owner
    reason: str = ""
    return_after: timedelta | None = None


Event: TypeAlias = CustomerMessage | BotReply | HumanReply | Decided | OwnerSet


@dataclass(frozen=True, slots=True)
class ConversationState:
    """A conversation at one moment. `turns` and `customer_turns` count from the last change of owner."""

    owner: Owner = "bot"
    epoch: int = 0
    since: datetime | None = None
    reason: str = ""
    rule: str | None = None
    returns_at: datetime | None = None
    offer: Offer | None = None
    turns: tuple[Turn, ...] = ()
    customer_turns: int = 0

    def at(self, now: datetime) -> ConversationState:
        """The same conversation read at `now`: an episode whose time is over has gone back to the bot."""
        if self.owner == "human" and self.returns_at is not None and self.returns_at <= now:
            return _owned_by(self, "bot", self.returns_at, "the person's time was over")
        return self

    def open_offer(self, now: datetime) -> Offer | None:
        """The offer that the customer can still accept at `now`, if there is one."""
        offer = self.offer
        return offer if offer is not None and offer.epoch == self.epoch and now < offer.expires_at else None


def reduce(state: ConversationState, event: Event) -> ConversationState:
    """The state after `event`. Pure: the time comes with the event."""
    state = state.at(event.at)
    match event:
        case CustomerMessage():
            said = _with_turn(state, Turn("customer", event.message.text))
            # An offer is answered by the next message: a later "yes" answers something else.
            return replace(said, customer_turns=state.customer_turns + 1, offer=None)
        case BotReply():
            said = _with_turn(state, Turn("bot", event.text, event.failed))
            if event.offer_open_for is None:
                return said
            return replace(said, offer=Offer(state.epoch, event.at + event.offer_open_for))
        case HumanReply():
            if state.owner == "bot":
                state = _owned_by(state, "human", event.at, event.reason, event.return_after)
            elif event.return_after is not None:
                state = replace(state, returns_at=event.at + event.return_after)
            return _with_turn(state, Turn("human", event.text))
        case Decided(outcome="handover"):
            if state.owner == "human":
                return state
            taken = _owned_by(state, "human", event.at, event.reason, event.return_after)
            return replace(taken, rule=event.rule)
        case Decided(outcome="ask"):
            return replace(state, offer=Offer(state.epoch, event.at + event.offer_open_for))
        case Decided():
            return state
        case OwnerSet():
            if event.owner == state.owner:
                # Set again: nothing changes but how long the person keeps it.
                if event.owner == "bot" or event.return_after is None:
                    return state
                return replace(state, returns_at=event.at + event.return_after)
            return _owned_by(state, event.owner, event.at, event.reason, event.return_after)


def _owned_by(
    state: ConversationState,
    owner: Owner,
    at: datetime,
    reason: str,
    return_after: timedelta | None = None,
) -> ConversationState:
    # Turns are dropped, so that a request which was already answered by a person cannot hand over again.
    return ConversationState(
        owner=owner,
        epoch=state.epoch + 1,
        since=at,
        reason=reason,
        returns_at=at + return_after if owner == "human" and return_after is not None else None,
    )


def _with_turn(state: ConversationState, turn: Turn) -> ConversationState:
    return replace(state, turns=(*state.turns, turn)[-KEPT_TURNS:])
