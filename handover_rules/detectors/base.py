"""The protocol that every detector shares, and what it is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from handover_rules.conversation import Turn
from handover_rules.signals import Signal, Unavailable

__all__ = ["Absent", "Detector", "Query"]


@dataclass(frozen=True, slots=True)
class Query:
    """One message to judge. `context` is what was said before it since the last change of owner, oldest first."""

    text: str
    language: str | None = None
    context: tuple[Turn, ...] = ()

    def key(self) -> str:
        """SHA-256 (hex) of all that a detector may look at: the same question has the same key on every machine."""
        asked = [self.text, self.language, [[turn.speaker, turn.text, turn.failed] for turn in self.context]]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


class Detector(Protocol):
    """Something that scores messages.

    `fingerprint` names everything that shapes an answer: kind, model, prompt, options, parser version. `remote` says
    whether asking leaves this process (and may cost money). `ask` gives one signal a query, in order, and does not
    raise for a message that it cannot answer: that is `Unavailable`.
    """

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def remote(self) -> bool: ...

    async def ask(self, queries: Sequence[Query]) -> list[Signal]: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands in for a detector that cannot be asked here at all: it always says why."""

    name: str
    reason: str
    fingerprint: str = "absent"
    remote: bool = False

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        return [Unavailable(self.reason) for _ in queries]

    async def close(self) -> None:
        """Nothing is open."""
