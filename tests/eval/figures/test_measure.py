"""The report on a file: what is counted, sliced, and said of detectors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.figures.measure import FileReport, measure
from eval.figures.metrics import Counts, figures, wilson
from handover_rules.signals import Score, Unavailable


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
    return measure(file, predictions, "strict", {"ai": "ai@1", "local": "local@1"}, floor=1)


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
    found = measure(DataFile("rows.jsonl", "", rows), predictions, "strict", {}, floor=1)
    assert (found.rows, found.counted, found.no_answer) == (3, 1, 2)
    assert found.figures.counts == Counts(tp=1, fp=0, fn=0, tn=0)


def test_a_file_without_a_single_counted_row(make_row: Callable[..., Row]) -> None:
    row = make_row(label=None)
    found = measure(DataFile("rows.jsonl", "", (row,)), [predict(row, "none")], "strict", {}, floor=1)
    assert (found.counted, found.slices, found.figures) == (0, (), figures(Counts(0, 0, 0, 0)))
