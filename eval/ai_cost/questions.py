"""The offline pass before answers are paid for: which questions would be asked that are not recorded.

Only messages about which the rules would ask a paid detector count: all that is cheaper is asked, and what is recorded
is used. Where rules ask a second paid detector, whether they do may depend on what the first will say: then both count,
so that there are *at most* so many questions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from eval.dataset import DataFile
from eval.deciders import Decider, RulesetDecider
from eval.replay import DEFAULT_NOW, replay
from handover_rules.conversation import ConversationState
from handover_rules.decision import Needs
from handover_rules.detectors import Detector, Query
from handover_rules.detectors.reasons import NOT_RECORDED
from handover_rules.engine.case import Case
from handover_rules.messages import Message
from handover_rules.ruleset import OpenAISpec, Ruleset
from handover_rules.settle import query
from handover_rules.signals import Score, Signal, Unavailable

__all__ = ["Questions", "ToDetector"]

# What a paid detector that was not asked yet could say. What follows in between, the engine names by itself.
_COULD_SAY = (Score(0.0), Score(1.0))


@dataclass(slots=True)
class ToDetector:
    """The questions to one detector, by their keys."""

    spec: OpenAISpec
    queries: dict[str, Query] = field(default_factory=dict)


@dataclass(slots=True)
class Questions:
    """Questions to be asked, each once, by the detectors' fingerprints.

    `again` counts those that are recorded, too (`--refresh`). `at_most`: answers of one detector may save questions to
    another.
    """

    again: bool = False
    at_most: bool = False
    found: dict[str, ToDetector] = field(default_factory=dict)

    def look(
        self,
        ruleset: Ruleset,
        decider: Decider,
        files: Iterable[DataFile],
        *,
        now: datetime = DEFAULT_NOW,
        progress: Callable[[int], None] = lambda rows_done: None,
    ) -> None:
        """Add what this decider would ask about the messages. Its detectors must be offline: they are asked."""
        specs = {
            name: spec
            for name, spec in ruleset.detectors.items()
            if isinstance(spec, OpenAISpec) and name in ruleset.paid & decider.detectors.keys()
        }
        watcher = _Watcher(decider, specs, self)
        for file in files:
            asyncio.run(replay(file.rows, watcher, now=now, offer_open_for=ruleset.offer_open_for, progress=progress))


@dataclass(frozen=True, slots=True)
class _Watcher:
    """Decides nothing: notes what is asked on the way to a decision."""

    decider: Decider
    paid: Mapping[str, OpenAISpec]
    questions: Questions

    @property
    def detectors(self) -> Mapping[str, Detector]:
        return self.decider.detectors

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> None:
        asked = query(message, state, now)
        if not isinstance(self.decider, RulesetDecider):
            await self._ask(self.detectors, asked)
            return
        await self._follow(self.decider.engine.open(message, state, now=now), {}, asked)
        await self._ask([name for name in self.decider.also if name in self.paid], asked)

    async def _follow(self, case: Case, known: Mapping[str, Signal], asked: Query) -> None:
        """Ask as `settle_case` does; what a paid detector will say is followed to both ends."""
        while isinstance(needs := case.decide(known), Needs):
            name = needs.detectors[0]
            (signal,) = await self._ask([name], asked)
            if signal != Unavailable(NOT_RECORDED) or name not in self.paid:
                known = {**known, name: signal}
                continue
            if self.paid.keys() - known.keys() - {name}:
                self.questions.at_most = True
                await self._ask([other for other in needs.detectors if other in self.paid], asked)
                for could_say in _COULD_SAY:
                    await self._follow(case.anew(), {**known, name: could_say}, asked)
            return

    async def _ask(self, names: Collection[str], asked: Query) -> list[Signal]:
        signals = []
        for name in names:
            detector = self.detectors[name]
            (signal,) = await detector.ask([asked])
            signals.append(signal)
            recorded = isinstance(signal, Score)
            if name in self.paid and (signal == Unavailable(NOT_RECORDED) or (self.questions.again and recorded)):
                to = self.questions.found.setdefault(detector.fingerprint, ToDetector(self.paid[name]))
                to.queries.setdefault(asked.key(), asked)
        return signals
