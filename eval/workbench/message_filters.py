"""The filters above a table of messages: kind, category, language, rule, and a part of the text."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

__all__ = ["filtered"]

_NOT_GIVEN = "(not given)"
_WIDTH = 180


def filtered(
    table: pd.DataFrame, where: str, by: str, counted: Mapping[str, tuple[str, str]], among: Mapping[str, str]
) -> pd.DataFrame:
    """The rows that the filters, drawn here, let through; the table is not empty.

    `by` is the column of which one value is chosen, `counted` how one and many rows of each value are called. `among`
    are columns of which several values may be chosen, with what is chosen from. `where` tells these filters from those
    of another table.
    """
    numbers = {value: int((table[by] == value).sum()) for value in counted}
    titles = {"all": f"All {len(table):,}"} | {
        value: f"{numbers[value]:,} {counted[value][numbers[value] != 1]}" for value in counted
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            by.capitalize(),
            titles,
            default="all",
            required=True,
            width="content",
            key=f"{where}: {by}",
            # What is not a value is a title already.
            format_func=lambda value: titles.get(value, value),
        )
        kept = pd.Series(True, index=table.index)
        for column, any_of_them in among.items():
            values = table[column].fillna(_NOT_GIVEN)
            kept &= _chosen(values, f"{where}: {column}", column.capitalize(), any_of_them)
        words = st.text_input("Text", placeholder="Part of the message", width=_WIDTH, key=f"{where}: text")
    if kind != "all":
        kept &= table[by] == kind
    if words:
        kept &= table["text"].str.contains(words, case=False, regex=False)
    return table[kept]


def _chosen(values: pd.Series[str], key: str, title: str, any_of_them: str) -> pd.Series[bool]:
    """Which rows have one of the chosen values; a choice that no row is left for is forgotten."""
    options = sorted(values.unique())
    if len(options) == 1:
        return pd.Series(True, index=values.index)
    if key in st.session_state:
        st.session_state[key] = [value for value in st.session_state[key] if value in options]
    chosen = st.multiselect(title, options, placeholder=any_of_them, width=_WIDTH, key=key)
    return values.isin(chosen) if chosen else pd.Series(True, index=values.index)
