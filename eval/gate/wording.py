"""How the result of gates is said: what the terminal, the Markdown and the JUnit XML show comes from here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, get_args

from eval.diff.wording import many
from eval.figures.in_words import interval, value
from eval.gate.gates import FigureName
from eval.gate.judging import Check, Compared, GateReport, GateResult, GateVerdict, Kept, worst

__all__ = ["ABOUT_CHANGES", "CheckLine", "about_lines", "check_line", "headline", "remarks", "why_not_passed"]

ABOUT_CHANGES = "A change is since the baseline, with one-sided 95 % bounds; that of false alarms is per 1,000."

_NAMES: Mapping[FigureName, str] = {
    "recall": "recall",
    "precision": "precision",
    "false_alarms": "false alarms per 1,000",
    "average_precision": "average precision",
    "on_time": "on time",
    "needless": "needless",
}
_OF_CONVERSATIONS = ("on_time", "needless")


class CheckLine(NamedTuple):
    """A requirement and what became of it, as a line of a table."""

    figure: str
    value: str
    interval: str
    n: str
    required: str
    verdict: str


def headline(report: GateReport) -> str:
    """The verdict on all gates in one line, with how many requirements have which."""
    said = Counter(worst([check.verdict]) for gate in report.gates for check in gate.checks)
    counts = ", ".join(f"{said[verdict]:,} {verdict}" for verdict in get_args(GateVerdict) if said[verdict])
    return f"{report.verdict} ({counts})"


def about_lines(report: GateReport) -> Iterator[str]:
    """What was judged, and what it is compared with."""
    answers = {
        "require": "every answer that the rules ask for is recorded",
        "offline": "an answer that is not recorded is unavailable",
    }
    yield f"{report.ruleset} {report.ruleset_hash} by {report.gates_file}; {answers[report.answers]}"
    if report.baseline is not None:
        one = report.baseline
        recorded = f"{many(one.messages, 'message')} under {one.ruleset} {one.ruleset_hash}"
        yield f"baseline {one.path}: {recorded}, by {one.program}"


def check_line(check: Check) -> CheckLine:
    """The line of a requirement. False alarms are per 1,000 throughout."""
    if isinstance(check, Kept):
        floor, figure = check.floor, check.figure
        digits = _digits(floor.figure)
        return CheckLine(
            figure=_NAMES[floor.figure],
            value=value(figure, digits),
            interval=interval(figure, digits),
            n=f"{figure.n if figure else 0:,}",
            required=f"{'>=' if floor.side == 'at_least' else '<='} {floor.limit:g}",
            verdict=check.verdict,
        )
    recall = check.margin.figure == "recall"
    paired = check.judgement.paired
    shown = "-" if paired is None else f"{_change(check, paired.low)} to {_change(check, paired.high)}"
    return CheckLine(
        figure="change of recall" if recall else "change of false alarms",
        value="-" if paired is None else _change(check, paired.change),
        interval="none got worse" if paired is not None and not check.harmed else shown,
        n=f"{paired.n if paired else 0:,}",
        required=f"> {-check.margin.margin:+g}" if recall else f"< {1000 * check.margin.margin:+g}",
        verdict=check.verdict,
    )


def why_not_passed(check: Check, fewest: int) -> str | None:
    """In a sentence what keeps a requirement from passing; None where nothing does."""
    if check.verdict in ("passed", "no worse"):
        return None
    return _why_not_kept(check, fewest) if isinstance(check, Kept) else _why_not_no_worse(check, fewest)


def remarks(result: GateResult) -> Iterator[str]:
    """What the figures of a gate do not say: each failed requirement, and messages that are in none of them."""
    for check in result.checks:
        if why := why_not_passed(check, result.fewest):
            yield why
    if result.no_answer:
        yield f"{many(result.no_answer, 'message')} more without an answer, in none of the figures"
    if result.new:
        yield f"{many(result.new, 'message')} not compared, since the baseline does not have them"


def _why_not_kept(check: Kept, fewest: int) -> str:
    floor, figure = check.floor, check.figure
    name, unit = _NAMES[floor.figure], "conversation" if floor.figure in _OF_CONVERSATIONS else "message"
    if figure is None or figure.n < fewest:
        return f"{name}: {many(figure.n if figure else 0, unit)}, and fewer than {fewest:,} say nothing"
    digits = _digits(floor.figure)
    side = "below" if floor.side == "at_least" else "above"
    said = f"{name}: {value(figure, digits)} ({interval(figure, digits)}, n = {figure.n:,})"
    if check.verdict == "worse":
        return f"{said}, the whole interval is {side} {floor.limit:g}"
    return f"{said} is {side} {floor.limit:g}, which may be chance: more {unit}s would tell"


def _why_not_no_worse(check: Compared, fewest: int) -> str:
    recall = check.margin.figure == "recall"
    name, kind = (_NAMES[check.margin.figure], "positive message" if recall else "negative message")
    judgement, paired = check.judgement, check.judgement.paired
    if paired is None or paired.n < fewest:
        n = paired.n if paired else 0
        return f"change of {name}: {many(n, kind)} in the baseline, and fewer than {fewest:,} say nothing"
    worse = check.verdict == "worse"
    # What proves harm is the bound on the other side: it is at best that bad.
    bound = paired.high if worse == recall else paired.low
    limit = -check.margin.margin if recall else check.margin.margin
    said = (
        f"change of {name}: {_change(check, paired.change)}, at {'best' if worse else 'worst'} "
        f"{_change(check, bound)}, margin {_change(check, limit)}"
    )
    if judgement.more is not None and not worse:
        said += f"; about {many(judgement.more, f'more {kind}')} would tell"
    return said


def _change(check: Compared, change: float) -> str:
    """A change of a share; of false alarms per 1,000."""
    return f"{change:+z.3f}" if check.margin.figure == "recall" else f"{1000 * change:+z.1f}"


def _digits(figure: FigureName) -> int:
    return 1 if figure == "false_alarms" else 3
