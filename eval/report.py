"""An evaluation's report for people (a terminal) and for programs (JSON): both render the same figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from eval.deciders import PATTERNS
from eval.figures.in_words import interval, of, value
from eval.figures.measure import DetectorUse, FileReport, Report, Slice
from eval.figures.metrics import Counts, figures
from eval.figures.timing import Timing
from eval.output import as_plain

__all__ = ["count_lines", "detector_line", "figure_rows", "headline", "on_trial", "print_report", "to_json"]

_NO_FIGURES = figures(Counts(0, 0, 0, 0))


def to_json(report: Report) -> dict[str, object]:
    """The report as JSON values: fields as in the dataclasses, null for a figure that is undefined."""
    return as_plain(asdict(report))


def print_report(report: Report, console: Console) -> None:
    """Print a block for each file, with its slices. Fits 80 columns."""
    console.print(Text(headline(report), style="bold"), soft_wrap=False)
    for file in report.files:
        console.print(Rule(Text(file.file, overflow="fold"), align="left", style="dim"))
        console.print(_block(file))


def headline(report: Report) -> str:
    """What was measured, in one line."""
    subject = on_trial(report.detector, report.bound)
    return f"{report.ruleset} {report.ruleset_hash}: {subject}; {report.view} view"


def on_trial(detector: str | None, bound: float | None) -> str:
    """What decides, in words: see `Report`."""
    match detector:
        case None:
            return "the whole ruleset"
        case name if name == PATTERNS:
            return "the ruleset's patterns, without any score"
        case name:
            return f"detector {name} alone, from {bound:g}"


def _block(file: FileReport) -> RenderableType:
    parts: list[RenderableType] = [Text(line) for line in count_lines(file)]
    parts.extend(["", _figures(file), *_slices(file), *_alone(file), *_calibration(file), *_timing(file.timing), ""])
    parts.extend(Text(detector_line(use)) for use in file.detectors)
    return Padding(Group(*parts), (0, 0, 1, 2), expand=False)


def count_lines(file: FileReport) -> Iterator[str]:
    """How many messages count, and what was decided about them."""
    counted = f"{file.rows:,} rows, {file.counted:,} counted"
    yield f"{counted}: {file.positives:,} positive, {file.negatives:,} negative"
    if file.left_out:
        yield f"left out: {_listed(file.left_out)}"
    if file.no_answer:
        yield f"no answer: {file.no_answer:,} more, in none of the figures"
    asked = file.asked_positive + file.asked_negative
    if asked:
        yield (
            f"asked: {asked:,} were offered a person, counted as not handed over "
            f"({file.asked_positive:,} positive, {file.asked_negative:,} negative)"
        )
    c = file.figures.counts
    yield f"handed over: {c.tp:,} rightly, {c.fp:,} wrongly; not: {c.tn:,} rightly, {c.fn:,} missed"


def _figures(file: FileReport) -> Table:
    table = _table("", "value", "95 % interval", "of", "")
    for row in figure_rows(file):
        table.add_row(*row)
    return table


def figure_rows(file: FileReport) -> Iterator[tuple[str, str, str, str, str]]:
    """The figures of a file: name, value, interval, the counts behind it, and among what."""
    f = file.figures
    for name, figure, among in (
        ("precision", f.precision, "handed over"),
        ("recall", f.recall, "positives"),
        ("F1", f.f1, "handed over or positive"),
    ):
        yield name, value(figure), interval(figure), of(figure), among
    alarms = f.false_alarms
    yield "false alarms per 1,000", value(alarms, 1), interval(alarms, 1), of(alarms), "negatives"
    if file.expected is not None:
        at = file.expected
        share = f"at {100 * at.prevalence:.3g} % positives" + ("" if at.stated else ", as here")
        yield "precision", value(at.precision), interval(at.precision), "", share
        if at.cost is not None:
            yield "cost of 1,000", value(at.cost, 1), interval(at.cost, 1), "", share


def _slices(file: FileReport) -> Iterator[RenderableType]:
    for by, slices in groupby(file.slices, key=lambda part: part.by):
        table = _table(by, "n", "precision", "recall", "95 % interval", "alarms/1,000", "95 % interval")
        small = file.too_small.get(by, {})
        for part in slices:
            table.add_row(*_slice(part))
        yield Group("", table)
        if small:
            yield Text(f"too few messages for figures: {_listed(small)}")
    if any(part.differs for part in file.slices):
        yield Text("* differs from the other messages of the file (Fisher's exact test, false discoveries below 5 %)")


def _slice(part: Slice) -> tuple[str, ...]:
    f = part.figures
    return (
        "(not given)" if part.value is None else part.value,
        f"{part.n:,}",
        value(f.precision),
        value(f.recall) + ("*" if "recall" in part.differs else ""),
        interval(f.recall),
        value(f.false_alarms, 1) + ("*" if "false_alarms" in part.differs else ""),
        interval(f.false_alarms, 1),
    )


def _alone(file: FileReport) -> Iterator[RenderableType]:
    """Each detector alone: its figures at its bound, and how well its scores rank."""
    if not file.alone:
        return
    table = _table("alone", "n", "precision", "recall", "alarms/1,000", "avg precision", "95 % interval", "Brier")
    for one in file.alone:
        right = one.figures or _NO_FIGURES
        ranks = one.ranking
        precision = ranks.average_precision if ranks else None
        table.add_row(
            one.name if one.bound is None else f"{one.name} from {one.bound:g}",
            f"{one.n:,}",
            value(right.precision),
            value(right.recall),
            value(right.false_alarms, 1),
            value(precision),
            interval(precision),
            value(ranks.brier if ranks else None, 4),
        )
    yield Group("", table)


def _calibration(file: FileReport) -> Iterator[RenderableType]:
    for one in file.alone:
        if one.ranking is not None:
            table = _table(f"scores of {one.name}", "n", "mean", "positive", "95 % interval")
            for part in one.ranking.calibration:
                table.add_row(
                    f"{part.above:.1f} to {part.up_to:.1f}",
                    f"{part.positives.n:,}",
                    f"{part.mean_score:.3f}",
                    value(part.positives),
                    interval(part.positives),
                )
            yield Group("", table)


def _timing(found: Timing | None) -> Iterator[RenderableType]:
    if found is None:
        return
    table = _table("conversations", "share", "95 % interval", "of", "")
    for name, figure, note in (
        ("on time", found.on_time, ""),
        ("early", found.early, _turns(found.turns_early)),
        ("late", found.late, _turns(found.turns_late)),
        ("never", found.never, f"{found.offered:,} were offered a person in time" if found.offered else ""),
        ("needless", found.needless, ""),
    ):
        table.add_row(name, value(figure), interval(figure), of(figure), note)
    yield Group("", table)


def _turns(by: float | None) -> str:
    return "" if by is None else f"by {by:g} messages (median)"


def detector_line(use: DetectorUse) -> str:
    """What became of the questions to a detector."""
    if not use.asked:
        return f"detector {use.name}: not asked"
    line = f"detector {use.name}: asked {use.asked:,}, answered {use.answered:,}"
    return f"{line}; no answer: {_listed(use.unavailable)}" if use.unavailable else line


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(Text(first), overflow="fold")
    for title in others:
        table.add_column(Text(title), justify="right" if title else "left", overflow="fold")
    return table


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {reason}" for reason, n in counts.items())
