"""Messages whose label is probably wrong, found by confident learning on scores of models that did not see them.

C. Northcutt, L. Jiang and I. Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, Journal of
Artificial Intelligence Research 70, 2021. A score is confident for a class when it is at least the mean score that the
messages labelled so have for it: so a class that the model finds hard needs less. A label is suspicious where the score
is confident for the other class and the likelier of the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.dataset import DataFile, Dataset, Row
from eval.training.pipeline import Floats, Labels
from eval.training.train import out_of_fold_scores, suits
from eval.views import View

__all__ = ["Doubts", "Suspicious", "confident_in_other", "find_suspicious", "self_confidence"]


@dataclass(frozen=True, slots=True)
class Suspicious:
    """The row of that number in its file, and how likely it needs a person by a model that did not see it, 0 to 1."""

    file: DataFile
    number: int
    score: float

    @property
    def row(self) -> Row:
        """The message."""
        return self.file.rows[self.number]

    @property
    def beside(self) -> dict[str, object]:
        """What an export has beside the message."""
        return {"scores": {"out_of_fold": self.score}}

    @property
    def given(self) -> float:
        """The score of the label that it has: the lower, the more strongly the model disagrees."""
        return self.score if self.row.label else 1 - self.score


@dataclass(frozen=True, slots=True)
class Doubts:
    """The suspicious messages of `n` in a view, those on which the model disagrees most strongly first.

    From a score of `positive_from` on, and up to one of `negative_up_to`, the model is confident.
    """

    view: View
    n: int
    positive_from: float
    negative_up_to: float
    suspicious: tuple[Suspicious, ...]


def find_suspicious(
    dataset: Dataset, view: View, progress: Callable[[float], None] = lambda share_done: None
) -> Doubts:
    """Score every message out of fold and list those whose label is probably wrong.

    Rows of a conversation are left out, since the model sees a message alone. The same messages give the same list, in
    whatever order they stand. `progress` is called with the share of the work that is done, 0 to 1. Raises UsageError
    for too little data.
    """
    places = sorted(
        ((file, number) for file in dataset.files for number, row in enumerate(file.rows) if suits(row, view)),
        key=lambda place: (place[0].rows[place[1]].id, place[0].rows[place[1]].text),
    )
    rows = [file.rows[number] for file, number in places]
    scores = out_of_fold_scores(rows, view, progress=progress)
    labels = np.array([row.label for row in rows], dtype=np.int64)
    negative, positive = self_confidence(labels, scores)
    doubted = confident_in_other(labels, scores)
    found = [
        Suspicious(file, number, float(score))
        for (file, number), score, doubt in zip(places, scores, doubted, strict=True)
        if doubt
    ]
    found.sort(key=lambda one: one.given)
    return Doubts(view, len(rows), positive, 1 - negative, tuple(found))


def self_confidence(labels: Labels, scores: Floats) -> tuple[float, float]:
    """The mean score of the messages labelled 0 for 0, and of those labelled 1 for 1; there are some of both.

    `scores` are for 1. Shapes: (messages,).
    """
    return float((1 - scores[labels == 0]).mean()), float(scores[labels == 1].mean())


def confident_in_other(labels: Labels, scores: Floats) -> npt.NDArray[np.bool_]:
    """Which messages are confidently of the class that their label does not say. Shapes: (messages,).

    With two classes this is what cleanlab's `find_label_issues` finds with `filter_by="confident_learning"`.
    """
    of_other = np.where(labels == 1, 1 - scores, scores)
    threshold = np.array(self_confidence(labels, scores))[1 - labels]
    return (of_other >= threshold) & (of_other > 0.5)
