"""The charts of the page *Threshold*: precision against recall, and both against the threshold.

A chart is made once for a curve. When the slider moves, only the two marks are sent anew, as a data set of their own:
the browser then moves them, where another chart would be built up from nothing, in half a second.

The colours are of Okabe and Ito's kind: colour-blind people can tell them apart, and they show on white and on black.
What they tell apart is told by shape or dashes as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

__all__ = ["LEGEND_OF_FIGURES", "LEGEND_OF_MARKS", "CurveChart", "against_the_threshold", "precision_and_recall"]

_PRECISION, _RECALL = "#2f8ad0", "#d9660f"
# The ruleset's is hollow and larger: the slider's begins inside of it, and both are seen.
_MARKS = {"in the ruleset": ("#8a8f98", "diamond"), "at the slider": ("#b455b0", "circle")}
_BAND = 0.2
_HEIGHT = 320

# As HTML above the charts, because a legend inside of one is cut off where the page is narrow.
LEGEND_OF_MARKS = " &emsp; ".join(
    f'<small><b style="color: {color}">{"&#9671;" if shape == "diamond" else "&#9679;"}</b> {at}</small>'
    for at, (color, shape) in _MARKS.items()
)
_DASHES = f"display: inline-block; width: 2em; border-top: 3px dashed {_RECALL}; vertical-align: middle"
LEGEND_OF_FIGURES = (
    f'<small><b style="color: {_PRECISION}">&#9473;&#9473;</b> precision &emsp; '
    f'<span style="{_DASHES}"></span> recall &emsp; </small>{LEGEND_OF_MARKS}'
)

# No screen shows finer differences, and a drawing of ten thousand rows only makes the page slow.
_STEPS_OF_AN_AXIS = 500


@dataclass(frozen=True, slots=True)
class CurveChart:
    """A chart without its marks.

    `spec` is Vega-Lite, `data` the data sets that it names, and `marked` makes one more, `marks`, of rows of the
    table. `about` says what it shows.
    """

    spec: Mapping[str, Any]
    data: Mapping[str, pd.DataFrame]
    marked: Callable[[pd.DataFrame], pd.DataFrame]
    about: str

    def draw(self, ruleset: pd.Series[Any], slider: pd.Series[Any]) -> None:
        """Draw it on the page with marks at two rows of the curve's table, each with its own `threshold`."""
        marks = pd.DataFrame([ruleset, slider]).assign(at=list(_MARKS))
        data = {**self.data, "marks": self.marked(marks)}
        st.vega_lite_chart(spec={**self.spec, "datasets": data}, alt=self.about)


def precision_and_recall(table: pd.DataFrame) -> CurveChart:
    """The precision-recall curve with the 95 % band of precision. `table` is that of `eval.figures.curve.Curve`."""
    shown = ["threshold", "precision", "recall", "tp", "fp", "fn"]
    curve = _drawn(table.dropna(subset=["precision"]), "recall", "precision")
    # Where several thresholds have one recall, the band covers all of them.
    band = curve.groupby("recall", as_index=False).agg({"precision_low": "min", "precision_high": "max"})
    x = alt.X(
        "recall:Q",
        title="Recall: of those who needed a person, the share handed over",
        scale=_scale(curve["recall"], curve["recall"]),
    )
    title = ["Precision: of those handed over,", "the share who needed a person"]
    scale = _scale(band["precision_low"], band["precision_high"])
    y = alt.Y("precision:Q", title=title, scale=scale)
    tips = [_tip(name) for name in shown]
    return _chart(
        "Precision against recall",
        {"curve": curve[shown], "band": band},
        lambda marks: marks.dropna(subset=["precision"]),
        _named("band")
        .mark_area(color=_PRECISION, opacity=_BAND)
        .encode(x, alt.Y("precision_low:Q", title=title, scale=scale), alt.Y2("precision_high")),
        _named("curve").mark_line(color=_PRECISION).encode(x, y, order="threshold:Q"),
        _named("curve").mark_circle(opacity=0, size=90).encode(x, y, tooltip=tips),
        *(_points(at).encode(x, y, tooltip=tips) for at in _MARKS),
    )


def against_the_threshold(table: pd.DataFrame) -> CurveChart:
    """Precision and recall with their 95 % bands against the threshold; where both are flat, no decision moves.

    `table` is that of `eval.figures.curve.Curve`.
    """
    lines = _by_figure(_drawn(table, "threshold"))
    x = alt.X("threshold:Q", title="Threshold", scale=alt.Scale(domain=[0, 1]))
    title, scale = "Precision and recall", _scale(lines["low"], lines["high"])
    y = alt.Y("value:Q", title=title, scale=scale)
    names = ["precision", "recall"]
    color = alt.Color("figure:N", scale=alt.Scale(domain=names, range=[_PRECISION, _RECALL]), legend=None)
    dash = alt.StrokeDash("figure:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]]), legend=None)
    tips = [alt.Tooltip("figure:N"), *(_tip(name) for name in ("threshold", "value", "low", "high"))]
    # The figures of a row hold from behind the row before up to its own threshold.
    return _chart(
        "Precision and recall against the threshold",
        {"lines": lines},
        _by_figure,
        _named("lines")
        .mark_area(interpolate="step-before", opacity=_BAND)
        .encode(x, alt.Y("low:Q", title=title, scale=scale), alt.Y2("high"), color),
        _named("lines").mark_line(interpolate="step-before").encode(x, y, color, dash),
        _named("lines").mark_circle(opacity=0, size=90).encode(x, y, tooltip=tips),
        *(_at(at).mark_rule(color=shade, strokeWidth=1.5).encode(x) for at, (shade, _) in _MARKS.items()),
        *(_points(at).encode(x, y, tooltip=tips) for at in _MARKS),
    )


def _chart(
    about: str,
    data: Mapping[str, pd.DataFrame],
    marked: Callable[[pd.DataFrame], pd.DataFrame],
    *layers: alt.Chart,
) -> CurveChart:
    spec = alt.layer(*layers).properties(height=_HEIGHT).to_dict()
    # The library's own sizes and colours would stand in the way of the page's.
    return CurveChart({key: value for key, value in spec.items() if key != "config"}, data, marked, about)


def _named(data: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(data))


def _at(at: str) -> alt.Chart:
    marked: alt.Chart = _named("marks").transform_filter(alt.datum.at == at)
    return marked


def _points(at: str) -> alt.Chart:
    color, shape = _MARKS[at]
    form = {"filled": False, "size": 320, "strokeWidth": 2.5} if shape == "diamond" else {"filled": True, "size": 110}
    points: alt.Chart = _at(at).mark_point(color=color, shape=shape, opacity=1, **form)
    return points


def _tip(name: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:Q", format=",d" if name in ("tp", "fp", "fn") else ".4f")


def _by_figure(table: pd.DataFrame) -> pd.DataFrame:
    """Precision and recall one below the other, each with its interval, where they have a value."""
    kept = [name for name in ("threshold", "at") if name in table]
    parts = [
        table[kept].assign(figure=name, value=table[name], low=table[f"{name}_low"], high=table[f"{name}_high"])
        for name in ("precision", "recall")
    ]
    return pd.concat(parts).dropna()


def _drawn(table: pd.DataFrame, *axes: str) -> pd.DataFrame:
    """The rows that can be told apart on a chart with these axes."""
    spots = (table[list(axes)] * _STEPS_OF_AN_AXIS).round()
    return table[(spots != spots.shift(-1)).any(axis=1)]


def _scale(low: pd.Series[float], high: pd.Series[float]) -> alt.Scale:
    """Just around all values, in fiftieths, so that the curve fills the chart and the axis keeps round numbers."""
    return alt.Scale(domain=[floor(low.min() * 50) / 50, ceil(high.max() * 50) / 50], zero=False)
