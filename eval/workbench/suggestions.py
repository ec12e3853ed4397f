"""Phrases that the missed messages suggest, with what each would do, and a button that puts one into the editor."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from eval.learning.evidence import hear
from eval.learning.report import alarms_in_words, caught_in_words, nothing_in_words
from eval.learning.suggest import Suggested, Suggestion, suggest
from eval.workbench.choices import ChosenData, stamp
from eval.workbench.kept import ANSWERS, decisions_of
from handover_rules.errors import HandoverError
from handover_rules.explain_decision import line_of
from handover_rules.ruleset import Ruleset

__all__ = ["draw_suggestions", "suggestions_table"]

_MOST = 10


def draw_suggestions(ruleset: Ruleset, data: ChosenData, add: Callable[[Suggestion], None]) -> None:
    """Draw what `handover suggest` proposes for the ruleset as it is saved; `add` is called with the chosen phrase."""
    key = f"{ruleset.hash}|{stamp([*ruleset.files, str(ANSWERS)])}|{data.stamp}|{data.view}"
    try:
        suggested, missed = _suggested(key, ruleset, data)
    except HandoverError as error:
        st.caption(str(error))
        return
    if not suggested.suggestions:
        st.caption(nothing_in_words(missed, suggested))
        return
    st.caption(
        f"{missed:,} messages that need a person are missed. Phrases are mined on one half of the groups of messages "
        "and confirmed by the other, held out: only that half says what a phrase is worth. In [ ] are 95 % intervals, "
        "those of false alarms per 1,000 messages that are rightly left to the bot."
    )
    table = suggestions_table(suggested)
    widths = {"phrase": 210, "rule": 135, "held out: catches": 250, "held out: adds": 150}
    selected = st.dataframe(
        table,
        column_config={name: st.column_config.TextColumn(width=width) for name, width in widths.items()},
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row-required",
    )
    rows = selected["selection"]["rows"]
    one = suggested.suggestions[rows[0] if rows and rows[0] < len(table) else 0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Put it into the editor", icon=":material/edit_note:", on_click=add, args=(one,))
        st.caption(f"`{one.phrase}` behind {line_of(one.target.last.place)}. The page then shows what it does.")


def suggestions_table(suggested: Suggested) -> pd.DataFrame:
    """One row a phrase, in the order in which they were chosen."""
    return pd.DataFrame(
        {
            "phrase": one.phrase,
            "rule": one.target.rule,
            "held out: catches": caught_in_words(one.held_out),
            "held out: adds": alarms_in_words(one.held_out),
            "mined: catches": caught_in_words(one.mined),
            "mined: adds": alarms_in_words(one.mined),
        }
        for one in suggested.suggestions
    )


@st.cache_resource(max_entries=4, show_spinner="Looking at the missed messages ...")
def _suggested(key: str, _ruleset: Ruleset, _data: ChosenData) -> tuple[Suggested, int]:
    """What is proposed, and how many messages are missed."""
    messages = hear(_data.dataset, decisions_of(_ruleset, _data), _data.view)
    return suggest(_ruleset, messages, most=_MOST), sum(message.missed for message in messages)
