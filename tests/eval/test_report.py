from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from rich.console import Console

from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.figures.measure import Report, measure
from eval.figures.prevalence import NOTHING_ASSUMED
from eval.report import print_report, to_json
from handover_rules.signals import Score, Unavailable


@pytest.fixture
def report(make_row: Callable[..., Row]) -> Report:
    rows = (
        make_row("a", label=1, category="explicit_request", language="en"),
        make_row("b", label=0, category="[red]", language="de"),
        make_row("c", label=0, ambiguous=True),
        make_row("d", label=1, language="en"),
    )
    predictions = [
        Prediction("a", "handover", None, 0.9, "", {"ai": Score(0.9)}),
        Prediction("b", "ask", None, None, "", {"ai": Score(0.2)}),
        Prediction("c", "none", None, None, "", {}),
        Prediction("d", None, None, None, "no_key", {"ai": Unavailable("no_key")}),
    ]
    file = measure(DataFile("some/[bold]rows.jsonl", "0" * 64, rows), predictions, "strict", {"ai": "ai@1"}, floor=1)
    return Report("shop", "0123456789ab", "strict", "ai", 0.7, NOTHING_ASSUMED, (file,))


def printed(report: Report, width: int) -> str:
    out = io.StringIO()
    print_report(report, Console(file=out, width=width, markup=False, highlight=False))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100])
def test_the_terminal_gets_every_figure_and_stays_within_its_width(report: Report, width: int) -> None:
    text = printed(report, width)
    assert max(map(len, text.splitlines())) <= width
    for said in (
        "detector ai alone, from 0.7; strict view",
        "some/[bold]rows.jsonl",
        "4 rows, 2 counted: 1 positive, 1 negative",
        "left out: 1 ambiguous",
        "no answer: 1 more, in none of the figures",
        "asked: 1 were offered a person, counted as not handed over",
        "handed over: 1 rightly, 0 wrongly; not: 1 rightly, 0 missed",
        "[red]",
        "detector ai: asked 3, answered 2; no answer: 1 no_key",
    ):
        assert said in text


def test_the_terminal_and_the_json_say_the_same(report: Report) -> None:
    plain = to_json(report)
    assert json.loads(json.dumps(plain)) == plain
    (file,) = report.files
    assert file.figures.recall is not None
    shown = next(line for line in printed(report, 100).splitlines() if "recall" in line and "positives" in line)
    assert shown.split() == [
        "recall",
        f"{file.figures.recall.value:.3f}",
        f"{file.figures.recall.low:.3f}",
        "to",
        f"{file.figures.recall.high:.3f}",
        "1",
        "/",
        "1",
        "positives",
    ]
    assert plain["files"][0]["figures"]["recall"]["low"] == file.figures.recall.low  # type: ignore[index]
    assert plain["files"][0]["slices"][0]["figures"]["precision"] is None  # type: ignore[index]
