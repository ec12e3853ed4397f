"""Choosing the threshold for a goal that is kept on messages that nobody has seen, as `handover tune` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import streamlit as st

from eval.figures.curve import SweptMessage
from eval.tuning.certify import Certified, Refused, certify
from eval.tuning.evidence import Evidence
from eval.tuning.goal import Goal, GoalKind
from eval.tuning.report import in_words
from eval.tuning.tune import short_of

__all__ = ["draw_goal"]

_KINDS: dict[GoalKind, str] = {
    "precision": "Precision at least",
    "recall": "Recall at least",
    "false_alarms": "False alarms of 1,000 at most",
}
# The bound that the page begins with, and the highest.
_USUAL: dict[GoalKind, tuple[float, float]] = {
    "precision": (0.95, 0.999),
    "recall": (0.9, 0.999),
    "false_alarms": (2.0, 999.0),
}
_TRAINED_ON = "train"


def draw_goal(messages: Sequence[SweptMessage], key: str, choose: Callable[[float], None]) -> None:
    """Draw the goal, and what can be promised. `choose` is called with the threshold that somebody takes."""
    with st.expander("Choose it for a goal"):
        left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
        kind = left.selectbox("Goal", get_args(GoalKind), format_func=_KINDS.__getitem__, key="goal")
        usual, most = _USUAL[kind]
        bound = middle.number_input("Bound", most / 1000, most, usual, key=f"bound of {kind}")
        share = right.number_input(
            "Positives, in %", 0.0, 99.0, 0.0, key="goal share", help="Of live messages. 0: as in these messages."
        )
        goal = Goal(kind, float(bound))
        unseen = [message for message in messages if message.row.split != _TRAINED_ON] or messages
        asked_for = key, goal, share
        if not st.button("Find the threshold", key="find threshold") and st.session_state.get("found for") != asked_for:
            st.caption("The whole ruleset at every threshold. What is promised holds for new messages of this kind.")
            return
        st.session_state["found for"] = asked_for
        found, value = _found(unseen, key, goal, share / 100 or None)
        for sentence in in_words(goal, found, value):
            st.markdown(f"- {sentence}")
        if value is not None:
            st.button("Look at it", on_click=choose, args=(value,), key="take threshold")
        if len(unseen) < len(messages):
            st.caption(f"By {len(unseen):,} messages: those of the split `train` made the model, so they flatter it.")


@st.cache_data(max_entries=20, show_spinner="Looking for the threshold ...")
def _found(
    _messages: Sequence[SweptMessage], key: str, goal: Goal, prevalence: float | None
) -> tuple[Certified | Refused, float | None]:
    evidence = Evidence(_messages, prevalence)
    found = certify(evidence, goal)
    if isinstance(found, Refused):
        return found, None
    return found, short_of(*evidence.curve.plateau(found.threshold))
