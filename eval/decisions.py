"""What a ruleset decides about the messages of a dataset, without network, and how right it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from eval.dataset import Dataset
from eval.deciders import Prediction, build_decider
from eval.figures.metrics import Counts, Figures, counted, figures
from eval.replay import replay
from eval.views import View, left_out
from handover_rules.detectors import AnswerStore
from handover_rules.ruleset import Ruleset

__all__ = ["TOGETHER", "Decisions", "decide_all", "figures_of"]

# For each file one prediction a row (None: the row was not decided).
Decisions: TypeAlias = tuple[tuple[Prediction | None, ...], ...]

TOGETHER = "all files together"


def decide_all(ruleset: Ruleset, dataset: Dataset, environ: Mapping[str, str], answers: Path) -> Decisions:
    """Decide every message of the files without network. Raises what a detector raises."""
    decider = build_decider(ruleset, None, environ, answers=AnswerStore(answers), mode="offline")
    return tuple(
        asyncio.run(replay(file.rows, decider, offer_open_for=ruleset.offer_open_for)) for file in dataset.files
    )


def figures_of(dataset: Dataset, decisions: Decisions, view: View) -> dict[str, Figures]:
    """The figures by file, and where there are several files also those of all of them together, first."""
    counts: dict[str, Counts] = {}
    for file, predictions in zip(dataset.files, decisions, strict=True):
        counts[file.path] = counted(
            (row.label, prediction.handover)
            for row, prediction in zip(file.rows, predictions, strict=True)
            if prediction is not None and left_out(row, view) is None
        )
    total = Counts(*(sum(getattr(one, cell) for one in counts.values()) for cell in ("tp", "fp", "fn", "tn")))
    first = {TOGETHER: total} if len(counts) > 1 else {}
    return {name: figures(count) for name, count in (first | counts).items()}
