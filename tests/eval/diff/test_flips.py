"""Two rulesets on the same messages: which flip, and what that means."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eval.dataset import DataFile, Dataset, Row
from eval.deciders import Prediction
from eval.diff.flips import compare
from handover_rules.decision import Outcome

MakeRow = Callable[..., Row]


def _said(outcome: Outcome, rule: str | None = None) -> Prediction:
    return Prediction("", outcome, rule, None, "", {})


def _file(path: str, *rows: Row) -> DataFile:
    return DataFile(path, "", rows)


def test_those_that_become_wrong_come_first(make_row: MakeRow) -> None:
    rows = [make_row(id=id_, label=label) for id_, label in (("good", 1), ("bad", 0), ("offered", 0), ("same", 1))]
    dataset = Dataset((_file("a", *rows),))
    before = ((_said("none"), _said("none"), _said("none"), _said("handover", "x")),)
    after = ((_said("handover", "x"), _said("handover", "x"), _said("ask", "y"), _said("handover", "y")),)
    found = compare(dataset, before, after, "strict")
    assert [(flip.row.id, flip.kind) for flip in found.flips] == [
        ("bad", "new_false_alarm"),
        ("good", "new_catch"),
        ("offered", "no_handover"),
    ]
    assert found.counted == found.flips
    assert found.other_rule == 1


@pytest.mark.parametrize(
    ("label", "before", "after", "kind"),
    [
        (1, "none", "handover", "new_catch"),
        (1, "ask", "handover", "new_catch"),
        (1, "handover", "ask", "lost_catch"),
        (0, "stay", "handover", "new_false_alarm"),
        (0, "handover", "none", "false_alarm_gone"),
        (1, "none", "stay", "no_handover"),
        (None, "none", "handover", "unlabelled"),
    ],
)
def test_every_flip_has_a_kind(
    make_row: MakeRow, label: int | None, before: Outcome, after: Outcome, kind: str
) -> None:
    dataset = Dataset((_file("a", make_row(label=label)),))
    (flip,) = compare(dataset, ((_said(before),),), ((_said(after),),), "strict").flips
    assert flip.kind == kind


def test_what_the_view_does_not_count_is_kept_apart(make_row: MakeRow) -> None:
    rows = [make_row(id="1", ambiguous=True), make_row(id="2", label=None), make_row(id="3", speaker="bot")]
    dataset = Dataset((_file("a", *rows),))
    before = ((_said("none"), _said("none"), None),)
    after = ((_said("handover"), _said("handover"), None),)
    strict = compare(dataset, before, after, "strict")
    assert {flip.row.id: flip.kind for flip in strict.flips} == {"1": "uncounted", "2": "unlabelled"}
    assert strict.counted == ()
    assert [flip.row.id for flip in compare(dataset, before, after, "broad").counted] == ["1"]
