from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from eval.figures.metrics import Counts, f1, false_alarms_per_1000, figures, wilson

counts = st.builds(Counts, *([st.integers(0, 200)] * 4))


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_is_that_of_statsmodels_and_of_scipy(hits: int, n: int) -> None:
    hits = min(hits, n)
    found = wilson(hits, n)
    assert found is not None
    assert (found.value, found.hits, found.n) == (hits / n, hits, n)
    assert (found.low, found.high) == pytest.approx(proportion_confint(hits, n, method="wilson"))
    exact = binomtest(hits, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_figures_of_a_table_computed_by_hand() -> None:
    found = figures(Counts(tp=8, fp=2, fn=4, tn=186))
    assert found.precision is not None
    assert found.recall is not None
    assert found.f1 is not None
    assert found.false_alarms is not None
    assert found.precision.value == 0.8
    # (0.8 + z²/20 ± z √(0.016 + z²/400)) / (1 + z²/10) with z = 1.959964
    assert (found.precision.low, found.precision.high) == pytest.approx((0.490162, 0.943318), abs=1e-6)
    assert (found.recall.value, found.recall.hits, found.recall.n) == (8 / 12, 8, 12)
    assert found.f1.value == pytest.approx(2 * 8 / (2 * 8 + 2 + 4))
    assert (found.f1.hits, found.f1.n) == (8, 14)
    assert found.false_alarms.value == pytest.approx(1000 * 2 / 188)
    assert (found.false_alarms.hits, found.false_alarms.n) == (2, 188)


def test_what_has_no_denominator_is_undefined() -> None:
    nothing = figures(Counts(0, 0, 0, 0))
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.false_alarms) == (None, None, None, None)
    no_positives = figures(Counts(tp=0, fp=0, fn=0, tn=9))
    assert no_positives.recall is None
    assert no_positives.precision is None
    assert no_positives.f1 is None
    assert no_positives.false_alarms is not None
    assert no_positives.false_alarms.value == 0
    assert no_positives.false_alarms.high > 0
    missed_all = figures(Counts(tp=0, fp=0, fn=3, tn=0))
    assert missed_all.precision is None
    assert missed_all.false_alarms is None
    assert missed_all.f1 is not None
    assert missed_all.f1.value == 0


@given(counts)
def test_f1_is_the_harmonic_mean_and_lies_in_its_interval(table: Counts) -> None:
    found = figures(table)
    if found.f1 is None:
        assert table.tp + table.fp + table.fn == 0
        return
    assert 0 <= found.f1.low <= found.f1.value + 1e-12
    assert found.f1.value <= found.f1.high + 1e-12 <= 1 + 2e-12
    if table.tp:
        assert found.precision is not None
        assert found.recall is not None
        p, r = found.precision.value, found.recall.value
        assert found.f1.value == pytest.approx(2 * p * r / (p + r))


@given(counts)
def test_false_alarms_do_not_depend_on_how_many_positives_there_are(table: Counts) -> None:
    more_positives = Counts(table.tp + 50, table.fp, table.fn + 7, table.tn)
    assert false_alarms_per_1000(table) == false_alarms_per_1000(more_positives)


@pytest.mark.parametrize(("recall", "false_alarm_rate", "n"), [(0.9, 0.02, 500), (0.6, 0.01, 2000), (0.8, 0.1, 300)])
def test_the_interval_of_f1_covers_the_true_value_as_often_as_it_says(
    recall: float, false_alarm_rate: float, n: int
) -> None:
    prevalence, repetitions = 0.1, 2000
    cells = [prevalence * recall, (1 - prevalence) * false_alarm_rate, prevalence * (1 - recall)]
    truth = 2 * cells[0] / (2 * cells[0] + cells[1] + cells[2])
    tables = np.random.default_rng(20260105).multinomial(n, [*cells, 1 - sum(cells)], size=repetitions)
    intervals = [f1(Counts(*map(int, table))) for table in tables]
    covered = sum(found is not None and found.low <= truth <= found.high for found in intervals)
    # Five standard errors around 95 %, a little more below for what Wilson's approximation costs.
    assert 0.92 < covered / repetitions < 0.975
