"""Wrong messages with all that is known of each: why it was decided so, and what detectors say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eval.deciders import Decider, DetectorDecider, Prediction, RulesetDecider
from eval.errors.reasons import reason_of, scored
from eval.errors.tracing import traced
from eval.errors.wrong import WrongMessage
from handover_rules.detectors import Absent, Detector, Query, Recorded
from handover_rules.signals import Score, Signal

__all__ = ["Explained", "Weighed", "decided", "explain", "local_detectors", "weigh"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A wrong message and what detectors say of it.

    `scores` are all that are known, by detector: of those that the decision asked, and of all local ones. `against` is
    how surely the local detectors say that the decision is wrong, from 0 to 1: the highest of their scores for a missed
    message, of one minus their scores for a false alarm; None where there is no local detector.
    """

    wrong: WrongMessage
    scores: Mapping[str, float]
    against: float | None

    @property
    def beside(self) -> dict[str, object]:
        """What an export has beside the message."""
        said = self.wrong.said
        return {"decided": said.outcome, "rule": said.rule, "scores": self.scores}


@dataclass(frozen=True, slots=True)
class Explained(Weighed):
    """A wrong message and why it was decided so."""

    why: str


def local_detectors(detectors: Mapping[str, Detector]) -> dict[str, Detector]:
    """Those that score a message here and now, whatever was recorded."""
    return {name: one for name, one in detectors.items() if not isinstance(one, (Recorded, Absent))}


async def weigh(found: Iterable[WrongMessage], local: Mapping[str, Detector]) -> list[Weighed]:
    """Wrong messages, the most telling first, misses before false alarms.

    The more surely the local detectors (`local`) contradict a decision, the plainer the mistake is, and the earlier it
    comes; equal ones stay in their order. So messages whose label is doubtful come last.
    """
    seen = [await _weigh_one(wrong, local) for wrong in found]
    return sorted(seen, key=lambda one: (one.wrong.kind != "missed", -(one.against or 0.0)))


async def explain(found: Iterable[WrongMessage], decider: Decider, local: Mapping[str, Detector]) -> list[Explained]:
    """Explain messages that `decider` got wrong, in the order of `weigh`."""
    return [
        Explained(one.wrong, one.scores, one.against, await _why(one.wrong, decider))
        for one in await weigh(found, local)
    ]


def decided(said: Prediction, why: str) -> str:
    """What was decided, by which rule and why, in a line."""
    by = f"{said.outcome} by {said.rule}" if said.rule else f"{said.outcome}"
    return f"{by}: {why}"


async def _weigh_one(wrong: WrongMessage, local: Mapping[str, Detector]) -> Weighed:
    row = wrong.row
    # Local models see a message alone, without what was said before it.
    query = Query(row.text, row.language)
    near = _scores({name: (await detector.ask([query]))[0] for name, detector in local.items()})
    against = [score if row.label else 1 - score for score in near.values()]
    return Weighed(wrong, {**_scores(wrong.said.signals), **near}, max(against, default=None))


async def _why(wrong: WrongMessage, decider: Decider) -> str:
    if isinstance(decider, RulesetDecider):
        return reason_of((await traced(decider, wrong.file, wrong.number)).decision)
    assert isinstance(decider, DetectorDecider)  # there is no third kind
    return scored(decider, wrong.said)


def _scores(signals: Mapping[str, Signal]) -> dict[str, float]:
    return {name: signal.value for name, signal in signals.items() if isinstance(signal, Score)}
