"""Average precision, Brier score and calibration, and what their intervals promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss
from statsmodels.stats.proportion import proportion_confint

from eval.figures.ranking import average_precision, brier, ranking


def drawn(rng: np.random.Generator, n: int, distance: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated scores and labels: one message in ten is positive, and its margin `distance` higher in the mean."""
    labels = (rng.random(n) < 0.1).astype(np.int64)
    margins = rng.normal(distance * labels, 1.0)
    return expit(distance * margins - distance**2 / 2 + np.log(0.1 / 0.9)), labels


def test_values_are_those_of_scikit_learn() -> None:
    scores, labels = drawn(np.random.default_rng(1), 2_000)
    found = ranking(scores.tolist(), labels.tolist(), [None] * 2_000)
    assert found is not None
    assert found.average_precision is not None
    assert found.average_precision.value == pytest.approx(average_precision_score(labels, scores))
    assert found.brier.value == pytest.approx(brier_score_loss(labels, scores))
    assert found.brier_of_share == pytest.approx(brier_score_loss(labels, np.full(2_000, labels.mean())))
    share, mean = calibration_curve(labels, scores, n_bins=10)
    assert [part.positives.value for part in found.calibration] == pytest.approx(share.tolist())
    assert [part.mean_score for part in found.calibration] == pytest.approx(mean.tolist())
    for part in found.calibration:
        hits, n = part.positives.hits, part.positives.n
        assert (part.positives.low, part.positives.high) == pytest.approx(proportion_confint(hits, n, method="wilson"))
        assert part.above <= part.mean_score <= part.up_to
    assert sum(part.positives.n for part in found.calibration) == found.n == 2_000


def test_what_cannot_be_told_is_none() -> None:
    assert ranking([], [], []) is None
    for label in (0, 1):
        found = ranking([0.2, 0.4], [label, label], [None, None])
        assert found is not None
        assert found.average_precision is None
    assert found.positives == 2


@pytest.mark.parametrize("score", [0.0, 0.1, 1.0])
def test_scores_on_the_edges_of_bins_are_counted_once(score: float) -> None:
    found = ranking([score], [1], [None])
    assert found is not None
    (part,) = found.calibration
    assert (part.positives.n, part.mean_score) == (1, score)
    assert part.above <= score <= part.up_to


@pytest.mark.parametrize("scores", [[0.9, 0.8, 0.1], [0.1, 0.8, 0.9]])
def test_the_interval_of_the_best_and_the_worst_order_has_a_width(scores: list[float]) -> None:
    found = average_precision(np.array(scores), np.array([1, 0, 0]), [None] * 3)
    assert found is not None
    assert 0 < found.low < found.high < 1 or found.high == found.value == 1
    assert found.low <= found.value <= found.high


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng, repetitions = np.random.default_rng(20261130), 300
    scores, labels = drawn(rng, 2_000_000)
    truth = average_precision_score(labels, scores), brier_score_loss(labels, scores)
    covered = [0, 0]
    for _ in range(repetitions):
        scores, labels = drawn(rng, 800)
        alone = [None] * 800
        precision = average_precision(scores, labels, alone)
        assert precision is not None
        for which, found in enumerate((precision, brier(scores, labels, alone))):
            covered[which] += found.low <= truth[which] <= found.high
    assert 0.91 < covered[0] / repetitions < 0.99
    assert 0.91 < covered[1] / repetitions < 0.98


def test_intervals_of_conversations_are_wider_and_cover_as_well() -> None:
    rng, repetitions, covered = np.random.default_rng(20261201), 200, [0, 0]
    scores, labels = drawn(rng, 1_000_000)
    truth = average_precision_score(labels, scores), brier_score_loss(labels, scores)
    talks = [number // 4 for number in range(1_600)]
    for _ in range(repetitions):
        # The four messages of a conversation are the same.
        scores, labels = (np.repeat(values, 4) for values in drawn(rng, 400))
        precision = average_precision(scores, labels, talks)
        assert precision is not None
        for which, found in enumerate((precision, brier(scores, labels, talks))):
            covered[which] += found.low <= truth[which] <= found.high
    assert covered[0] / repetitions > 0.90
    assert covered[1] / repetitions > 0.90
