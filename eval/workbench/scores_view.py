"""How good the scores of a detector are: how well they rank messages, and whether 0.8 means eight in ten."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from eval.figures.alone import Alone
from eval.figures.in_words import interval, value
from eval.figures.ranking import Ranking
from eval.workbench.figures_table import FEW

__all__ = ["draw_scores"]

_COLOUR = "#2f8ad0"


def draw_scores(one: Alone) -> None:
    """Draw the scores of a detector alone; nothing where none is known."""
    ranks = one.ranking
    if ranks is None:
        return
    st.subheader("Scores")
    text, chart = st.columns([2, 3], gap="large")
    with text:
        precision = ranks.average_precision
        st.markdown(
            f"- **Average precision {value(precision)}** ({interval(precision)}): how well the scores put messages "
            "that need a person before the others; 1 is the best.\n"
            f"- **Brier score {value(ranks.brier, 4)}** ({interval(ranks.brier, 4)}): how far scores are from 0 and 1, "
            f"squared. Saying the share of positives of every message would give {ranks.brier_of_share:.4f}.\n"
            "- Points on the line mean that scores are probabilities *on these messages*. Live ones have fewer "
            "positives, so there the same score means less."
        )
    with chart:
        st.altair_chart(calibration_chart(ranks), width="stretch")
        st.caption(
            f"Of the messages with about that score, the share who need a person. Pale: fewer than {FEW} messages."
        )


def calibration_chart(ranks: Ranking) -> alt.LayerChart:
    """The share of positives against the mean score, one point for each bin, with 95 % intervals."""
    points = pd.DataFrame(
        [
            {
                "score": part.mean_score,
                "share": part.positives.value,
                "low": part.positives.low,
                "high": part.positives.high,
                "messages": f"{part.positives.hits:,} of {part.positives.n:,}",
                "opacity": 0.35 if part.positives.n < FEW else 1.0,
            }
            for part in ranks.calibration
        ]
    )
    ideal = pd.DataFrame({"score": [0, 1], "share": [0, 1]})
    scale, title = alt.Scale(domain=[0, 1]), "Share who need a person"
    x = alt.X("score:Q", title="Mean score", scale=scale)
    opacity = alt.Opacity("opacity:Q", scale=None, legend=None)
    tips = [alt.Tooltip("score:Q", format=".3f"), alt.Tooltip("share:Q", format=".3f"), alt.Tooltip("messages:N")]
    line = alt.Chart(ideal).mark_line(strokeDash=[4, 4], color="#8a8f98", strokeWidth=1)
    base = alt.Chart(points).encode(x=x, opacity=opacity, tooltip=tips)
    chart = alt.LayerChart(
        layer=[
            line.encode(x=x, y=alt.Y("share:Q", title=title, scale=scale)),
            base.mark_rule(color=_COLOUR, strokeWidth=2).encode(
                y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q"
            ),
            base.mark_circle(color=_COLOUR, size=90).encode(y=alt.Y("share:Q", title=title, scale=scale)),
        ]
    )
    return chart.properties(height=260)
