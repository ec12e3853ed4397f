"""The figures of an evaluation, each with its interval and its n.

Everything is computed here, once, into plain dataclasses; the terminal and the JSON only render them.
Intervals are two-sided 95 % Wilson score intervals. A figure without a denominator is None, never 0 or 1.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from eval.dataset import DataFile
from eval.deciders import Prediction
from eval.views import View, left_out
from handover_rules.signals import Score, Unavailable

__all__ = [
    "Counts",
    "DetectorUse",
    "Figures",
    "FileReport",
    "Proportion",
    "Report",
    "Slice",
    "f1",
    "false_alarms_per_1000",
    "figures",
    "measure",
    "measure_together",
    "wilson",
]

_AFTER_A_PERSON = "said to a person who had taken over"


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages by what was decided (positive: handed over) and by what their label says."""

    tp: int
    fp: int
    fn: int
    tn: int


@dataclass(frozen=True, slots=True)
class Proportion:
    """A figure with its 95 % interval; `hits` of `n` are the messages behind it."""

    value: float
    low: float
    high: float
    hits: int
    n: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said of a set of messages.

    `f1` has the hits and n of F* (see `f1`); `false_alarms` is per 1,000 negatives.
    """

    counts: Counts
    precision: Proportion | None
    recall: Proportion | None
    f1: Proportion | None
    false_alarms: Proportion | None


@dataclass(frozen=True, slots=True)
class Slice:
    """The messages that share a value (None: it is not given).

    A category has no precision and no F1: its labels are all alike, so its alarms are all right or all wrong.
    """

    by: str
    value: str | None
    n: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class DetectorUse:
    """What became of a detector's questions, over all decided messages, whatever the view.

    `unavailable` counts the unanswered ones by reason.
    """

    name: str
    fingerprint: str
    asked: int
    answered: int
    unavailable: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file in one view.

    rows = counted + the sum of `left_out` + `no_answer`: the last are messages that the view counts, but that
    the detector under evaluation could not answer; no figure contains them. `asked_positive` and
    `asked_negative` are the messages that were answered with the offer of a person (`ask`), which the figures
    count as not handed over.
    """

    file: str
    sha256: str
    rows: int
    counted: int
    left_out: Mapping[str, int]
    no_answer: int
    positives: int
    negatives: int
    asked_positive: int
    asked_negative: int
    figures: Figures
    slices: tuple[Slice, ...]
    detectors: tuple[DetectorUse, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found, a file at a time. The same inputs give the same report, byte for byte.

    `detector` is None for the whole ruleset, else "patterns" or the detector on trial, whose `bound` then
    says from which score it hands over.
    """

    ruleset: str
    ruleset_hash: str
    view: View
    detector: str | None
    bound: float | None
    files: tuple[FileReport, ...]


def wilson(hits: int, n: int) -> Proportion | None:
    """hits / n with its Wilson score interval (E. B. Wilson, 1927); None when n is 0."""
    if n == 0:
        return None
    low, high = proportion_confint(hits, n, alpha=0.05, method="wilson")
    return Proportion(hits / n, float(low), float(high), hits, n)


def f1(counts: Counts) -> Proportion | None:
    """F1 with an interval; None when there is nothing to find and nothing was found.

    F* = TP / (TP + FP + FN) is a proportion, with a Wilson interval, and F1 = 2 F* / (1 + F*) rises with it,
    so the ends of its interval carry over (Hand, Christen & Kirielle: F*, an interpretable transformation of
    the F-measure, Machine Learning 110, 2021).
    """
    star = wilson(counts.tp, counts.tp + counts.fp + counts.fn)
    if star is None:
        return None
    value, low, high = (2 * x / (1 + x) for x in (star.value, star.low, star.high))
    return replace(star, value=value, low=low, high=high)


def false_alarms_per_1000(counts: Counts) -> Proportion | None:
    """Of 1,000 messages that needed nobody, how many were handed over; whatever the share of positives."""
    rate = wilson(counts.fp, counts.fp + counts.tn)
    if rate is None:
        return None
    return replace(rate, value=1000 * rate.value, low=1000 * rate.low, high=1000 * rate.high)


def figures(counts: Counts) -> Figures:
    """All figures of a table of counts."""
    return Figures(
        counts=counts,
        precision=wilson(counts.tp, counts.tp + counts.fp),
        recall=wilson(counts.tp, counts.tp + counts.fn),
        f1=f1(counts),
        false_alarms=false_alarms_per_1000(counts),
    )


def measure(
    file: DataFile,
    predictions: Sequence[Prediction | None],
    view: View,
    fingerprints: Mapping[str, str],
) -> FileReport:
    """Report on a file.

    `predictions` has one entry a row (None: not decided), `fingerprints` one for each detector by name.
    """
    reasons: Counter[str] = Counter()
    counted: list[dict[str, object]] = []
    no_answer = 0
    for row, prediction in zip(file.rows, predictions, strict=True):
        reason = left_out(row, view)
        if reason is None and prediction is None:
            reason = _AFTER_A_PERSON
        if reason is not None:
            reasons[reason] += 1
        elif prediction is None or prediction.outcome is None:
            no_answer += 1
        else:
            counted.append(
                {
                    "label": row.label,
                    "outcome": prediction.outcome,
                    "category": row.category,
                    "language": row.language,
                    "channel": row.channel,
                }
            )
    frame = pd.DataFrame(counted, columns=["label", "outcome", "category", "language", "channel"])
    asked = frame.loc[frame["outcome"] == "ask", "label"]
    return FileReport(
        file=file.path,
        sha256=file.sha256,
        rows=len(file.rows),
        counted=len(frame),
        left_out=dict(sorted(reasons.items())),
        no_answer=no_answer,
        positives=int((frame["label"] == 1).sum()),
        negatives=int((frame["label"] == 0).sum()),
        asked_positive=int((asked == 1).sum()),
        asked_negative=int((asked == 0).sum()),
        figures=figures(_counts(frame)),
        slices=tuple(part for by in ("category", "language", "channel") for part in _slices(frame, by)),
        detectors=tuple(_use(name, mark, predictions) for name, mark in sorted(fingerprints.items())),
    )


def measure_together(
    files: Sequence[DataFile],
    predictions: Sequence[Sequence[Prediction | None]],
    view: View,
    fingerprints: Mapping[str, str],
) -> FileReport:
    """Report on files as if they were one, so that every message weighs the same, whichever file it stands in.

    `predictions` has one sequence a file. The report's `file` says how many they are, its `sha256` is over theirs.
    """
    hashes = "".join(file.sha256 for file in files)
    together = DataFile(
        path=f"{len(files)} files together",
        sha256=hashlib.sha256(hashes.encode()).hexdigest(),
        rows=tuple(row for file in files for row in file.rows),
    )
    return measure(together, [said for decided in predictions for said in decided], view, fingerprints)


def _counts(frame: pd.DataFrame) -> Counts:
    positive, alarm = frame["label"] == 1, frame["outcome"] == "handover"
    return Counts(
        tp=int((positive & alarm).sum()),
        fp=int((~positive & alarm).sum()),
        fn=int((positive & ~alarm).sum()),
        tn=int((~positive & ~alarm).sum()),
    )


def _slices(frame: pd.DataFrame, by: str) -> list[Slice]:
    """One slice a value, in the order of the values; none at all where no row has one."""
    if frame[by].isna().all():
        return []
    slices = []
    for value, part in frame.groupby(by, dropna=False, sort=True):
        found = figures(_counts(part))
        if by == "category":
            found = replace(found, precision=None, f1=None)
        slices.append(Slice(by, None if pd.isna(value) else str(value), len(part), found))
    return slices


def _use(name: str, fingerprint: str, predictions: Sequence[Prediction | None]) -> DetectorUse:
    signals = [p.signals[name] for p in predictions if p is not None and name in p.signals]
    unavailable = Counter(signal.reason for signal in signals if isinstance(signal, Unavailable))
    return DetectorUse(
        name=name,
        fingerprint=fingerprint,
        asked=len(signals),
        answered=sum(isinstance(signal, Score) for signal in signals),
        unavailable=dict(sorted(unavailable.items())),
    )
