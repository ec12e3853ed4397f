"""The threshold of least expected cost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from eval.figures.curve import SweptMessage
from eval.figures.prevalence import Costs
from eval.tuning.cheapest import cheapest
from tests.eval.tuning.conftest import Draw, truth


def cost_in_truth(threshold: float, costs: Costs, prevalence: float) -> float:
    true = truth(threshold)
    return 1000 * prevalence * (1 - true["recall"]) * costs.miss + (1 - prevalence) * true["false_alarms"] * costs.alarm


@pytest.mark.parametrize("costs", [Costs(20, 1), Costs(1, 1), Costs(3, 2)])
def test_it_is_near_the_best_there_is(draw: Draw, costs: Costs) -> None:
    found = cheapest(draw(20_000, np.random.default_rng(1)), costs, None)
    assert found is not None
    best = minimize_scalar(cost_in_truth, bounds=(0.01, 0.99), args=(costs, 0.05), method="bounded").fun
    assert cost_in_truth(found.threshold, costs, 0.05) < 1.1 * best
    assert found.cost.low < best * 1.1
    assert found.cost.low < found.cost.value < found.cost.high


def test_dearer_misses_lower_the_threshold_and_rarer_positives_raise_it(draw: Draw) -> None:
    messages = draw(5_000, np.random.default_rng(2))
    found = [
        cheapest(messages, costs, share)
        for costs, share in ((Costs(1, 1), 0.05), (Costs(50, 1), 0.05), (Costs(50, 1), 0.001))
    ]
    usual, dear, rare = (one.threshold for one in found if one is not None)
    assert dear < usual
    assert rare > dear


def test_the_cost_is_that_of_messages_which_the_threshold_was_not_chosen_by(draw: Draw) -> None:
    rng, costs = np.random.default_rng(3), Costs(20, 1)
    said, true = [], []
    for _ in range(40):
        found = cheapest(draw(400, rng, prevalence=0.1), costs, 0.1)
        assert found is not None
        said.append(found.cost.value)
        true.append(cost_in_truth(found.threshold, costs, 0.1))
    # Chosen by four fifths of the messages, so a little worse than the threshold that all of them choose; never better.
    assert 0.97 * np.mean(true) < np.mean(said) < 1.12 * np.mean(true)


def test_both_kinds_of_messages_are_needed(swept: Callable[..., SweptMessage]) -> None:
    assert cheapest([swept(1, 0.4, 1)], Costs(1, 1), None) is None
    assert cheapest([swept(1, 0.4, 0)], Costs(1, 1), 0.1) is None
