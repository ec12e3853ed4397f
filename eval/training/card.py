"""What is known of a trained model: on what it was trained, and how good it is; in the file and for people to read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score

from eval.figures.in_words import interval, of, value
from eval.figures.metrics import Proportion, wilson
from eval.training.pipeline import Floats, Labels
from eval.views import View

__all__ = ["FALSE_ALARMS", "Card", "Quality", "RecallAt", "as_markdown", "quality"]

FALSE_ALARMS = (0.001, 0.01)


@dataclass(frozen=True, slots=True)
class RecallAt:
    """The recall with the lowest bound at which at most `false_alarms` (a share) of the negatives are above it."""

    false_alarms: float
    recall: Proportion | None


@dataclass(frozen=True, slots=True)
class Quality:
    """How well scores rank `n` messages; figures are None where there is no positive or no negative."""

    n: int
    positives: int
    average_precision: float | None
    recall: tuple[RecallAt, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What a model was trained on and how good it is.

    `data` is the SHA-256 (hex) over the sorted SHA-256 of the data files. `c` is the inverse strength of the
    regularisation that was chosen. `out_of_fold` is of the messages that it was trained on, each scored by a model that
    saw neither it nor its group, and whose `c` was chosen without it. `test` is of the split test, None without such
    rows; `languages` is the same by language.
    """

    view: View
    seed: int
    data: str
    files: tuple[str, ...]
    n: int
    positives: int
    groups: int
    c: float
    out_of_fold: Quality
    test: Quality | None
    languages: Mapping[str, Quality]
    scikit_learn: str


def quality(labels: Labels, scores: Floats) -> Quality:
    """Average precision, and the recall at each of FALSE_ALARMS with its 95 % Wilson interval."""
    positive, negative = scores[labels == 1], np.sort(scores[labels == 0])[::-1]
    found = []
    for share in FALSE_ALARMS:
        allowed = math.floor(share * len(negative))
        recall = wilson(int((positive > negative[allowed]).sum()), len(positive)) if len(negative) else None
        found.append(RecallAt(share, recall))
    precision = float(average_precision_score(labels, scores)) if len(positive) and len(negative) else None
    return Quality(len(labels), len(positive), precision, tuple(found))


def as_markdown(card: Card) -> str:
    """The card as a page for people: the same figures as in the model's file."""
    rows = [("out of fold", card.out_of_fold)]
    if card.test is not None:
        rows.append(("split `test`", card.test))
    rows += card.languages.items()
    names = [f"recall at {100 * share:g} % false alarms" for share in FALSE_ALARMS]
    table = [
        f"| messages | n | positive | average precision | {' | '.join(names)} |",
        "| --- " * (4 + len(names)) + "|",
    ]
    for name, found in rows:
        precision = "-" if found.average_precision is None else f"{found.average_precision:.3f}"
        recalls = " | ".join(f"{value(one.recall)} ({interval(one.recall)}), {of(one.recall)}" for one in found.recall)
        table.append(f"| {name} | {found.n:,} | {found.positives:,} | {precision} | {recalls} |")
    return f"""# Model card: the local model

Says how likely a message asks for a person, from its words and parts of words: TF-IDF of words, pairs of words and
character n-grams, with a logistic regression and Platt's calibration. It reads spelling, not meaning, and sees a
message alone, without the conversation before it.

- Made by `handover train` from {card.n:,} messages, {card.positives:,} of them positive, in {card.groups:,} groups of
  near-duplicates; view `{card.view}`, seed {card.seed}, C = {card.c:g}, scikit-learn {card.scikit_learn}.
- Data: {", ".join(f"`{file}`" for file in card.files)}; SHA-256 `{card.data}`.
- Scores are calibrated to the share of positives in these messages, which is far above that of live ones: choose
  thresholds on messages of your own (`handover tune`).

{chr(10).join(table)}

Recall is at the lowest bound at which so many of the negatives are above it; intervals are 95 % Wilson intervals. Out
of fold: each message was scored by a model that saw neither it nor its group, and whose settings were chosen without
it. The rows below it are messages of the split `test`, which nothing was chosen by.
"""
