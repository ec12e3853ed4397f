"""Fitting the calibration of a detector whose scores are no probabilities, such as a chat model's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.training.pipeline import platt
from handover_rules.detectors.calibration import Calibration, logit
from handover_rules.errors import UsageError

__all__ = ["fit_calibration"]

# Of each label. With fewer, two numbers say more about chance than about the model.
_FEWEST = 20


def fit_calibration(scores: Sequence[float], labels: Sequence[int]) -> Calibration:
    """The calibration under which these raw scores (0 to 1) best tell the labels (1: a person is needed).

    Platt's sigmoid over the logit of the score, with his smoothed targets. The probabilities are those of the share of
    positives among the labels. Messages that it is judged by must not be among these. Raises UsageError for scores and
    labels that do not belong together, for too few of a label, and for scores that rank no better than chance.
    """
    if len(scores) != len(labels):
        raise UsageError(f"{len(scores)} scores and {len(labels)} labels: give a label for each score")
    if not all(0 <= score <= 1 for score in scores):
        raise UsageError("a score is not from 0 to 1: give the raw scores of the detector")
    if not set(labels) <= {0, 1}:
        raise UsageError("a label is neither 0 nor 1: leave out the messages that nobody has labelled")
    for label, name in ((1, "positive"), (0, "negative")):
        if (found := sum(given == label for given in labels)) < _FEWEST:
            raise UsageError(f"{found} {name} messages to calibrate on; at least {_FEWEST} are needed")
    slope, offset = platt(np.array(labels, dtype=np.int64), np.array([logit(score) for score in scores]))
    if slope <= 0:
        raise UsageError(
            "the scores rank these messages no better than chance, so no calibration helps: check that scores and "
            "labels are in the same order, or change the prompt or the model"
        )
    return Calibration(slope, offset)
