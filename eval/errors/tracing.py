"""A decision that was made in a replay, made once more with its trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from eval.dataset import DataFile
from eval.deciders import RulesetDecider
from eval.replay import replay
from handover_rules.conversation import ConversationState
from handover_rules.detectors import Detector
from handover_rules.messages import Message
from handover_rules.settle import Settled, settle

__all__ = ["traced"]


async def traced(decider: RulesetDecider, file: DataFile, number: int) -> Settled:
    """The decision about a decided row once more, with its true history, and with its trace."""
    rows = (*file.before(number), file.rows[number])
    offers = decider.engine.ruleset.offer_open_for
    *_, settled = await replay(rows, _Tracing(decider), offer_open_for=offers)
    assert settled is not None  # it was decided before, from the same rows
    return settled


@dataclass(frozen=True, slots=True)
class _Tracing:
    """Decides as the ruleset decider does, and gives the whole decision."""

    decider: RulesetDecider

    @property
    def detectors(self) -> Mapping[str, Detector]:
        return self.decider.detectors

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> Settled:
        return await settle(self.decider.engine, self.decider.detectors, message, state, now=now, trace=True)
