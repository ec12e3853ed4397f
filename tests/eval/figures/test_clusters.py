"""Intervals where messages of one conversation depend on each other."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from eval.figures.clusters import clustered, figures_by_conversation, worth
from eval.figures.metrics import Counts, figures, wilson


def test_messages_of_no_conversation_have_the_plain_interval() -> None:
    assert clustered([(None, 1), (None, 0), (None, 1)]) == wilson(2, 3)
    assert clustered([("a", 1), ("b", 0), (None, 1)]) == wilson(2, 3)
    assert clustered([]) is None


def test_a_conversation_counts_as_what_it_is_worth() -> None:
    assert worth([1, 1, 1]) == 1
    assert worth([4, 4]) == 0.25
    # All alike: four messages of one conversation say no more than one message.
    found = clustered([("a", 1)] * 4 + [("b", 1)] * 4)
    assert found is not None
    assert (found.value, found.hits, found.n) == (1, 8, 8)
    assert (found.low, found.high) == pytest.approx(proportion_confint(2, 2, method="wilson"))


def test_conversations_that_are_all_alike_inside_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    hits = [(name, hit) for name, hit in enumerate(rng.random(200) < 0.7) for _ in range(5)]
    found, plain = clustered(hits), wilson(sum(int(hit) for _, hit in hits), len(hits))
    assert found is not None
    assert plain is not None
    # Five times the same answer: the interval is about the square root of five times as wide.
    assert (found.high - found.low) / (plain.high - plain.low) == pytest.approx(5**0.5, rel=0.08)


def test_the_interval_covers_the_true_share_as_often_as_it_says() -> None:
    rng, covered, repetitions = np.random.default_rng(20261130), 0, 300
    for _ in range(repetitions):
        shares = rng.beta(4, 1, 60)  # 0.8 in the mean; what one conversation is like says much about its messages
        hits = [(name, int(hit)) for name, share in enumerate(shares) for hit in rng.random(rng.integers(1, 8)) < share]
        found = clustered(hits)
        assert found is not None
        covered += found.low <= 0.8 <= found.high
    assert 0.90 < covered / repetitions < 0.985


def test_figures_of_conversations_have_the_counts_of_the_messages() -> None:
    rng = np.random.default_rng(2)
    positive, alarm = rng.random(400) < 0.3, rng.random(400) < 0.4
    talks = [f"talk {number // 4}" for number in range(400)]
    found = figures_by_conversation(positive, alarm, talks)
    tp, fp, fn = int((positive & alarm).sum()), int((~positive & alarm).sum()), int((positive & ~alarm).sum())
    plain = figures(Counts(tp, fp, fn, 400 - tp - fp - fn))
    assert found.counts == plain.counts
    for name in ("precision", "recall", "f1", "false_alarms"):
        one, other = getattr(found, name), getattr(plain, name)
        assert (one.value, one.hits, one.n) == (other.value, other.hits, other.n)
        assert (one.low, one.high) != (other.low, other.high)
        assert one.low <= one.value <= one.high
    assert figures_by_conversation(positive, alarm, [None] * 400) == plain
