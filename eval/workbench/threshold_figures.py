"""The figures of the page *Threshold*, at the slider and beside it in the ruleset, and the messages that flip."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

import pandas as pd
import streamlit as st

from eval.figures.curve import SweptMessage
from eval.figures.metrics import Counts, Figures, Proportion
from eval.workbench.threshold_sentences import value_text

__all__ = ["draw_cards", "draw_confusion", "draw_flips"]

_OUTCOMES = {"handover": "person", "ask": "offer", "stay": "bot", "none": "bot"}

_WIDTH_OF_TWO_CARDS = 402

# Higher than the page is worth; the table scrolls inside.
_HEIGHT_OF_FLIPS = 560
_FLIPS_WITHOUT_SCROLLING = 6

# HTML, because the texts of a data frame do not wrap; colours are mixed from the page's own, light or dark.
_STYLE = """
<style>
.flips { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; line-height: 1.35; }
.flips th, .flips td {
  padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent);
}
.flips th { font-weight: 600; font-size: .875rem; border-bottom-width: 2px; }
.flips td:nth-child(3) { min-width: 6.5rem; }
.flips td:first-child { overflow-wrap: anywhere; min-width: 9rem; }
.flips small { display: block; font-size: .8rem; opacity: .72; overflow-wrap: anywhere; }
.flips .better { color: #2f8ad0; font-weight: 600; white-space: nowrap; }
.flips .worse { color: #d9660f; font-weight: 600; white-space: nowrap; }
</style>
"""


def draw_cards(at: Figures, now: Figures, value: float) -> None:
    """The four figures at the slider, with interval and n; below each the ruleset's, at its `value`."""
    # Two and two: on a narrow page the pairs stand one above the other.
    with st.container(horizontal=True):
        with st.container(horizontal=True, width=_WIDTH_OF_TWO_CARDS):
            _draw_card("Precision", at.precision, now.precision, value, 3, "handed over")
            _draw_card("Recall", at.recall, now.recall, value, 3, "needing a person")
        with st.container(horizontal=True, width=_WIDTH_OF_TWO_CARDS):
            _draw_card("F1", at.f1, now.f1, value, 3, "TP + FP + FN")
            _draw_card("False alarms / 1,000", at.false_alarms, now.false_alarms, value, 1, "needing nobody", "inverse")


def _draw_card(
    name: str,
    at: Proportion | None,
    now: Proportion | None,
    value: float,
    digits: int,
    counted: str,
    good: Literal["normal", "inverse"] = "normal",
) -> None:
    change = round(at.value - now.value, digits) if at is not None and now is not None else 0
    moved = f"{change:+.{digits}f}" if change else None
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(
            name,
            "none" if at is None else f"{at.value:.{digits}f}",
            moved,
            good,
            delta_description=f"from {value_text(value)}" if moved else None,
        )
        then = "none" if now is None else f"{now.value:.{digits}f}, n = {now.n:,}"
        # Two blanks at its end break a line of Markdown.
        st.caption(f"95 %: {_interval(at, digits)}  \nn = {0 if at is None else at.n:,} {counted}")
        st.caption(f"At {value_text(value)}: {then}  \n95 %: {_interval(now, digits)}")


def _interval(figure: Proportion | None, digits: int) -> str:
    return "no interval" if figure is None else f"{figure.low:.{digits}f} to {figure.high:.{digits}f}"


def draw_confusion(at: Counts, now: Counts, slider: float, value: float) -> None:
    """The counts, one row for the slider and one for the ruleset's `value`."""
    rows = {f"slider, {value_text(slider)}": at, f"ruleset, {value_text(value)}": now}
    table = {
        "rightly handed over": [f"{counts.tp:,} TP" for counts in rows.values()],
        "false alarms": [f"{counts.fp:,} FP" for counts in rows.values()],
        "missed": [f"{counts.fn:,} FN" for counts in rows.values()],
        "rightly left to the bot": [f"{counts.tn:,} TN" for counts in rows.values()],
    }
    st.table(pd.DataFrame(table, index=list(rows)))


def draw_flips(messages: Sequence[SweptMessage], now: float, at: float) -> None:
    """The messages that flip from the ruleset's value to the slider's: what changes, and whether that is right."""
    rows = "".join(_flip(message, now, at) for message in messages)
    head = "".join(f"<th>{name}</th>" for name in ("Message", "Score", "What changes", "Is that right?"))
    table = f'{_STYLE}<table class="flips"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    with st.container(height=_HEIGHT_OF_FLIPS if len(messages) > _FLIPS_WITHOUT_SCROLLING else "content"):
        st.html(table)


def _flip(message: SweptMessage, now: float, at: float) -> str:
    row, scores = message.row, message.swept.scores
    before, after = message.swept.at(now), message.swept.at(at)
    person = row.label == 1
    better = after.handover == person
    rule = after.rule if after.handover else before.rule
    lines = (
        f"{escape(row.text)}<small>{escape(row.id)}</small>",
        "<br>".join(f"{value_text(score)}<small>{escape(name)}</small>" for name, score in scores.items()),
        f"{_OUTCOMES[before.outcome]} → {_OUTCOMES[after.outcome]}<small>{escape(rule or '')}</small>",
        f'<span class="{"better" if better else "worse"}">{"✓ better" if better else "✗ worse"}</span>'
        f"<small>a person was {'' if person else 'not '}needed</small>",
    )
    return f"<tr>{''.join(f'<td>{line}</td>' for line in lines)}</tr>"
