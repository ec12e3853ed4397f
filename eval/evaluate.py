"""An evaluation from start to end: replay every file, measure it, and keep what was decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from eval.dataset import Dataset
from eval.deciders import Decider, Prediction, RulesetDecider
from eval.figures.measure import FLOOR, Report, measure
from eval.figures.prevalence import NOTHING_ASSUMED, Assumed
from eval.on_all_cores import replay_all
from eval.replay import DEFAULT_NOW
from eval.views import View
from handover_rules.bounds import detector_bound
from handover_rules.ruleset import Ruleset

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The report, and for each file one prediction a row (None: the row was not decided)."""

    report: Report
    predictions: tuple[tuple[Prediction | None, ...], ...]


def evaluate(
    ruleset: Ruleset,
    dataset: Dataset,
    decider: Decider,
    *,
    view: View,
    detector: str | None = None,
    assumed: Assumed = NOTHING_ASSUMED,
    floor: int = FLOOR,
    now: datetime = DEFAULT_NOW,
    progress: Callable[[int], None] = lambda rows_done: None,
) -> Evaluation:
    """Replay and measure a dataset, a file at a time.

    `detector` names what is on trial in the report, as `build_decider` was told. Detectors that were asked about every
    message are measured alone as well. Raises what a detector raises.
    """
    predictions = [
        replay_all(file.rows, decider, now=now, offer_open_for=ruleset.offer_open_for, progress=progress)
        for file in dataset.files
    ]
    fingerprints = {name: asked.fingerprint for name, asked in decider.detectors.items()}
    also = decider.also if isinstance(decider, RulesetDecider) else tuple(decider.detectors)
    bounds = {name: detector_bound(ruleset, name) for name in also}
    report = Report(
        ruleset=ruleset.name,
        ruleset_hash=ruleset.hash,
        view=view,
        detector=detector,
        bound=decider.bound,
        assumed=assumed,
        files=tuple(
            measure(file, decided, view, fingerprints, bounds=bounds, assumed=assumed, floor=floor)
            for file, decided in zip(dataset.files, predictions, strict=True)
        ),
    )
    return Evaluation(report, tuple(predictions))
