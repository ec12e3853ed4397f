"""Two rulesets on the same messages: the figures of each, and the messages that flip."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from eval.dataset import Dataset, Row
from eval.deciders import Prediction, build_decider
from eval.metrics import Counts, Figures, figures
from eval.replay import replay
from eval.views import View, left_out
from handover_rules.detectors import AnswerStore
from handover_rules.ruleset import Ruleset

__all__ = [
    "BETTER",
    "TOGETHER",
    "WORSE",
    "Comparison",
    "Decisions",
    "Flip",
    "FlipKind",
    "compare",
    "decide_all",
    "figures_of",
    "pairs",
]

# For each file one prediction a row (None: the row was not decided).
Decisions: TypeAlias = tuple[tuple[Prediction | None, ...], ...]

# What a flip means, the worst first. `no_handover`: the message is handed over neither before nor after (an offer comes
# or goes). `unlabelled`: nobody said what is right. `uncounted`: the view leaves the message out.
FlipKind: TypeAlias = Literal[
    "lost_catch", "new_false_alarm", "new_catch", "false_alarm_gone", "no_handover", "unlabelled", "uncounted"
]
WORSE: frozenset[FlipKind] = frozenset({"lost_catch", "new_false_alarm"})
BETTER: frozenset[FlipKind] = frozenset({"new_catch", "false_alarm_gone"})

TOGETHER = "all files together"

_ORDER = {kind: number for number, kind in enumerate(get_args(FlipKind))}


@dataclass(frozen=True, slots=True)
class Flip:
    """A message whose outcome changes."""

    file: str
    row: Row
    before: Prediction
    after: Prediction
    kind: FlipKind


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rulesets on the same messages: those whose outcome differs, the worst first.

    `other_rule` is how many have the same outcome by another rule.
    """

    flips: tuple[Flip, ...]
    other_rule: int

    @property
    def counted(self) -> tuple[Flip, ...]:
        """The flips of messages that the view counts."""
        return tuple(flip for flip in self.flips if flip.kind not in ("unlabelled", "uncounted"))


def decide_all(ruleset: Ruleset, dataset: Dataset, environ: Mapping[str, str], answers: Path) -> Decisions:
    """Decide every message of the files without network. Raises what a detector raises."""
    decider = build_decider(ruleset, None, environ, answers=AnswerStore(answers), mode="offline")
    return tuple(asyncio.run(replay(file.rows, decider)) for file in dataset.files)


def figures_of(dataset: Dataset, decisions: Decisions, view: View) -> dict[str, Figures]:
    """The figures by file, and where there are several files also those of all of them together, first."""
    counts: dict[str, Counts] = {}
    for file, predictions in zip(dataset.files, decisions, strict=True):
        cells = [0, 0, 0, 0]
        for row, prediction in zip(file.rows, predictions, strict=True):
            if prediction is not None and left_out(row, view) is None:
                cells[(0 if row.label else 1) if prediction.handover else (2 if row.label else 3)] += 1
        counts[file.path] = Counts(*cells)
    total = Counts(*(sum(getattr(one, cell) for one in counts.values()) for cell in ("tp", "fp", "fn", "tn")))
    first = {TOGETHER: total} if len(counts) > 1 else {}
    return {name: figures(count) for name, count in (first | counts).items()}


def compare(dataset: Dataset, before: Decisions, after: Decisions, view: View) -> Comparison:
    """What differs between the decisions of two rulesets."""
    flips = []
    other_rule = 0
    for file, row, old, new in pairs(dataset, before, after):
        if old.outcome != new.outcome:
            flips.append(Flip(file, row, old, new, _kind(row, old, new, view)))
        elif old.rule != new.rule:
            other_rule += 1
    flips.sort(key=lambda flip: _ORDER[flip.kind])
    return Comparison(tuple(flips), other_rule)


def pairs(dataset: Dataset, before: Decisions, after: Decisions) -> Iterator[tuple[str, Row, Prediction, Prediction]]:
    """Every decided message with its file's path and both decisions."""
    for file, was, is_now in zip(dataset.files, before, after, strict=True):
        for row, old, new in zip(file.rows, was, is_now, strict=True):
            if old is not None and new is not None:
                yield file.path, row, old, new


def _kind(row: Row, before: Prediction, after: Prediction, view: View) -> FlipKind:
    if row.label is None:
        return "unlabelled"
    if left_out(row, view) is not None:
        return "uncounted"
    if before.handover == after.handover:
        return "no_handover"
    if row.label:
        return "new_catch" if after.handover else "lost_catch"
    return "new_false_alarm" if after.handover else "false_alarm_gone"
