from __future__ import annotations

import numpy as np

from eval.errors.suspicious import confident_in_other, self_confidence


def test_thresholds_are_the_mean_confidence_in_the_own_label() -> None:
    labels, scores = np.array([0, 0, 1, 1, 1]), np.array([0.1, 0.5, 0.9, 0.6, 0.3])
    assert np.allclose(self_confidence(labels, scores), (0.7, 0.6))


def test_a_label_is_suspicious_where_the_other_class_is_confident_and_likelier() -> None:
    # Negatives are sure up to 0.3; positives, which are harder, from 0.6125 on.
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    scores = np.array([0.1, 0.15, 0.65, 0.95, 0.9, 0.25, 0.35])
    assert np.allclose(self_confidence(labels, scores), (0.7, 0.6125))
    assert confident_in_other(labels, scores).tolist() == [False, False, True, False, False, True, False]
    # A score that reaches the threshold of its class and is not the likelier one is nobody's mistake.
    labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.45, 0.45, 0.4])
    assert np.allclose(self_confidence(labels, scores), (0.725, 0.425))
    assert confident_in_other(labels, scores).tolist() == [False, False, False, False]


def test_the_same_as_the_published_method() -> None:
    """What `find_label_issues(labels, scores, filter_by="confident_learning")` of cleanlab 2.9.0 finds of these."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 2, 60)
    scores = rng.beta(1 + labels, 2 - labels).round(3)
    assert np.flatnonzero(confident_in_other(labels, scores)).tolist() == [3, 34, 43, 48, 50]
