from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.figures.measure import Report, measure
from eval.figures.prevalence import NOTHING_ASSUMED
from eval.report import answer_use, print_answers, print_report, to_json
from handover_rules.detectors import Answer, AnswerStore, Query, Recorded
from handover_rules.signals import Score, Signal, Unavailable


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


class Live:
    name = "ai"
    fingerprint = "ai@2"

    def __init__(self, remote: bool) -> None:
        self.remote = remote

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        return [Score(0.5) if self.remote else Unavailable("no_key") for _ in queries]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        (True, "ai: 1 recorded answers used, 1 asked live, 0 missing; 1 recorded answers are stale"),
        (False, "ai: 1 recorded answers used, 0 asked live, 1 missing; 1 recorded answers are stale"),
    ],
)
def test_where_answers_came_from(tmp_path: Path, remote: bool, expected: str) -> None:
    store = AnswerStore(tmp_path / "answers.jsonl")
    store.append(Answer(Query("known").key(), "ai", mark, Score(0.1)) for mark in ("ai@1", "ai@2"))
    detector = Recorded("ai", "ai@2", store, "record", Live(remote))
    asyncio.run(detector.ask([Query("known"), Query("new")]))
    out = io.StringIO()
    print_answers(answer_use({"ai": detector}, store), Console(file=out, width=200))
    assert out.getvalue().startswith(expected)
