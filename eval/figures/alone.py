"""Each detector alone, and the patterns alone: how right they would be if nothing else decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.deciders import PATTERNS, Prediction
from eval.figures.metrics import Figures, counted, figures
from eval.figures.prevalence import Assumed, Expected, expected
from eval.figures.ranking import Ranking, ranking
from handover_rules.signals import Score

__all__ = ["Alone", "alone"]


@dataclass(frozen=True, slots=True)
class Alone:
    """What one detector says of the messages whose score is known; or what the patterns decide without any score.

    `bound` is the score from which on it is a yes; without one there are no figures. Patterns have neither a bound nor
    a ranking. `n` messages of those that the view counts are behind it.
    """

    name: str
    bound: float | None
    n: int
    figures: Figures | None
    expected: Expected | None
    ranking: Ranking | None


def alone(
    messages: Sequence[tuple[int, str | None, Prediction]], bounds: Mapping[str, float | None], assumed: Assumed
) -> tuple[Alone, ...]:
    """Patterns first where they were tried, then the detectors of `bounds` by name.

    `messages` are label, conversation and prediction of those that count.
    """
    found = []
    if messages and all(said.patterns is not None for _, _, said in messages):
        right = figures(counted((label, said.patterns == "handover") for label, _, said in messages))
        found.append(Alone(PATTERNS, None, len(messages), right, expected(assumed, right), None))
    for name, bound in sorted(bounds.items()):
        labels, conversations, scores = [], [], []
        for label, conversation, said in messages:
            if isinstance(signal := said.known(name), Score):
                labels.append(label)
                conversations.append(conversation)
                scores.append(signal.value)
        if scores:
            found.append(_detector(name, bound, labels, scores, ranking(scores, labels, conversations), assumed))
    return tuple(found)


def _detector(
    name: str,
    bound: float | None,
    labels: Sequence[int],
    scores: Sequence[float],
    ranks: Ranking | None,
    assumed: Assumed,
) -> Alone:
    if bound is None:
        return Alone(name, None, len(scores), None, None, ranks)
    right = figures(counted((label, score >= bound) for label, score in zip(labels, scores, strict=True)))
    return Alone(name, bound, len(scores), right, expected(assumed, right), ranks)
