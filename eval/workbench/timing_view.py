"""Whether conversations are handed over at the right moment."""

from __future__ import annotations

import streamlit as st

from eval.figures.in_words import interval, of, value
from eval.figures.timing import Timing

__all__ = ["draw_timing"]


def draw_timing(found: Timing | None) -> None:
    """Draw the timing of conversations; nothing where the messages have none."""
    if found is None:
        return
    st.subheader("Conversations")
    lines = [
        ("On time", found.on_time, "at the message that needs a person, or at a debatable one before it"),
        ("Early", found.early, _turns(found.turns_early, "early")),
        ("Late", found.late, _turns(found.turns_late, "late")),
        ("Never", found.never, f"{found.offered:,} of the late and these were offered a person in time"),
        ("Needless", found.needless, "of the conversations in which the bot does well"),
    ]
    rows = [f"| {name} | **{value(one)}** ({interval(one)}) | {of(one)} | {note} |" for name, one, note in lines]
    st.markdown("\n".join(["| When | Share | Of | |", "| --- | --- | --- | --- |", *rows]))


def _turns(by: float | None, side: str) -> str:
    return "" if by is None else f"by {by:g} messages of the customer (median), too {side}"
