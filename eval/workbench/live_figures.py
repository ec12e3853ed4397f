"""What the figures become on live messages: precision at another share of positives, and what decisions cost.

Labelled messages are rich in positives. Recall and false alarms carry over to live ones, precision does not.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from eval.figures.in_words import interval, value
from eval.figures.measure import FileReport
from eval.figures.prevalence import Assumed, Costs, expected

__all__ = ["draw_live_figures"]


@st.fragment
def draw_live_figures(reports: Mapping[str, FileReport]) -> None:
    """Draw the inputs and a table of the contenders by title: a move of an input draws this alone."""
    found = {title: report for title, report in reports.items() if report.counted}
    if not any(report.positives and report.negatives for report in found.values()):
        return
    st.subheader("On live messages")
    first = next(iter(found.values()))
    here = 100 * first.positives / first.counted
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
    share = left.slider(
        "Live messages that need a person, in %",
        0.5,
        50.0,
        5.0,
        step=0.5,
        key="live share",
        help=f"Of the labelled messages {here:.1f} % do. Most businesses see 2 to 10 %.",
    )
    miss = middle.number_input("A miss costs", 0.01, None, 20.0, key="cost of a miss")
    alarm = right.number_input("A false alarm costs", 0.01, None, 1.0, key="cost of an alarm")
    costs = Costs(float(miss), float(alarm))
    rows = []
    for title, report in found.items():
        at, here_too = expected(Assumed(share / 100, costs), report.figures), report.figures.precision
        if at is not None:
            precision = f"**{value(at.precision)}** ({interval(at.precision)})"
            cost = f"**{value(at.cost, 1)}** ({interval(at.cost, 1)})"
            rows.append(f"| {title} | {precision} | {value(here_too)} | {cost} |")
    heads = ["Decided by", f"Precision at {share:g} %", f"Precision here, at {here:.1f} %", "Cost of 1,000 messages"]
    st.markdown("\n".join(["| " + " | ".join(heads) + " |", "| --- | --- | --- | --- |", *rows]))
    st.caption(
        f"With these costs a handover pays from a probability of {costs.break_even:.3f}. Where scores are calibrated, "
        "that is the best threshold. `handover tune --cost` finds it for the whole ruleset."
    )
