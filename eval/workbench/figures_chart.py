"""The figures of several contenders as points with their intervals, one under the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from eval.figures.metrics import Figures, Proportion
from eval.workbench.figures_table import FEW

__all__ = ["alarms_chart", "legend", "proportions_chart"]

# Told apart by form as well as by colour; the colours are of Okabe and Ito's kind, readable on white and on black.
_MARKS = {
    "Precision": ("#2f8ad0", "circle", "\N{BLACK CIRCLE}"),
    "Recall": ("#d9660f", "square", "\N{BLACK SQUARE}"),
    "F1": ("#0f9d76", "diamond", "\N{BLACK DIAMOND}"),
    "False alarms": ("#a66bbd", "triangle-up", "\N{BLACK UP-POINTING TRIANGLE}"),
}
_HEIGHT_OF_A_CONTENDER = 54
_COLUMNS = ["contender", "figure", "value", "low", "high", "of", "few"]


def proportions_chart(found: Mapping[str, Figures | None]) -> alt.LayerChart:
    """Precision, recall and F1 by contender, from 0 to 1. A contender without figures keeps its place."""
    rows = [
        row
        for title, figures in found.items()
        if figures is not None
        for name, figure in (("Precision", figures.precision), ("Recall", figures.recall), ("F1", figures.f1))
        for row in _rows(title, name, figure)
    ]
    scale = alt.Scale(domain=[0, 1])
    return _chart(rows, list(found), ["Precision", "Recall", "F1"], scale, labels=True)


def alarms_chart(found: Mapping[str, Figures | None]) -> alt.LayerChart:
    """False alarms per 1,000 by contender, in the same places as `proportions_chart`, from 0."""
    rows = [
        row
        for title, figures in found.items()
        if figures is not None
        for row in _rows(title, "False alarms", figures.false_alarms)
    ]
    highest = max((row["high"] for row in rows if isinstance(row["high"], float)), default=1.0)
    scale = alt.Scale(domain=[0, highest], nice=True)
    return _chart(rows, list(found), ["False alarms"], scale, labels=False)


def legend(*names: str) -> str:
    """What the marks stand for, as HTML to stand above the chart."""
    marks = [f'<span style="color: {_MARKS[name][0]}">{_MARKS[name][2]}</span> {name}' for name in names]
    return f"<small>{' &emsp; '.join(marks)}{' per 1,000' if names == ('False alarms',) else ''}</small>"


def _rows(title: str, name: str, figure: Proportion | None) -> list[dict[str, object]]:
    if figure is None:
        return []
    of = f"{figure.hits:,} of {figure.n:,}"
    values = (title, name, figure.value, figure.low, figure.high, of, figure.n < FEW)
    return [dict(zip(_COLUMNS, values, strict=True))]


def _chart(
    rows: Sequence[Mapping[str, object]],
    titles: Sequence[str],
    names: Sequence[str],
    scale: alt.Scale,
    *,
    labels: bool,
) -> alt.LayerChart:
    places = alt.Scale(domain=list(titles), paddingInner=0.35, paddingOuter=0.2)
    axis = alt.Axis(title=None, domain=False, ticks=False, labels=labels, labelLimit=180, labelPadding=8)
    base = alt.Chart(pd.DataFrame(rows, columns=_COLUMNS)).encode(
        y=alt.Y("contender:N", scale=places, axis=axis),
        yOffset=alt.YOffset("figure:N", scale=alt.Scale(domain=list(names))),
        color=alt.Color(
            "figure:N", legend=None, scale=alt.Scale(domain=list(names), range=[_MARKS[name][0] for name in names])
        ),
        opacity=alt.condition("datum.few", alt.value(0.45), alt.value(1.0)),
    )
    interval = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low:Q", scale=scale, axis=alt.Axis(title=None, tickCount=5, labelFlush=False)), x2="high:Q"
    )
    point = base.mark_point(filled=True, size=75).encode(
        x=alt.X("value:Q", scale=scale),
        shape=alt.Shape(
            "figure:N", legend=None, scale=alt.Scale(domain=list(names), range=[_MARKS[name][1] for name in names])
        ),
        tooltip=[
            alt.Tooltip("contender:N", title="Decider"),
            alt.Tooltip("figure:N", title="Figure"),
            alt.Tooltip("value:Q", title="Value", format=".3f"),
            alt.Tooltip("low:Q", title="From", format=".3f"),
            alt.Tooltip("high:Q", title="To", format=".3f"),
            alt.Tooltip("of:N", title="Messages"),
        ],
    )
    chart: alt.LayerChart = (interval + point).properties(height=_HEIGHT_OF_A_CONTENDER * len(titles) + 30)
    return chart
