from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.metrics import Counts, FileReport, f1, false_alarms_per_1000, figures, measure, wilson
from handover_rules.signals import Score, Unavailable

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


def predict(row: Row, outcome: str | None, **signals: Score | Unavailable) -> Prediction:
    return Prediction(row.id, outcome, None, None, "", signals)  # type: ignore[arg-type]


@pytest.fixture
def report(make_row: Callable[..., Row]) -> FileReport:
    rows_and_outcomes = [
        (make_row("p1", label=1, category="explicit_request", language="en"), "handover"),
        (make_row("p2", label=1, category="explicit_request", language="de"), "none"),
        (make_row("p3", label=1, category="complaint", language="en"), "ask"),
        (make_row("n1", label=0, category="none", language="en"), "handover"),
        (make_row("n2", label=0, category="none", language="en"), "none"),
        (make_row("n3", label=0, category="none"), "stay"),
        (make_row("n4", label=0, category="none"), "ask"),
        (make_row("a1", label=1, category="urgent", ambiguous=True), "handover"),
        (make_row("u1", label=None), "handover"),
        (make_row("b1", speaker="bot"), None),
        (make_row("h1", label=0), None),
    ]
    predictions = [
        None if row.id in ("b1", "h1") else predict(row, outcome, ai=Score(0.5)) for row, outcome in rows_and_outcomes
    ]
    predictions[1] = predict(rows_and_outcomes[1][0], "none", ai=Unavailable("no_key"))
    file = DataFile("rows.jsonl", "0" * 64, tuple(row for row, _ in rows_and_outcomes))
    return measure(file, predictions, "strict", {"ai": "ai@1", "local": "local@1"})


def test_every_row_is_counted_or_left_out_for_a_reason(report: FileReport) -> None:
    assert report.rows == 11
    assert (report.counted, report.positives, report.negatives) == (7, 3, 4)
    assert report.left_out == {
        "ambiguous": 1,
        "no label": 1,
        "not said by the customer": 1,
        "said to a person who had taken over": 1,
    }


def test_an_offer_is_no_handover_and_is_counted(report: FileReport) -> None:
    assert report.figures.counts == Counts(tp=1, fp=1, fn=2, tn=3)
    assert (report.asked_positive, report.asked_negative) == (1, 1)


def test_slices_have_their_own_figures(report: FileReport) -> None:
    slices = {(part.by, part.value): part for part in report.slices}
    assert list(slices) == [
        ("category", "complaint"),
        ("category", "explicit_request"),
        ("category", "none"),
        ("language", "de"),
        ("language", "en"),
        ("language", None),
    ]
    request = slices["category", "explicit_request"]
    assert (request.n, request.figures.precision, request.figures.false_alarms) == (2, None, None)
    assert request.figures.recall == wilson(1, 2)
    negatives = slices["category", "none"]
    assert negatives.figures.recall is None
    assert negatives.figures.false_alarms is not None
    assert negatives.figures.false_alarms.value == 250
    assert slices["language", "en"].figures.counts == Counts(tp=1, fp=1, fn=1, tn=1)


def test_detectors_say_what_became_of_their_questions(report: FileReport) -> None:
    ai, local = report.detectors
    assert (ai.name, ai.asked, ai.answered, ai.unavailable) == ("ai", 9, 8, {"no_key": 1})
    assert (local.name, local.fingerprint, local.asked) == ("local", "local@1", 0)


def test_a_message_without_an_answer_is_in_no_figure(make_row: Callable[..., Row]) -> None:
    rows = (make_row("a", label=1), make_row("b", label=1), make_row("c", label=0))
    predictions = [predict(rows[0], "handover"), predict(rows[1], None), predict(rows[2], None)]
    found = measure(DataFile("rows.jsonl", "", rows), predictions, "strict", {})
    assert (found.rows, found.counted, found.no_answer) == (3, 1, 2)
    assert found.figures.counts == Counts(tp=1, fp=0, fn=0, tn=0)


def test_a_file_without_a_single_counted_row(make_row: Callable[..., Row]) -> None:
    row = make_row(label=None)
    found = measure(DataFile("rows.jsonl", "", (row,)), [predict(row, "none")], "strict", {})
    assert (found.counted, found.slices, found.figures) == (0, (), figures(Counts(0, 0, 0, 0)))
