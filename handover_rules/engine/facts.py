"""Everything that conditions look at while one message is decided. Costly facts are computed when first asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handover_rules.conversation import ConversationState
from handover_rules.engine.language import detect_language
from handover_rules.messages import Message, encodable
from handover_rules.signals import Signal
from handover_rules.text import words

__all__ = ["Facts"]

# Two messages say nearly the same when they share this part of their words (Jaccard), and have words enough to tell:
# "yes" after "yes" answers another question.
SAME = 0.6
MIN_WORDS = 3


class Facts:
    """One message in its circumstances. `revealed` holds the signals that the decision may use so far."""

    __slots__ = ("_language", "_local", "_repeats", "hits", "matched", "message", "now", "revealed", "state", "zone")

    def __init__(self, message: Message, state: ConversationState, now: datetime, zone: ZoneInfo) -> None:
        self.message = message
        self.state = state
        self.now = now
        self.zone = zone
        self.revealed: dict[str, Signal] = {}
        self.hits: set[int] = set()
        self.matched: Sequence[int] = ()
        self._language: str | None = None
        self._local: datetime | None = None
        self._repeats: tuple[bool, ...] | None = None

    def unanswered(self) -> Facts:
        """The same facts before any signal was revealed."""
        facts = Facts(self.message, self.state, self.now, self.zone)
        facts.hits, facts.matched = self.hits, self.matched
        facts._language, facts._local, facts._repeats = self._language, self._local, self._repeats
        return facts

    @property
    def nfc(self) -> str:
        """The message's text as regexes see it."""
        return encodable(unicodedata.normalize("NFC", self.message.text))

    @property
    def language(self) -> str:
        """The language that came with the message, else the detected one; "" where it cannot be told."""
        if self._language is None:
            given = self.message.language
            self._language = given.casefold() if given else detect_language(self.message.text)
        return self._language

    @property
    def local(self) -> datetime:
        """Now, in the ruleset's time zone."""
        if self._local is None:
            self._local = self.now.astimezone(self.zone)
        return self._local

    def failures(self, within_turns: int | None) -> int:
        """How many of the bot's last turns of this epoch failed."""
        if not self.state.turns:
            return 0
        turns = [turn for turn in self.state.turns if turn.speaker == "bot"]
        return sum(turn.failed for turn in (turns if within_turns is None else turns[-within_turns:]))

    def repeats(self, within_turns: int | None) -> int:
        """How many of the customer's last messages of this epoch said nearly the same as this one."""
        if not self.state.customer_turns:
            return 0
        if self._repeats is None:
            own = frozenset(words(self.message.text))
            earlier = [turn.text for turn in self.state.turns if turn.speaker == "customer"]
            self._repeats = tuple(_same(own, frozenset(words(text))) for text in earlier)
        return sum(self._repeats if within_turns is None else self._repeats[-within_turns:])


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return min(len(one), len(other)) >= MIN_WORDS and len(one & other) >= SAME * len(one | other)
