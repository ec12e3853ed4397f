"""Wrong messages with all that is known of each: why it was decided so, and what detectors say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eval.deciders import Decider, DetectorDecider, RulesetDecider
from eval.errors.reasons import reason_of, scored
from eval.errors.tracing import traced
from eval.errors.wrong import WrongMessage
from handover_rules.detectors import Detector, Query
from handover_rules.signals import Score, Signal

__all__ = ["Explained", "explain"]


@dataclass(frozen=True, slots=True)
class Explained:
    """A wrong message and why it was decided so.

    `scores` are all that are known, by detector: of those that the decision asked, and of all local ones. `against` is
    how surely the local detectors say that the decision is wrong, from 0 to 1: the highest of their scores for a missed
    message, of one minus their scores for a false alarm; None where there is no local detector.
    """

    wrong: WrongMessage
    why: str
    scores: Mapping[str, float]
    against: float | None


async def explain(found: Iterable[WrongMessage], decider: Decider, local: Mapping[str, Detector]) -> list[Explained]:
    """Explain messages that `decider` got wrong; the most telling first, misses before false alarms.

    The more surely the local detectors (`local`) contradict a decision, the plainer the mistake is, and the earlier it
    comes; equal ones stay in their order. So messages whose label is doubtful come last.
    """
    seen = [await _explain_one(wrong, decider, local) for wrong in found]
    return sorted(seen, key=lambda one: (one.wrong.kind != "missed", -(one.against or 0.0)))


async def _explain_one(wrong: WrongMessage, decider: Decider, local: Mapping[str, Detector]) -> Explained:
    row, said = wrong.row, wrong.said
    if isinstance(decider, RulesetDecider):
        why = reason_of((await traced(decider, wrong.file, wrong.number)).decision)
    else:
        assert isinstance(decider, DetectorDecider)  # there is no third kind
        why = scored(decider, said)
    # Local models see a message alone, without what was said before it.
    query = Query(row.text, row.language)
    near = _scores({name: (await detector.ask([query]))[0] for name, detector in local.items()})
    against = [score if row.label else 1 - score for score in near.values()]
    return Explained(wrong, why, {**_scores(said.signals), **near}, max(against, default=None))


def _scores(signals: Mapping[str, Signal]) -> dict[str, float]:
    return {name: signal.value for name, signal in signals.items() if isinstance(signal, Score)}
