"""The paired difference of two shares: Tango's interval, conversations resampled, McNemar."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from eval.diff.paired import INDEPENDENT, mcnemar_p, paired, score_interval

Z2 = float(norm.ppf(0.95)) ** 2


def _closed_form(up: int, down: int, n: int) -> tuple[float, float]:
    """Tango's limits as the outer real roots of a quartic: Z. Yang, X. Sun and J. W. Hardin, A non-iterative
    implementation of Tango's score confidence interval for a paired difference of proportions, Statistics in Medicine
    32, 2013."""
    d, s, k = up - down, up + down, n / Z2
    coefficients = [
        n**2 * (k + 1) ** 2,
        -n * d * (k + 1) * (4 * k + 1),
        2 * n * d**2 * (3 * k + 2) / Z2 - n**2 * (s / Z2 + 1),
        n * d * (2 * s / Z2 + 1) - d**3 * (4 * k + 1) / Z2,
        d**2 * (d**2 / Z2 - s) / Z2,
    ]
    roots = np.roots(coefficients)
    real = roots[np.abs(roots.imag) < 1e-6].real
    return float(real.min()), float(real.max())


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 3000))
def test_the_interval_is_that_of_the_closed_form(up: int, down: int, others: int) -> None:
    n = up + down + others
    if n:
        # A double root, where nothing or everything moved, costs the closed form half of its digits.
        assert score_interval(up, down, n) == pytest.approx(_closed_form(up, down, n), abs=1e-5)


@pytest.mark.parametrize("n", [1, 60, 62_464])
def test_where_nothing_moved_the_bounds_are_known_exactly(n: int) -> None:
    assert score_interval(0, 0, n) == pytest.approx((-Z2 / (n + Z2), Z2 / (n + Z2)))


def test_the_bounds_are_missed_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    n, gained, lost = 300, 0.05, 0.08
    draws = rng.multinomial(n, [gained, lost, 1 - gained - lost], size=4_000)
    bounds = {(up, down): score_interval(up, down, n) for up, down in {(int(a), int(b)) for a, b, _ in draws}}
    missed = np.mean([bounds[int(up), int(down)][0] > gained - lost for up, down, _ in draws])
    assert 0.035 < missed < 0.065


def test_mcnemar_is_a_binomial_test_on_what_moved() -> None:
    assert mcnemar_p(3, 9) == pytest.approx(binomtest(3, 12, 0.5).pvalue)
    assert mcnemar_p(0, 5) > 0.05 > mcnemar_p(0, 6)
    assert mcnemar_p(0, 0) == 1


def test_messages_that_stand_alone_are_independent() -> None:
    found = paired([(None, 1), (None, -1), (None, -1), *[(f"c{i}", 0) for i in range(97)]])
    assert found is not None
    assert (found.n, found.up, found.down, found.change) == (100, 1, 2, -0.01)
    assert (found.low, found.high) == score_interval(1, 2, 100)
    assert (found.effective_n, found.method) == (100, INDEPENDENT)
    assert paired([]) is None


def test_conversations_that_move_as_one_say_less_than_their_messages() -> None:
    # 40 conversations of 5 messages: in 8 of them every message moves.
    steps = [(f"c{i}", -1 if i < 8 else 0) for i in range(40) for _ in range(5)]
    found = paired(steps)
    assert found is not None
    assert found.method == "conversations resampled"
    low, high = score_interval(0, 40, 200)
    assert found.low < low < found.change == -0.2 < high < found.high
    assert found.effective_n < 80
    # As one message a conversation, which these are, nearly.
    assert (found.low, found.high) == pytest.approx(score_interval(0, 8, 40), abs=0.04)
    assert paired(steps) == found


def test_few_moved_conversations_are_not_resampled() -> None:
    found = paired([(f"c{i}", -1 if i == 0 else 0) for i in range(20) for _ in range(3)])
    assert found is not None
    assert found.method == "each conversation taken as one"
    assert (found.low, found.high) == pytest.approx(score_interval(0, 1, 20))
    assert (found.change, found.moved) == (-0.05, 1)


def test_a_long_conversation_that_moves_is_one_that_moves() -> None:
    found = paired([*[("long", -1)] * 50, *[(None, 0)] * 999])
    assert found is not None
    assert (found.down, found.moved) == (50, 1)
    # As one of 21 messages: fifty of 1,049 are one of 21.
    assert (found.low, found.high) == pytest.approx(score_interval(0, 1, 1049 / 50))


def test_long_conversations_that_do_not_move_are_worth_few_messages() -> None:
    found = paired([*[(f"c{i // 40}", 0) for i in range(200)], *[(None, 0)] * 900])
    assert found is not None
    assert found.effective_n == pytest.approx(1_100**2 / (900 + 5 * 40**2))
    # Nor do twenty lone messages that move say what the long ones would do.
    moved = paired([*[(f"c{i // 40}", 0) for i in range(200)], *[(None, 0)] * 880, *[(None, -1)] * 20])
    assert moved is not None
    assert (moved.moved, moved.method) == (20, "each conversation taken as one")
    assert moved.effective_n == pytest.approx(found.effective_n)


def test_what_cancels_out_within_a_conversation_did_not_move() -> None:
    found = paired([("c", 1), ("c", -1), *[(f"c{i}", 0) for i in range(60)]])
    assert found is not None
    assert (found.up, found.down, found.moved, found.change) == (1, 1, 0, 0)
    assert found.low < 0 < found.high


@given(st.lists(st.tuples(st.integers(0, 8), st.sampled_from([-1, 0, 0, 0, 1])), min_size=1, max_size=60))
def test_bounds_stand_around_the_change_however_long_conversations_are(steps: list[tuple[int, int]]) -> None:
    found = paired(steps)
    assert found is not None
    assert -1 <= found.low <= found.change <= found.high <= 1
    assert 0 < found.effective_n <= found.n
    assert found.moved <= min(len(dict(steps)), found.up + found.down)


@pytest.mark.parametrize("step", [0, -1, 1])
def test_conversations_that_all_move_alike_are_no_certainty(step: int) -> None:
    found = paired([(f"c{number % 10}", step) for number in range(500)])
    assert found is not None
    assert found.high - found.low > 0.2
    assert found.effective_n == 10
