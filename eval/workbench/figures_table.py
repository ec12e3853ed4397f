"""Figures as tables of HTML: each with its interval and the messages behind it, grey where those are few.

HTML because a figure takes more than one line, and because such a table wraps on a narrow screen, where a data frame
would have to be scrolled sideways. Colours are mixed from the text's, so that they fit a light and a dark page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from eval.figures.measure import DetectorUse
from eval.figures.metrics import Counts, Figures, Proportion
from handover_rules.detectors import REASONS

__all__ = ["FEW", "Line", "confusion_table", "figures_table", "text_table", "use_table"]

# A figure of fewer messages is shown in grey: its interval is so wide that it says little.
FEW = 20

_STYLE = """
<style>
.hw-table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; line-height: 1.35; }
.hw-table th, .hw-table td {
  padding: .5rem .6rem .5rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent);
}
.hw-table thead th { font-weight: 600; font-size: .875rem; border-bottom-width: 2px; }
.hw-table tbody th { font-weight: 600; overflow-wrap: break-word; }
.hw-table small { display: inline-block; font-size: .8rem; font-weight: 400; opacity: .72; }
.hw-table thead small, .hw-table tbody th small { display: block; }
.hw-table b { font-size: 1.1rem; font-weight: 600; margin-right: .35rem; }
.hw-table .hw-interval { white-space: nowrap; margin-right: .25rem; }
.hw-stacked b, .hw-stacked td small { display: block; }
.hw-table .hw-few { opacity: .55; font-style: italic; }
.hw-table .hw-chosen { background: color-mix(in srgb, currentColor 6%, transparent); }
.hw-table .hw-chosen th { padding-left: .75rem; box-shadow: inset 3px 0 0 currentColor; }
.hw-table code { font-size: .8rem; }
.hw-table .hw-wrong b { color: #e0700f; }
.hw-table .hw-note { opacity: .72; }
.hw-texts td { overflow-wrap: anywhere; }
</style>
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: who or what it is about, and its figures; `note` stands under the title.

    `figures` None: there are none, and `instead` says why in their place. `n` is how many messages they are about.
    """

    title: str
    figures: Figures | None
    n: int
    note: str = ""
    instead: str = ""
    unanswered: int = 0
    chosen: bool = False


def figures_table(lines: Sequence[Line], first: str, *, precision: bool = True, counted: bool = False) -> str:
    """A table with a row for each line; `first` heads the first column.

    `counted` shows how many messages each line is about. `precision` False leaves precision and F1 out, for lines of
    messages that are labelled alike. A column for what stayed without an answer is there when something did.
    """
    columns = {
        "Messages": counted,
        "Precision <small>right, of those handed over</small>": precision,
        "Recall <small>handed over, of those in need</small>": True,
        "F1 <small>both in one figure</small>": precision,
        "False alarms <small>per 1,000 that need nobody</small>": True,
        "No answer <small>in no figure</small>": any(line.unanswered for line in lines),
    }
    shown = list(columns.values())
    rows = "".join(_row(line, shown) for line in lines)
    heads = [first, *(title for title, there in columns.items() if there)]
    return _table(heads, rows, "hw-table" if counted else "hw-table hw-stacked")


def confusion_table(counts: Counts) -> str:
    """The four counts: what was decided down, what was needed across."""

    def cell(n: int, said: str, kind: str) -> str:
        return f'<td class="{kind if n else ""}"><b>{n:,}</b><small>{said}</small></td>'

    rows = (
        "<tr><th>Handed over</th>"
        + cell(counts.tp, "rightly handed over", "")
        + cell(counts.fp, "false alarm" if counts.fp == 1 else "false alarms", "hw-wrong")
        + f"<td class='hw-note'>{counts.tp + counts.fp:,}</td></tr>"
        + "<tr><th>Left to the bot</th>"
        + cell(counts.fn, "missed", "hw-wrong")
        + cell(counts.tn, "rightly left to the bot", "")
        + f"<td class='hw-note'>{counts.fn + counts.tn:,}</td></tr>"
        + f"<tr class='hw-note'><th>Together</th><td>{counts.tp + counts.fn:,}</td><td>{counts.fp + counts.tn:,}</td>"
        + f"<td>{counts.tp + counts.fp + counts.fn + counts.tn:,}</td></tr>"
    )
    heads = ["Decided", "A person was needed", "Nobody was needed", "Together"]
    return _table(heads, rows, "hw-table hw-stacked")


def use_table(uses: Sequence[DetectorUse]) -> str:
    """What became of the questions to each detector; a reason for no answer is put in words."""
    rows = ""
    for use in uses:
        reasons = "".join(
            f"<div>{n:,} <code>{escape(reason)}</code> <small>{escape(REASONS.get(reason, ''))}</small></div>"
            for reason, n in use.unavailable.items()
        )
        cells = "".join(f"<td>{cell}</td>" for cell in (f"{use.asked:,}", f"{use.answered:,}", reasons or "0"))
        rows += f"<tr><th>{escape(use.name)}</th>{cells}</tr>"
    return _table(["Detector", "Asked", "Answered", "No answer, and why"], rows, "hw-table")


def text_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Texts as they are, the first of a row as its title."""
    lines = "".join(
        f"<tr><th>{escape(title)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for title, *cells in rows
    )
    return _table(heads, lines, "hw-table hw-texts")


def _table(heads: Sequence[str], rows: str, kind: str) -> str:
    head = "".join(f"<th>{title}</th>" for title in heads)
    return f'{_STYLE}<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(line: Line, shown: Sequence[bool]) -> str:
    note = f"<small>{escape(line.note)}</small>" if line.note else ""
    # Names such as `hard_negative` may break after the underscore.
    title = escape(line.title).replace("_", "_<wbr>")
    if line.figures is None:
        cells = [f'<td class="hw-note" colspan="{sum(shown)}">{escape(line.instead)}</td>']
    else:
        found = line.figures
        every = [
            f"<td>{line.n:,}</td>",
            _figure(found.precision),
            _figure(found.recall),
            _figure(found.f1),
            _figure(found.false_alarms, digits=1),
            f"<td>{line.unanswered:,}</td>",
        ]
        cells = [cell for cell, there in zip(every, shown, strict=True) if there]
    return f"<tr{' class=hw-chosen' if line.chosen else ''}><th>{title}{note}</th>{''.join(cells)}</tr>"


def _figure(figure: Proportion | None, digits: int = 3) -> str:
    if figure is None:
        return '<td class="hw-note">\N{EN DASH}</td>'
    few = ' class="hw-few"' if figure.n < FEW else ""
    return (
        f"<td{few}><b>{figure.value:.{digits}f}</b>"
        f'<small class="hw-interval">{figure.low:.{digits}f} \N{EN DASH} {figure.high:.{digits}f}</small>'
        f"<small>{figure.hits:,} of {figure.n:,}</small></td>"
    )
