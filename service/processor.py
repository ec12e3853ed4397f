"""Deciding what waits in the inbox: in order and one at a time in each conversation, side by side in different ones."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain, repeat
from pathlib import Path

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision
from handover_rules.messages import Message
from handover_rules.planned import language_of_reply
from handover_rules.settle import settle
from service.corrections import NOTHING_LEFT, Correction, correction_of
from service.recording import Recorded, Recording, customer_facts
from service.rules import Loaded, Rules
from service.shadows import LiveDecision
from service.store.conversations import Conversation, open_conversation
from service.store.inbox import Waiting, mark
from service.store.writer import Writer

__all__ = ["Processor"]

_log = structlog.get_logger("service")

# Conversations that are decided at once. A remote detector limits itself further.
_SIDE_BY_SIDE = 64

# What says that the database is away, or takes no writes, and nothing about a message.
_AWAY = (OperationalError, InterfaceError, InternalError, NoConnectionFree)

# While the database is away: how long to wait before the next try, in seconds.
_PAUSES = (0.2, 1.0, 2.0, 5.0)


class _Line:
    """The messages of one conversation that are not decided, with the conversation as it was read with each."""

    working: asyncio.Task[None]

    def __init__(self) -> None:
        self.messages: deque[tuple[Waiting, Conversation | None]] = deque()


class Processor:
    """Takes messages that were stored, decides them by the rules in use, and writes the decisions as `recording` says.

    `clock` says when a decision was made; what the rules are told is the time when the message was received.
    `decided` is called after each decision that was written.
    """

    def __init__(
        self,
        rules: Rules,
        recording: Recording,
        writer: Writer,
        clock: Callable[[], datetime],
        decided: Callable[[LiveDecision], None] = lambda _: None,
    ) -> None:
        self._rules = rules
        self._recording = recording
        self._writer = writer
        self._clock = clock
        self._decided = decided
        self._lines: dict[str, _Line] = {}
        self._room = asyncio.Semaphore(_SIDE_BY_SIDE)

    def take(self, waiting: Waiting, conversation: Conversation | None = None) -> None:
        """Decide a message after those of its conversation that were taken before; `conversation` as it was read."""
        line = self._lines.get(waiting.customer_id)
        if line is None:
            line = self._lines[waiting.customer_id] = _Line()
            line.working = asyncio.create_task(self._work(waiting.customer_id, line))
        line.messages.append((waiting, conversation))

    async def idle(self) -> None:
        """Wait until everything that was taken is decided."""
        while self._lines:
            await asyncio.wait(self._tasks())

    async def settled(self, customer_id: str, within: float) -> None:
        """Wait until nothing that was taken from this customer is undecided, for at most `within` seconds."""
        line = self._lines.get(customer_id)
        if line is not None:
            await asyncio.wait([line.working], timeout=within)

    async def stop(self, within: float) -> None:
        """Wait up to `within` seconds for what was taken. What is not decided then waits in the inbox."""
        if self._lines:
            _, late = await asyncio.wait(self._tasks(), timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    @property
    def undecided(self) -> int:
        """How many messages were taken and are not decided."""
        return sum(len(line.messages) for line in self._lines.values())

    def _tasks(self) -> set[asyncio.Task[None]]:
        return {line.working for line in self._lines.values()}

    async def _work(self, customer_id: str, line: _Line) -> None:
        known: Conversation | None = None
        try:
            while line.messages:
                waiting, read = line.messages[0]
                if known is None or (read is not None and read.version >= known.version):
                    known = read
                elif read is not None:
                    # Read earlier than `known`, and yet the latest of what messages themselves say.
                    known = replace(known, channel=read.channel, chat=read.chat, name=read.name)
                async with self._room:
                    known = await self._decide(waiting, known)
                line.messages.popleft()
        finally:
            del self._lines[customer_id]

    async def _decide(self, waiting: Waiting, conversation: Conversation | None) -> Conversation | None:
        """Decide one message, whatever it takes; the conversation afterwards, None where it must be read again."""
        pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
        while True:
            try:
                return await self._attempt(waiting, conversation)
            except _AWAY:
                pass
            except Exception as error:  # one message must not keep those after it from being decided
                if await self._set_aside(waiting, error):
                    return None
            # The message is safe in the inbox, so the only thing to do is to wait.
            pause = next(pauses)
            _log.warning("database_away", seq=waiting.seq, retry_in=pause)
            await asyncio.sleep(pause)
            conversation = None

    async def _attempt(self, waiting: Waiting, conversation: Conversation | None) -> Conversation:
        """Decide and write, again where somebody else wrote the conversation in between."""
        while True:
            if conversation is None:
                conversation = await self._writer.run(partial(self._read, waiting))
            recorded = await self._settle_and_record(waiting, conversation)
            conversation = recorded.conversation
            if recorded.written != "stale":
                return conversation

    def _read(self, waiting: Waiting, connection: Connection) -> Conversation:
        return open_conversation(connection, self._recording.tables, waiting.customer_id, waiting.received_at)

    async def _settle_and_record(self, waiting: Waiting, conversation: Conversation) -> Recorded:
        """One version of the rules decides, and what that means is written by the same one."""
        with self._rules.using() as rules:
            return await self._by(rules, waiting, conversation)

    async def _by(self, rules: Loaded, waiting: Waiting, conversation: Conversation) -> Recorded:
        now = waiting.received_at
        message = waiting.message(customer_facts(conversation))
        correction, state = None, conversation.state
        if waiting.kind != "message":
            correction = await self._writer.run(partial(self._correction, waiting, conversation))
            if correction.outdated:
                return await self._writer.run(partial(self._pass_over, waiting, conversation))
            state = correction.state
        if waiting.kind == "revoke":
            settled = NOTHING_LEFT
        else:
            settled = await settle(rules.engine, rules.detectors, message, state, now=now)
        language = await self._language_of_reply(rules, message, state.at(now), settled.decision)
        recording = replace(self._recording, ruleset=rules.ruleset)
        recorded = await self._writer.run(
            lambda connection: recording.record(
                connection, waiting, conversation, settled, language, self._clock(), correction
            )
        )
        if recorded.written == "written":
            decision = settled.decision
            _log.info(
                "decided", seq=waiting.seq, outcome=decision.outcome, rule=decision.rule, asked=list(decision.asked)
            )
            for problem in recorded.problems:
                # The rest of it may quote the customer; `decisions` has it.
                _log.error("action_failed", seq=waiting.seq, action=problem.partition(":")[0])
            if waiting.kind != "revoke":
                self._decided(LiveDecision(waiting.seq, message, state, now, settled, rules))
        return recorded

    def _correction(self, waiting: Waiting, conversation: Conversation, connection: Connection) -> Correction:
        return correction_of(connection, self._recording.tables, waiting, conversation, waiting.received_at)

    def _pass_over(self, waiting: Waiting, conversation: Conversation, connection: Connection) -> Recorded:
        mark(connection, self._recording.tables, waiting.seq, "ignored", "a later change of the message came before")
        return Recorded("done_before", conversation)

    async def _language_of_reply(
        self, rules: Loaded, message: Message, state: ConversationState, decision: Decision
    ) -> str:
        """The language to answer in, found out only where there is something to answer, because that is slow."""
        default = rules.ruleset.default_language
        if not any(action.kind == "reply" for action in decision.actions):
            return default
        earlier = " ".join(turn.text for turn in state.turns if turn.speaker == "customer")
        return await asyncio.to_thread(language_of_reply, message, earlier, default)

    async def _set_aside(self, waiting: Waiting, error: Exception) -> bool:
        """Mark a message that cannot be decided as failed: it stays in the inbox for somebody to look at.

        False where even that cannot be written: then it is not the message that is wrong.
        """
        # Not the error's own text, which may quote the customer.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
        tables = self._recording.tables
        try:
            failed = await self._writer.run(lambda connection: mark(connection, tables, waiting.seq, "failed", place))
        except SQLAlchemyError:
            return False
        if failed:
            _log.error("message_failed", seq=waiting.seq, error=place)
        return True
