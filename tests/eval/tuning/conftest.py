"""Messages whose scores and labels are drawn, so that the truth about every threshold is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import inf

import numpy as np
import pytest
from scipy.stats import norm

from eval.dataset import Row
from eval.figures.curve import SweptMessage
from eval.sweep import Step, Swept
from handover_rules.signals import Score

Draw = Callable[..., list[SweptMessage]]

_DISTANCE = 2.2


def truth(threshold: float, prevalence: float = 0.05) -> dict[str, float]:
    """The figures of all messages that could be drawn, at that threshold."""
    margin = norm.ppf(threshold) + _DISTANCE / 2
    recall, rate = norm.sf(margin - _DISTANCE), norm.sf(margin)
    precision = prevalence * recall / (prevalence * recall + (1 - prevalence) * rate)
    return {"precision": precision, "recall": recall, "false_alarms": 1000 * rate}


@pytest.fixture
def swept(make_row: Callable[..., Row]) -> Callable[..., SweptMessage]:
    """A message that is handed over up to its score."""
    kept = cache(lambda number, label, group: make_row(str(number), label=label, group=group))
    never = Step(inf, "none", None)

    def message(number: int, score: float, label: int, group: str | None = None) -> SweptMessage:
        row = kept(number, label, group or str(number))
        return SweptMessage(row, Swept((Step(score, "handover", "scored"), never), {"local": Score(score)}))

    return message


@pytest.fixture
def draw(swept: Callable[..., SweptMessage]) -> Draw:
    """Messages with margins from N(0, 1) or, for positives, N(2.2, 1); `copies` of each share a group."""

    def drawn(n: int, rng: np.random.Generator, prevalence: float = 0.05, copies: int = 1) -> list[SweptMessage]:
        labels = rng.random(n) < prevalence
        scores = norm.cdf(rng.normal(_DISTANCE * labels, 1.0) - _DISTANCE / 2)
        pairs: Sequence[tuple[float, bool]] = list(zip(scores.tolist(), labels.tolist(), strict=True))
        return [
            swept(copies * number + copy, score, int(label), str(number))
            for number, (score, label) in enumerate(pairs)
            for copy in range(copies)
        ]

    return drawn
