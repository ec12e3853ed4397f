"""Deciding messages from text or from JSON Lines, as `handover decide` does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterable, Iterator, Mapping
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
    rows = _Rows(lines, errors)
    if any(detector.remote for detector in detectors.values()):
        await _side_by_side(stream, rows, out)
    else:
        for row in rows:
            _write(out, await stream.answer(row))
    return rows.bad


class _Rows:
    """The good rows of the lines. A bad one is said on `errors`, and counted in `bad`."""

    def __init__(self, lines: Iterable[bytes], errors: TextIO) -> None:
        self.numbered = enumerate(lines, 1)
        self.errors = errors
        self.bad = 0

    def __iter__(self) -> Iterator[InputRow]:
        return self

    def __next__(self) -> InputRow:
        for number, line in self.numbered:
            if not line.strip():
                continue
            try:
                return read_row(line, number)
            except DataError as error:
                self.bad += 1
                print(f"handover: {error}", file=self.errors)
        raise StopIteration


async def _side_by_side(stream: _Stream, rows: _Rows, out: TextIO) -> None:
    """Answer many rows at once, and write each answer as soon as it and those before it are there."""
    answers: asyncio.Queue[asyncio.Task[Output] | None] = asyncio.Queue()
    room = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def read() -> None:
        try:
            # Reading a line may block for as long as whoever writes it likes; answers under way must not wait for it.
            while (row := await asyncio.to_thread(next, rows, None)) is not None:
                await room.acquire()
                answers.put_nowait(asyncio.create_task(stream.answer(row)))
        finally:
            answers.put_nowait(None)

    reading = asyncio.create_task(read())
    try:
        while (answer := await answers.get()) is not None:
            _write(out, await answer)
            room.release()
        await reading
    finally:
        reading.cancel()
        while not answers.empty():
            left = answers.get_nowait()
            if left is not None:
                left.cancel()


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
                conversation.state = reduce(conversation.state, self._said(row, now))
                return _undecided(row.id, f"said by the {row.speaker}, so recorded and not decided")
            message = Message(row.id, row.text, row.language, row.channel)
            settled = await settle(self.engine, self.detectors, message, conversation.state, now=now)
            state = reduce(conversation.state, CustomerMessage(now, message))
            conversation.state = reduce(state, decided(settled.decision, self.engine.ruleset, now))
            return _answer(row.id, settled.decision)

    def _said(self, row: InputRow, now: datetime) -> BotReply | HumanReply:
        ruleset = self.engine.ruleset
        if row.speaker == "bot":
            return BotReply(now, row.text, row.bot_failed, ruleset.offer_open_for if row.bot_offered else None)
        return HumanReply(now, row.text, return_after=ruleset.return_to_bot_after)


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
