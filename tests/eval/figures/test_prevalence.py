"""Precision and cost at a stated share of positives."""

from __future__ import annotations

import numpy as np
import pytest

from eval.figures.metrics import Counts, figures
from eval.figures.prevalence import (
    NOTHING_ASSUMED,
    Assumed,
    Costs,
    expected,
    expected_cost,
    precision_at,
)


@pytest.mark.parametrize(("prevalence", "precision"), [(0.5, 0.947), (0.1, 0.667), (0.05, 0.486), (0.02, 0.269)])
def test_precision_falls_with_the_share_of_positives(prevalence: float, precision: float) -> None:
    # Recall 0.90 and a false alarm rate of 0.05, whatever the share in the labelled messages.
    found = precision_at(prevalence, figures(Counts(tp=900, fp=5, fn=100, tn=95)))
    assert found is not None
    assert found.value == pytest.approx(precision, abs=5e-4)
    assert found.low < found.value < found.high


def test_at_the_share_of_the_messages_themselves_precision_is_that_of_the_messages() -> None:
    right = figures(Counts(tp=30, fp=10, fn=20, tn=440))
    found = precision_at(0.1, right)
    assert found is not None
    assert right.precision is not None
    assert found.value == pytest.approx(right.precision.value)


def test_no_false_alarm_is_no_certainty() -> None:
    found = precision_at(0.05, figures(Counts(tp=90, fp=0, fn=10, tn=200)))
    assert found is not None
    assert found.value == 1
    assert found.low < 0.9


def test_a_class_without_a_message_tells_nothing() -> None:
    for counts in (Counts(0, 1, 0, 9), Counts(1, 0, 9, 0), Counts(0, 0, 5, 5)):
        assert precision_at(0.05, figures(counts)) is None
    assert expected_cost(Costs(1, 1), 0.05, figures(Counts(0, 1, 0, 9))) is None


def test_costs_are_those_of_misses_and_false_alarms() -> None:
    found = expected_cost(Costs(miss=20, alarm=1), 0.05, figures(Counts(tp=80, fp=10, fn=20, tn=990)))
    assert found is not None
    assert found.value == pytest.approx(1000 * (0.05 * 0.2 * 20 + 0.95 * 0.01 * 1))
    assert found.low < found.value < found.high
    assert Costs(miss=20, alarm=1).break_even == pytest.approx(1 / 21)


def test_the_share_of_the_messages_is_taken_where_none_is_stated() -> None:
    right = figures(Counts(tp=30, fp=10, fn=20, tn=440))
    assert expected(NOTHING_ASSUMED, right) is None
    found = expected(Assumed(costs=Costs(20, 1)), right)
    assert found is not None
    assert (found.prevalence, found.stated) == (0.1, False)
    assert found.cost is not None
    assert found.cost.value == pytest.approx(1000 * (20 * 20 + 10 * 1) / 500)
    stated = expected(Assumed(prevalence=0.02), right)
    assert stated is not None
    assert (stated.prevalence, stated.stated, stated.cost) == (0.02, True, None)


@pytest.mark.parametrize(("recall", "alarm_rate"), [(0.9, 0.02), (0.6, 0.001), (0.95, 0.05)])
def test_intervals_cover_the_truth_as_often_as_they_say(recall: float, alarm_rate: float) -> None:
    rng, repetitions, prevalence, costs = np.random.default_rng(20261130), 2_000, 0.05, Costs(20, 1)
    precision = prevalence * recall / (prevalence * recall + (1 - prevalence) * alarm_rate)
    cost = 1000 * (prevalence * (1 - recall) * 20 + (1 - prevalence) * alarm_rate)
    covered = [0, 0]
    for tp, fp in zip(
        rng.binomial(200, recall, repetitions), rng.binomial(1_000, alarm_rate, repetitions), strict=True
    ):
        right = figures(Counts(int(tp), int(fp), 200 - int(tp), 1_000 - int(fp)))
        for which, (truth, found) in enumerate(
            ((precision, precision_at(prevalence, right)), (cost, expected_cost(costs, prevalence, right)))
        ):
            assert found is not None
            covered[which] += found.low <= truth <= found.high
    assert covered[0] / repetitions > 0.93
    assert covered[1] / repetitions > 0.93
