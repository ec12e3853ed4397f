"""Whether decisions keep what a gate requires. Three verdicts, of which one is that the data cannot say.

A floor is kept by the figure itself, not by the end of its interval: what was reached on these messages must stay
reached. Where it is missed, the interval says whether the data show that, or whether it may be chance.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from eval.diff.paired import paired
from eval.diff.verdict import Judgement, Verdict, judge
from eval.figures.measure import FileReport, measure_together
from eval.figures.metrics import Proportion
from eval.figures.ranking import Estimate
from eval.gate.baseline import Baseline, Origin, messages_of
from eval.gate.deciding import Decided
from eval.gate.gates import FigureName, Floor, Margin
from eval.views import View

__all__ = [
    "Check",
    "Compared",
    "GateResult",
    "GateVerdict",
    "Kept",
    "judge_floor",
    "judge_gate",
    "judge_margin",
    "worst",
]

GateVerdict: TypeAlias = Literal["worse", "not enough data to say", "passed"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A floor and the figure that should keep it; `figure` is None where no message is behind it."""

    floor: Floor
    figure: Proportion | Estimate | None
    verdict: GateVerdict


@dataclass(frozen=True, slots=True)
class Compared:
    """A margin and how the same messages moved since the baseline; `harmed` of them were right and are wrong."""

    margin: Margin
    judgement: Judgement
    harmed: int
    verdict: Verdict


Check: TypeAlias = Kept | Compared


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate and what became of each of its requirements.

    `counted` messages count in the view and were answered: `positives` and `negatives`; `no_answer` more count and were
    not answered. `new` of the counted ones are not in the baseline; None where nothing is compared with it.
    """

    name: str
    view: View
    detector: str | None
    counted: int
    positives: int
    negatives: int
    no_answer: int
    new: int | None
    fewest: int
    checks: tuple[Check, ...]
    verdict: GateVerdict


@dataclass(frozen=True, slots=True)
class GateReport:
    """All gates of a file. `baseline` is None where no gate compares with it; `answers` as in `Gates`."""

    gates_file: str
    ruleset: str
    ruleset_hash: str
    answers: Literal["require", "offline"]
    baseline: Origin | None
    gates: tuple[GateResult, ...]
    verdict: GateVerdict


def judge_gate(decided: Decided, baseline: Baseline | None) -> GateResult:
    """Judge all that a gate requires. `baseline` may be None where the gate has no margin."""
    gate = decided.gate
    bounds = {} if gate.detector is None or decided.bound is None else {gate.detector: decided.bound}
    report = measure_together(decided.files, decided.predictions, gate.view, {}, bounds=bounds)
    checks: list[Check] = [judge_floor(floor, _figure(report, floor.figure), gate.fewest) for floor in gate.floors]
    new = None
    if gate.margins:
        assert baseline is not None
        steps, new = _since(baseline, decided)
        checks += [
            judge_margin(margin, steps[1 if margin.figure == "recall" else 0], gate.fewest) for margin in gate.margins
        ]
    return GateResult(
        name=gate.name,
        view=gate.view,
        detector=gate.detector,
        counted=report.counted,
        positives=report.positives,
        negatives=report.negatives,
        no_answer=report.no_answer,
        new=new,
        fewest=gate.fewest,
        checks=tuple(checks),
        verdict=worst(check.verdict for check in checks),
    )


def judge_floor(floor: Floor, figure: Proportion | Estimate | None, fewest: int) -> Kept:
    """`passed`: the figure keeps the floor. `worse`: its whole 95 % interval is beyond.

    Not enough data to say: it misses the floor and the interval does not, or fewer than `fewest` are behind it.
    """
    verdict: GateVerdict = "not enough data to say"
    if figure is not None and figure.n >= fewest:
        # As if all were about a figure that must not be low.
        sign = 1 if floor.side == "at_least" else -1
        best = figure.high if sign > 0 else figure.low
        if sign * figure.value >= sign * floor.limit:
            verdict = "passed"
        elif sign * best < sign * floor.limit:
            verdict = "worse"
    return Kept(floor, figure, verdict)


def judge_margin(margin: Margin, steps: Sequence[tuple[Hashable, int]], fewest: int) -> Compared:
    """As `handover diff` judges a change, from each message's conversation and step (see `paired`), with two additions.

    Where no message became wrong, it is no worse: rules that change nothing must pass, however few messages there are
    to say what they would do to others. And fewer than `fewest` messages say nothing.
    """
    harm: Literal["fall", "rise"] = "fall" if margin.figure == "recall" else "rise"
    judgement = judge(paired(steps), margin.margin, harm=harm)
    harmed = sum(step == (-1 if harm == "fall" else 1) for _, step in steps)
    verdict = judgement.verdict
    if len(steps) < fewest:
        verdict = "not enough data to say"
    elif not harmed:
        verdict = "no worse"
    return Compared(margin, judgement, harmed, verdict)


def worst(verdicts: Iterable[GateVerdict | Verdict]) -> GateVerdict:
    """The verdict on all together: worse where any is, passed where nothing is in doubt."""
    found = set(verdicts)
    if "worse" in found:
        return "worse"
    return "not enough data to say" if "not enough data to say" in found else "passed"


def _figure(report: FileReport, name: FigureName) -> Proportion | Estimate | None:
    match name:
        case "recall" | "precision" | "false_alarms":
            found: Proportion | None = getattr(report.figures, name)
            return found
        case "average_precision":
            ranking = report.alone[0].ranking if report.alone else None
            return None if ranking is None else ranking.average_precision
        case "on_time" | "needless":
            share: Proportion | None = None if report.timing is None else getattr(report.timing, name)
            return share


def _since(baseline: Baseline, decided: Decided) -> tuple[dict[int, list[tuple[Hashable, int]]], int]:
    """The steps of the messages by their label, and how many messages the baseline does not have."""
    steps: dict[int, list[tuple[Hashable, int]]] = {0: [], 1: []}
    new = 0
    for message, row, handover in messages_of(decided):
        before = baseline.handed_over.get(message)
        if before is None:
            new += 1
            continue
        assert row.label is not None  # it counts
        conversation = None if row.conversation_id is None else (message.file, row.conversation_id)
        steps[row.label].append((conversation, handover - before))
    return steps, new
