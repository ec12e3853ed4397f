"""An evaluation as Markdown, for a pull request: counts, figures, and what the AI cost. Slices are in the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.ai_cost.use import AnswerUse
from eval.ai_cost.wording import use_lines
from eval.diff.markdown import code
from eval.figures.measure import FileReport, Report
from eval.report import count_lines, detector_line, figure_rows, headline

__all__ = ["to_markdown"]


def to_markdown(report: Report, uses: Sequence[AnswerUse]) -> str:
    """The figures of each file, and the use of the AI for all of them."""
    return "\n".join(_lines(report, uses)) + "\n"


def _lines(report: Report, uses: Sequence[AnswerUse]) -> Iterator[str]:
    yield f"### {headline(report)}"
    for file in report.files:
        yield from _file(file)
    used = list(use_lines(uses))
    if used:
        yield from ("", *(f"- {line}" for line in used))


def _file(file: FileReport) -> Iterator[str]:
    yield from ("", f"#### {code(file.file)}", "")
    yield from (f"- {line}" for line in (*count_lines(file), *map(detector_line, file.detectors)))
    yield from ("", "| | value | 95 % interval | of | |", "| --- | --: | --: | --: | --- |")
    yield from (f"| {' | '.join(row)} |" for row in figure_rows(file))
