"""Deciding messages from text or from JSON Lines, as `handover decide` does."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO, TypeAlias

from handover_rules.conversation import BotReply, ConversationState, CustomerMessage, HumanReply, reduce
from handover_rules.decision import Decision
from handover_rules.detectors.base import Detector
from handover_rules.engine import Engine
from handover_rules.errors import DataError
from handover_rules.explain_decision import explained
from handover_rules.messages import Message
from handover_rules.rows import InputRow, read_row
from handover_rules.settle import decided, settle

__all__ = ["decide_lines", "decide_text"]

Output: TypeAlias = dict[str, object]

# How many rows are under way at once where a detector is remote. The detector's own limit is lower.
_SIDE_BY_SIDE = 64


async def decide_text(
    engine: Engine,
    detectors: Mapping[str, Detector],
    text: str,
    language: str | None,
    now: datetime,
    *,
    explain: bool,
) -> str:
    """The decision about one message that begins a conversation: a JSON object, or with `explain` a text for people."""
    message = Message("message", text, language)
    settled = await settle(engine, detectors, message, ConversationState(), now=now, trace=explain)
    if explain:
        return explained(settled.decision, settled.signals)
    return _json(_answer(message.id, settled.decision))


async def decide_lines(
    engine: Engine,
    detectors: Mapping[str, Detector],
    lines: Iterable[bytes],
    out: TextIO,
    errors: TextIO,
    now: datetime,
) -> int:
    """Decide every line, one output line for each in the same order, in constant memory. Gives the number of bad rows.

    Rows of one conversation are contiguous, so only the current conversation is kept. `now` is the time of rows
    without a `sent_at`. The rows of the bot and of people are recorded, not decided. Where a detector is remote,
    conversations are decided side by side.
    """
    stream = _Stream(engine, detectors, now)
    remote = any(detector.remote for detector in detectors.values())
    waiting: deque[asyncio.Task[Output]] = deque()
    source = enumerate(lines, 1)
    bad = 0
    # Reading a line may block for as long as whoever writes it likes; answers that are under way must not wait.
    while (numbered := await asyncio.to_thread(next, source, None) if remote else next(source, None)) is not None:
        number, line = numbered
        if not line.strip():
            continue
        try:
            row = read_row(line, number)
        except DataError as error:
            bad += 1
            print(f"handover: {error}", file=errors)
            continue
        if not remote:
            _write(out, await stream.answer(row))
            continue
        waiting.append(asyncio.create_task(stream.answer(row)))
        while waiting and (len(waiting) >= _SIDE_BY_SIDE or waiting[0].done()):
            _write(out, await waiting.popleft())
    while waiting:
        _write(out, await waiting.popleft())
    return bad


def _write(out: TextIO, output: Output) -> None:
    out.write(_json(output) + "\n")


def _json(output: Output) -> str:
    text = json.dumps(output, ensure_ascii=False)
    # An id may hold half of a surrogate pair, which JSON can escape and no output can encode.
    return json.dumps(output) if any("\ud800" <= char <= "\udfff" for char in text) else text


@dataclass(slots=True)
class _Conversation:
    """A conversation under way. Its rows take their turns in the order in which they came."""

    state: ConversationState = field(default_factory=ConversationState)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class _Stream:
    """Decides row after row; `current` is the conversation that the last row belonged to."""

    def __init__(self, engine: Engine, detectors: Mapping[str, Detector], now: datetime) -> None:
        self.engine = engine
        self.detectors = detectors
        self.now = now
        self.current = _Conversation()
        self.current_id: str | None = None

    def answer(self, row: InputRow) -> Coroutine[None, None, Output]:
        """The output for a row. Called in the order of the rows; what it gives may be awaited side by side."""
        if row.conversation_id is None or row.conversation_id != self.current_id:
            self.current_id = row.conversation_id
            self.current = _Conversation()
        return self._answer(row, self.current)

    async def _answer(self, row: InputRow, conversation: _Conversation) -> Output:
        now = row.sent_at or self.now
        async with conversation.turn:
            if row.speaker != "customer":
                said = BotReply(now, row.text, row.bot_failed) if row.speaker == "bot" else HumanReply(now, row.text)
                conversation.state = reduce(conversation.state, said)
                return _undecided(row.id, f"said by the {row.speaker}, so recorded and not decided")
            message = Message(row.id, row.text, row.language, row.channel)
            settled = await settle(self.engine, self.detectors, message, conversation.state, now=now)
            state = reduce(conversation.state, CustomerMessage(now, message))
            conversation.state = reduce(state, decided(settled.decision, self.engine.ruleset, now))
            return _answer(row.id, settled.decision)


def _answer(id_: str, decision: Decision) -> Output:
    return {
        "id": id_,
        "outcome": decision.outcome,
        "handover": decision.handover,
        "rule": decision.rule,
        "confidence": decision.confidence,
        "reason": decision.reason,
    }


def _undecided(id_: str, reason: str) -> Output:
    return {"id": id_, "outcome": "none", "handover": False, "rule": None, "confidence": None, "reason": reason}
