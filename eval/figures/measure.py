"""What an evaluation found in a file: figures of the decisions, of each detector alone, and of conversations.

Everything is computed here, once, into plain dataclasses; the terminal, the JSON and the workbench only render them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from eval.dataset import DataFile
from eval.deciders import Prediction
from eval.figures.alone import Alone, alone
from eval.figures.clusters import figures_by_conversation
from eval.figures.metrics import Counts, Figures
from eval.figures.prevalence import NOTHING_ASSUMED, Assumed, Expected, expected
from eval.figures.timing import Timing, timing
from eval.views import View, left_out
from handover_rules.signals import Score, Unavailable

__all__ = ["FLOOR", "DetectorUse", "FileReport", "Report", "Slice", "measure", "measure_together"]

FLOOR = 20

_AFTER_A_PERSON = "said to a person who had taken over"

# Of the slices that are said to differ from the rest, one in twenty does not.
_FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True, slots=True)
class Slice:
    """The messages that share a value (None: it is not given).

    A category has no precision and no F1: its labels are all alike, so its alarms are all right or all wrong.
    `differs` names the figures (`recall`, `false_alarms`) that differ from those of the file's other messages: Fisher's
    exact test, with at most 5 % false discoveries among the slices (Y. Benjamini & Y. Hochberg, 1995).
    """

    by: str
    value: str | None
    n: int
    figures: Figures
    differs: tuple[str, ...] = ()


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
    count as not handed over. `too_small` counts the messages of slices without figures, by what is sliced and value.
    `expected` is None where no share of positives was stated.
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
    expected: Expected | None
    slices: tuple[Slice, ...]
    too_small: Mapping[str, Mapping[str, int]]
    timing: Timing | None
    alone: tuple[Alone, ...]
    detectors: tuple[DetectorUse, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found, a file at a time. The same inputs give the same report, byte for byte.

    `detector` is None for the whole ruleset, else "patterns" or the detector on trial, whose `bound` then
    says from which score it hands over. `assumed` is what was stated, and no message tells.
    """

    ruleset: str
    ruleset_hash: str
    view: View
    detector: str | None
    bound: float | None
    assumed: Assumed
    files: tuple[FileReport, ...]


def measure(
    file: DataFile,
    predictions: Sequence[Prediction | None],
    view: View,
    fingerprints: Mapping[str, str],
    *,
    bounds: Mapping[str, float | None] | None = None,
    assumed: Assumed = NOTHING_ASSUMED,
    floor: int = FLOOR,
) -> FileReport:
    """Report on a file.

    `predictions` has one entry a row (None: not decided), `fingerprints` one for each detector by name. `bounds` says
    which detectors are also measured alone, and from which score on each is a yes (None: nothing says so). Slices of
    fewer than `floor` messages have no figures: their intervals would be nearly as wide as can be.
    """
    reasons: Counter[str] = Counter()
    counted: list[dict[str, object]] = []
    tried: list[tuple[int, str | None, Prediction]] = []
    no_answer = 0
    for row, prediction in zip(file.rows, predictions, strict=True):
        reason = left_out(row, view)
        if reason is None and prediction is None:
            reason = _AFTER_A_PERSON
        if reason is not None:
            reasons[reason] += 1
            continue
        assert prediction is not None
        assert row.label is not None
        tried.append((row.label, row.conversation_id, prediction))
        if prediction.outcome is None:
            no_answer += 1
        else:
            counted.append(
                {
                    "label": row.label,
                    "outcome": prediction.outcome,
                    "category": row.category,
                    "language": row.language,
                    "channel": row.channel,
                    "conversation": row.conversation_id,
                }
            )
    frame = pd.DataFrame(counted, columns=["label", "outcome", "category", "language", "channel", "conversation"])
    asked = frame.loc[frame["outcome"] == "ask", "label"]
    slices = {by: _slices(frame, by, floor) for by in ("category", "language", "channel")}
    found = _figures(frame)
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
        figures=found,
        expected=expected(assumed, found),
        slices=tuple(part for parts, _ in slices.values() for part in parts),
        too_small={by: small for by, (_, small) in slices.items() if small},
        timing=timing(file, predictions, view),
        alone=alone(tried, bounds or {}, assumed),
        detectors=tuple(_use(name, mark, predictions) for name, mark in sorted(fingerprints.items())),
    )


def measure_together(
    files: Sequence[DataFile],
    predictions: Sequence[Sequence[Prediction | None]],
    view: View,
    fingerprints: Mapping[str, str],
    *,
    bounds: Mapping[str, float | None] | None = None,
    assumed: Assumed = NOTHING_ASSUMED,
    floor: int = FLOOR,
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
    decided = [said for file in predictions for said in file]
    return measure(together, decided, view, fingerprints, bounds=bounds, assumed=assumed, floor=floor)


def _figures(frame: pd.DataFrame) -> Figures:
    return figures_by_conversation(
        (frame["label"] == 1).to_numpy(),
        (frame["outcome"] == "handover").to_numpy(),
        frame["conversation"].astype(object).where(frame["conversation"].notna(), None).tolist(),
    )


def _slices(frame: pd.DataFrame, by: str, floor: int) -> tuple[list[Slice], dict[str, int]]:
    """One slice a value, in the order of the values, and the messages of those too small; none where no row has one."""
    if frame[by].isna().all():
        return [], {}
    slices, small = [], {}
    for value, part in frame.groupby(by, dropna=False, sort=True):
        name = None if pd.isna(value) else str(value)
        if len(part) < floor:
            small[name or "(not given)"] = len(part)
            continue
        found = _figures(part)
        if by == "category":
            found = replace(found, precision=None, f1=None)
        slices.append(Slice(by, name, len(part), found))
    total = _figures(frame).counts
    differs: dict[int, list[str]] = {}
    for figure, cells in _CELLS.items():
        for number in _differing([cells(one.figures.counts) for one in slices], cells(total)):
            differs.setdefault(number, []).append(figure)
    return [replace(one, differs=tuple(differs.get(number, ()))) for number, one in enumerate(slices)], small


# A figure -> its hits and misses.
_CELLS: Mapping[str, Callable[[Counts], tuple[int, int]]] = {
    "recall": lambda counts: (counts.tp, counts.fn),
    "false_alarms": lambda counts: (counts.fp, counts.tn),
}


def _differing(parts: Sequence[tuple[int, int]], total: tuple[int, int]) -> list[int]:
    """The numbers of the parts whose share of hits differs from that of all others together."""
    tested = [number for number, part in enumerate(parts) if 0 < sum(part) < sum(total)]
    if not tested:
        return []
    p_values = [float(fisher_exact(np.array([parts[one], np.subtract(total, parts[one])])).pvalue) for one in tested]
    rejected = multipletests(p_values, alpha=_FALSE_DISCOVERIES, method="fdr_bh")[0]
    return [number for number, reject in zip(tested, rejected, strict=True) if reject]


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
