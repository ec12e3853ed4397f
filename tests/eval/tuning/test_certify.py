"""What is promised of a threshold holds for messages that nobody has seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binomtest

from eval.figures.curve import SweptMessage
from eval.tuning.certify import Certified, Refused, certify
from eval.tuning.evidence import Evidence
from eval.tuning.goal import Goal
from tests.eval.tuning.conftest import Draw, truth

PRECISION, RECALL, FEW = Goal("precision", 0.8), Goal("recall", 0.9), Goal("false_alarms", 10.0)


def broken(found: Certified, goal: Goal, prevalence: float = 0.05) -> bool:
    """Whether the bound that was promised is not kept in truth."""
    true = truth(found.threshold, prevalence)[goal.kind]
    return true > found.bound if goal.kind == "false_alarms" else true < found.bound


@pytest.mark.parametrize(("goal", "n"), [(PRECISION, 4_000), (RECALL, 1_000), (FEW, 1_000)])
def test_a_promise_is_kept_in_at_least_94_of_100_draws(draw: Draw, goal: Goal, n: int) -> None:
    rng, found, kept, repetitions = np.random.default_rng(7), 0, 0, 100
    for _ in range(repetitions):
        result = certify(Evidence(draw(n, rng), None), goal)
        if isinstance(result, Certified):
            found += 1
            kept += not broken(result, goal)
    assert found > 0.5 * repetitions
    assert kept >= 0.94 * found


def test_precision_at_a_stated_share_is_kept_as_well(draw: Draw) -> None:
    rng, found, kept = np.random.default_rng(8), 0, 0
    for _ in range(40):
        # The labelled messages are rich in positives; live ones are not.
        result = certify(Evidence(draw(4_000, rng, prevalence=0.3), 0.05), Goal("precision", 0.6))
        if isinstance(result, Certified):
            found += 1
            kept += not broken(result, PRECISION, 0.05)
    assert found > 30
    assert kept >= 0.94 * found


def test_copies_of_messages_prove_nothing_more(draw: Draw) -> None:
    alone = draw(2_000, np.random.default_rng(9))
    copied = draw(2_000, np.random.default_rng(9), copies=4)
    for goal in (Goal("precision", 0.6), RECALL, FEW):
        one, other = (certify(Evidence(messages, None), goal) for messages in (alone, copied))
        assert isinstance(one, Certified)
        assert isinstance(other, Certified)
        assert other.threshold == one.threshold
        assert other.bound == pytest.approx(one.bound)


def test_bounds_are_those_of_clopper_and_pearson(draw: Draw) -> None:
    messages = draw(2_000, np.random.default_rng(3))
    positives = sum(message.row.label == 1 for message in messages)
    for goal in (RECALL, FEW):
        found = certify(Evidence(messages, None), goal)
        assert isinstance(found, Certified)
        counts = Evidence(messages, None).curve.counts(found.threshold)
        hits, n, side = (counts.tp, positives, "low") if goal is RECALL else (counts.fp, 2_000 - positives, "high")
        interval = binomtest(hits, n).proportion_ci(confidence_level=0.9, method="exact")
        assert found.bound == pytest.approx(getattr(interval, side) * (1 if goal is RECALL else 1000))


def test_recall_takes_the_highest_threshold_and_the_others_the_lowest(draw: Draw) -> None:
    evidence = Evidence(draw(4_000, np.random.default_rng(4)), None)
    for goal, easier in (
        (RECALL, Goal("recall", 0.8)),
        (PRECISION, Goal("precision", 0.6)),
        (FEW, Goal("false_alarms", 40.0)),
    ):
        hard, soft = certify(evidence, goal), certify(evidence, easier)
        assert isinstance(hard, Certified)
        assert isinstance(soft, Certified)
        assert (soft.threshold > hard.threshold) == (goal is RECALL)


@pytest.mark.parametrize(("positives", "bound", "promised"), [(30, 0.90, True), (29, 0.905, False)])
def test_thirty_of_thirty_certify_a_recall_of_nine_tenths(
    swept: Callable[..., SweptMessage], positives: int, bound: float, promised: bool
) -> None:
    messages = [swept(number, 0.9, 1) for number in range(positives)] + [swept(100, 0.1, 0)]
    found = certify(Evidence(messages, None), Goal("recall", bound))
    assert isinstance(found, Certified) == promised


def test_a_refusal_says_what_can_be_promised_and_what_is_missing(draw: Draw) -> None:
    messages = draw(1_500, np.random.default_rng(5))
    refused = certify(Evidence(messages, None), Goal("precision", 0.8))
    assert isinstance(refused, Refused)
    assert refused.promised is not None
    assert refused.promised.bound < 0.8
    kept = certify(Evidence(messages, None), refused.promised)
    assert isinstance(kept, Certified)
    assert refused.more is not None
    assert refused.seen is not None
    assert refused.seen > 0.8
    assert 0 < refused.more < 100 * len(messages)


def test_what_no_number_of_messages_would_prove_has_no_number(swept: Callable[..., SweptMessage]) -> None:
    # As often wrong as right, at every score.
    messages = [swept(number, number / 1000, number % 2) for number in range(1, 1000)]
    refused = certify(Evidence(messages, None), Goal("precision", 0.95))
    assert isinstance(refused, Refused)
    assert refused.more is None
    assert refused.promised is not None
    assert refused.promised.bound < 0.5
    hopeless = certify(Evidence([swept(1, 0.5, 0), swept(2, 0.6, 0)], None), Goal("precision", 0.5))
    assert hopeless == Refused(None)


def test_a_false_alarm_goal_is_refused_with_one_that_is_kept(draw: Draw) -> None:
    messages = draw(500, np.random.default_rng(6))
    refused = certify(Evidence(messages, None), Goal("false_alarms", 1.0))
    assert isinstance(refused, Refused)
    assert refused.promised is not None
    assert refused.promised.bound > 1
    assert isinstance(certify(Evidence(messages, None), refused.promised), Certified)
