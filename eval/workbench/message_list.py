"""A table of messages of which one is chosen, to be read below it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

__all__ = ["draw_list"]

_TITLES = {"text": "Message", "decided by": "Rule or score"}
_WIDTHS = {"text": 300, "category": 120, "decided by": 130, "score": 60, "kind": 85, "label": 80}


def draw_list(table: pd.DataFrame, columns: Sequence[str], where: str, order: str) -> int:
    """Draw these columns of the table, which is not empty; the index of the chosen row. `order` says what comes first.

    Its place stays chosen when the table changes: where a message is corrected and goes, the next one is chosen.
    `where` tells the table from another one.
    """
    st.caption(f"{order} The circle at the left of a message chooses it: below the table it is shown in full.".strip())
    selected = st.dataframe(
        table.assign(file=table["file"].map(lambda path: Path(path).name)),
        column_order=columns,
        column_config={
            name: st.column_config.Column(_TITLES.get(name, name.capitalize()), width=_WIDTHS.get(name, 75))
            for name in columns
        },
        hide_index=True,
        placeholder="",
        on_select="rerun",
        selection_mode="single-row-required",
        key=f"{where}: table",
    )
    rows = selected["selection"]["rows"]
    return int(table.index[min(rows[0], len(table) - 1) if rows else 0])
