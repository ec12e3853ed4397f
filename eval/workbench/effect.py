"""What a change of the rules does to labelled messages: the figures of both, and the messages that flip."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from eval.dataset import Dataset, Row
from eval.deciders import Prediction, build_decider
from eval.metrics import Counts, Figures, figures
from eval.replay import replay
from eval.views import View, left_out
from handover_rules.detectors import AnswerStore
from handover_rules.ruleset import Ruleset

__all__ = ["Comparison", "Decisions", "Flip", "compare", "decide_all", "figures_of"]

# For each file one prediction a row (None: the row was not decided).
Decisions: TypeAlias = tuple[tuple[Prediction | None, ...], ...]

TOGETHER = "all files together"


@dataclass(frozen=True, slots=True)
class Flip:
    """A message whose outcome changes."""

    file: str
    row: Row
    before: Prediction
    after: Prediction

    @property
    def right_before(self) -> bool:
        """Whether it was decided as its label says; an offer of a person counts as no handover."""
        return self.before.handover == bool(self.row.label)

    @property
    def right_after(self) -> bool:
        """As `right_before`, after the change."""
        return self.after.handover == bool(self.row.label)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rulesets on the same messages.

    `flips` are the messages that the view counts and whose outcome differs; `uncounted` is how many differ that it
    does not count, `other_rule` how many have the same outcome by another rule.
    """

    flips: tuple[Flip, ...]
    uncounted: int
    other_rule: int


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
    """What differs between the decisions of two rulesets: first what becomes wrong, then what becomes right."""
    flips = []
    uncounted = other_rule = 0
    for flip in _pairs(dataset, before, after):
        if flip.before.outcome != flip.after.outcome:
            if left_out(flip.row, view) is None:
                flips.append(flip)
            else:
                uncounted += 1
        elif flip.before.rule != flip.after.rule:
            other_rule += 1
    flips.sort(key=lambda flip: (flip.right_before == flip.right_after, flip.right_after))
    return Comparison(tuple(flips), uncounted, other_rule)


def _pairs(dataset: Dataset, before: Decisions, after: Decisions) -> Iterator[Flip]:
    for file, was, is_now in zip(dataset.files, before, after, strict=True):
        for row, old, new in zip(file.rows, was, is_now, strict=True):
            if old is not None and new is not None:
                yield Flip(file.path, row, old, new)
