from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from eval.training.calibration import fit_calibration
from handover_rules.detectors.calibration import Calibration, calibration_text, read_calibration
from handover_rules.errors import UsageError
from handover_rules.ruleset import OpenAISpec, Place

TRUE = Calibration(0.4, -1.0)


@pytest.fixture(scope="module")
def scored() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores that are far too sure of themselves, and labels whose probabilities are `TRUE` of them."""
    random = np.random.default_rng(7)
    scores = 1 / (1 + np.exp(-random.normal(0, 6, 4_000)))
    labels = random.random(4_000) < [TRUE.score(score) for score in scores]
    return scores, labels.astype(np.int64)


def test_the_map_that_made_the_labels_is_found(scored: tuple[NDArray[np.float64], NDArray[np.int64]]) -> None:
    scores, labels = scored
    found = fit_calibration(scores[:2_000].tolist(), labels[:2_000].tolist())
    assert found.slope == pytest.approx(TRUE.slope, rel=0.1)
    assert found.offset == pytest.approx(TRUE.offset, abs=0.15)


def test_scores_that_were_not_seen_become_better_probabilities(
    scored: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> None:
    scores, labels = scored
    found = fit_calibration(scores[:2_000].tolist(), labels[:2_000].tolist())
    mapped = np.array([found.score(score) for score in scores[2_000:]])
    assert log_loss(labels[2_000:], mapped) < 0.75 * log_loss(labels[2_000:], scores[2_000:])
    assert mapped.mean() == pytest.approx(labels[2_000:].mean(), abs=0.03)


def test_scores_of_nought_and_one_are_fitted(scored: tuple[NDArray[np.float64], NDArray[np.int64]]) -> None:
    """A model that says how sure it is gives 0 to whatever needs nobody."""
    found = fit_calibration([0.0] * 180 + [0.9] * 20 + [0.0] * 5 + [0.9] * 80 + [1.0] * 15, [0] * 200 + [1] * 100)
    assert found.score(0.0) == pytest.approx(5 / 185, abs=0.02)
    assert found.score(0.9) == pytest.approx(80 / 100, abs=0.1)
    assert found.score(0.0) < found.score(0.9) < found.score(1.0)


def test_what_is_fitted_can_be_written_and_read() -> None:
    found = fit_calibration([0.2] * 30 + [0.8] * 30, [0] * 25 + [1] * 10 + [0] * 5 + [1] * 20)
    text = calibration_text(found, "0123456789ab")
    spec = OpenAISpec("ai", 1, True, "m", "Judge.", "p.j2", 1, 0, 1, True, Place("r.yaml"), calibration=text)
    assert read_calibration(spec, "0123456789ab") == found


@pytest.mark.parametrize(
    ("scores", "labels", "problem"),
    [
        ([0.5] * 50, [0, 1] * 24, "50 scores and 48 labels"),
        ([0.5] * 49 + [1.5], [0, 1] * 25, "not from 0 to 1"),
        ([0.5] * 49 + [float("nan")], [0, 1] * 25, "not from 0 to 1"),
        ([0.5] * 50, [0, 2] * 25, "neither 0 nor 1"),
        ([0.5] * 50, [0] * 31 + [1] * 19, "19 positive messages"),
        ([0.5] * 50, [1] * 31 + [0] * 19, "19 negative messages"),
        ([], [], "0 positive messages"),
        ([0.9] * 25 + [0.1] * 25, [0] * 25 + [1] * 25, "no better than chance"),
    ],
)
def test_what_cannot_be_calibrated_is_told(scores: list[float], labels: list[int], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        fit_calibration(scores, labels)
