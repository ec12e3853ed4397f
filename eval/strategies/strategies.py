"""Rulesets that differ in when the AI is asked, each decided with the AI up, down for some calls, and down for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

from eval.ai_cost.questions import Questions
from eval.ai_cost.use import Meter
from eval.dataset import DataFile, Dataset
from eval.deciders import Prediction, RulesetDecider
from eval.figures.measure import measure_together
from eval.figures.metrics import Figures
from eval.replay import replay
from eval.strategies.outage import DOWN, Outage
from eval.views import View
from handover_rules.detectors import AnswerMode, AnswerStore, Detector, build_detectors
from handover_rules.engine import Engine
from handover_rules.errors import RulesetError, UsageError
from handover_rules.rulefile import examine, load_ruleset
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Score, Unavailable

__all__ = ["Line", "Strategy", "compare", "read_strategies", "to_be_asked"]

_REPLACED = "detectors.yaml"


@dataclass(frozen=True, slots=True)
class Strategy:
    """A ruleset and its name: the stem of the file that stands in for `detectors.yaml`, or `default`."""

    name: str
    ruleset: Ruleset


@dataclass(frozen=True, slots=True)
class Line:
    """One strategy with the paid detectors down for a share of their calls.

    `down` is None where it does not matter: nothing that costs money is ever asked. Of 1,000 messages, `calls` are the
    questions to paid detectors, `answered` those that got an answer, `unanswered` those that got none for another
    reason than the outage. `local_ms` is the mean processor time of a decision, without paid detectors.
    """

    strategy: str
    ruleset_hash: str
    down: float | None
    figures: Figures
    calls: float
    answered: float
    unanswered: float
    local_ms: float


def read_strategies(rules: Path, folder: Path) -> list[Strategy]:
    """The ruleset as it is, and with each file of the folder in the place of its `detectors.yaml`.

    Raises RulesetError for one that has errors, UsageError where there is nothing to replace or nothing to compare.
    """
    replaced = rules / _REPLACED
    if not replaced.is_file():
        raise UsageError(f"{replaced} is not there: a strategy is a file that stands in its place")
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise UsageError(f"{folder}: no *.yaml file in this folder; name one with files that stand in for {_REPLACED}")
    strategies = [Strategy("default", load_ruleset(rules))]
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read: {error}") from None
        examined = examine(rules, drafts={str(replaced): text})
        if examined.ruleset is None:
            raise RulesetError([one for one in examined.problems if one.severity == "error"], examined.sources)
        strategies.append(Strategy(file.stem, examined.ruleset))
    return strategies


def compare(
    strategies: Sequence[Strategy],
    dataset: Dataset,
    environ: Mapping[str, str],
    *,
    answers: AnswerStore,
    mode: AnswerMode,
    view: View,
    down: Sequence[float],
    meter: Meter,
) -> list[Line]:
    """A line for each strategy and each share of calls for which its paid detectors are down.

    `meter` is told of all detectors that were asked. Raises what a detector raises.
    """
    lines = []
    for strategy in strategies:
        for share in down:
            detectors = build_detectors(strategy.ruleset, environ, answers=answers, mode=mode)
            try:
                line = _line(strategy, dataset, detectors, view, share)
            finally:
                meter.add(detectors)
            if not line.calls:
                lines.append(replace(line, down=None))
                break
            lines.append(line)
    return lines


def _line(strategy: Strategy, dataset: Dataset, detectors: Mapping[str, Detector], view: View, down: float) -> Line:
    ruleset = strategy.ruleset
    tried = _down(ruleset, detectors, down)
    started = process_time()
    predictions = asyncio.run(_decided(RulesetDecider(Engine(ruleset), tried), dataset.files, ruleset))
    took = process_time() - started
    said = [prediction for file in predictions for prediction in file if prediction is not None]
    asked = [one.signals[name] for one in said for name in ruleset.paid if name in one.signals]
    per_1000 = 1000 / max(len(said), 1)
    report = measure_together(dataset.files, predictions, view, {})
    return Line(
        strategy.name,
        ruleset.hash,
        down,
        report.figures,
        per_1000 * len(asked),
        per_1000 * sum(isinstance(one, Score) for one in asked),
        per_1000 * sum(isinstance(one, Unavailable) and one.reason != DOWN for one in asked),
        1000 * took / max(len(said), 1),
    )


def to_be_asked(
    strategies: Sequence[Strategy],
    dataset: Dataset,
    environ: Mapping[str, str],
    *,
    answers: AnswerStore,
    down: Sequence[float],
    progress: Callable[[int], None] = lambda rows_done: None,
) -> Questions:
    """What `compare` would ask and is not recorded: under the smallest outage, which keeps the fewest calls from it."""
    questions = Questions()
    for strategy in strategies:
        detectors = build_detectors(strategy.ruleset, environ, answers=answers, mode="offline")
        tried = _down(strategy.ruleset, detectors, min(down))
        decider = RulesetDecider(Engine(strategy.ruleset), tried)
        questions.look(strategy.ruleset, decider, dataset.files, progress=progress)
    return questions


def _down(ruleset: Ruleset, detectors: Mapping[str, Detector], share: float) -> dict[str, Detector]:
    return {name: Outage(one, share) if name in ruleset.paid else one for name, one in detectors.items()}


async def _decided(
    decider: RulesetDecider, files: Sequence[DataFile], ruleset: Ruleset
) -> list[tuple[Prediction | None, ...]]:
    try:
        return [await replay(file.rows, decider, offer_open_for=ruleset.offer_open_for) for file in files]
    finally:
        for detector in decider.detectors.values():
            await detector.close()
