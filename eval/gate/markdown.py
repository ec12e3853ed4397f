"""The result of gates as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from eval.gate import wording
from eval.gate.judging import GateReport

__all__ = ["to_markdown"]


def to_markdown(report: GateReport) -> str:
    """The verdict first, then why requirements are not met, then the table of all.

    Names of gates, rulesets and figures have no sign that Markdown would read.
    """
    return "\n".join(_lines(report)) + "\n"


def _lines(report: GateReport) -> Iterator[str]:
    yield f"### Gates: {wording.headline(report)}"
    yield ""
    yield from (f"{line}  " for line in wording.about_lines(report))
    remarks = [f"- **{gate.name}**: {line}" for gate in report.gates for line in wording.remarks(gate)]
    if remarks:
        yield from ("", *remarks)
    yield from ("", "| gate | figure | value | 95 % interval | n | required | verdict |")
    yield "| --- | --- | --: | --: | --: | --: | --- |"
    for gate in report.gates:
        for check in gate.checks:
            *cells, verdict = wording.check_line(check)
            shown = verdict if check.verdict in ("passed", "no worse") else f"**{verdict}**"
            yield f"| {gate.name} | {' | '.join(cells)} | {shown} |"
    if report.baseline is not None:
        yield from ("", wording.ABOUT_CHANGES)
