"""What a message is tried in: the conversation before it, how it came, and what the detectors shall say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from handover_rules.conversation import (
    BotReply,
    ConversationState,
    CustomerMessage,
    Decided,
    Owner,
    OwnerSet,
    reduce,
)
from handover_rules.detectors import Detector, Query
from handover_rules.engine import Engine
from handover_rules.messages import Message
from handover_rules.settle import Settled, settle
from handover_rules.signals import Signal

__all__ = ["SPEAKERS", "Circumstances", "Speaker", "StandIn", "decide"]

Speaker: TypeAlias = Literal["customer", "bot", "bot could not answer"]

SPEAKERS: tuple[Speaker, ...] = ("customer", "bot", "bot could not answer")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything about a message but its text. `stand_ins` answer in the place of detectors, by name."""

    now: datetime
    before: Sequence[tuple[Speaker, str]] = ()
    language: str | None = None
    channel: str | None = None
    owner: Owner = "bot"
    offered: bool = False
    stand_ins: Mapping[str, Signal] = field(default_factory=dict)

    def message(self, text: str) -> Message:
        """The message with that text."""
        return Message("tried", text, self.language, self.channel)

    def state(self) -> ConversationState:
        """The conversation before the message, a second a turn; an offer was made last."""
        state = ConversationState()
        for ago, (speaker, text) in zip(range(len(self.before), 0, -1), self.before, strict=True):
            at = self.now - timedelta(seconds=ago)
            if speaker == "customer":
                state = reduce(state, CustomerMessage(at, Message(f"before-{ago}", text)))
            else:
                state = reduce(state, BotReply(at, text, failed=speaker != "bot"))
        if self.offered:
            state = reduce(state, Decided(self.now, "ask"))
        return reduce(state, OwnerSet(self.now, self.owner, "an agent took the conversation"))


class StandIn:
    """A detector that says the same of every message."""

    remote = False
    fingerprint = "stand-in"

    def __init__(self, name: str, signal: Signal) -> None:
        self.name = name
        self._signal = signal

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        """One signal a query."""
        return [self._signal] * len(queries)

    async def close(self) -> None:
        """Nothing is open."""


def decide(engine: Engine, detectors: Mapping[str, Detector], text: str, around: Circumstances) -> Settled:
    """The decision about a message, with its trace. Raises what a detector raises."""
    asked = {**detectors, **{name: StandIn(name, signal) for name, signal in around.stand_ins.items()}}
    return asyncio.run(settle(engine, asked, around.message(text), around.state(), now=around.now, trace=True))
