"""What messages prove, against the same computed plainly."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np
import pytest

from eval.figures.clusters import worth
from eval.figures.curve import SweptMessage
from eval.sweep import Step, Swept
from eval.tuning.evidence import Evidence


@pytest.mark.parametrize("seed", range(5))
def test_alarms_of_a_cluster_count_as_what_they_are_worth_together(
    seed: int, swept: Callable[..., SweptMessage]
) -> None:
    """At every threshold, in messages that a higher threshold hands over among those that it does not."""
    rng = np.random.default_rng(seed)
    messages = []
    for number in range(60):
        one = swept(number, float(rng.integers(1, 20)) / 20, int(rng.random() < 0.3), f"g{rng.integers(12)}")
        if rng.random() < 0.3:
            up_to = one.swept.steps[0].up_to
            one = SweptMessage(one.row, Swept((Step(up_to, "none", None), Step(inf, "handover", "not")), {}))
        messages.append(one)
    evidence = Evidence(messages, None)
    assert len(evidence.thresholds) > 15
    for row, threshold in enumerate(evidence.thresholds.tolist()):
        groups = [one.row.group for one in messages if one.swept.at(threshold).handover]
        sizes = [groups.count(group) for group in set(groups)]
        expected = len(groups) * worth(sizes) if groups else 0.0
        assert evidence.independent_alarms(row) == pytest.approx(expected), threshold


def test_where_nothing_is_handed_over_there_are_no_alarms(swept: Callable[..., SweptMessage]) -> None:
    evidence = Evidence([swept(1, 0.5, 1), swept(2, 0.5, 0)], None)
    assert evidence.independent_alarms(len(evidence.thresholds) - 1) == 0.0
