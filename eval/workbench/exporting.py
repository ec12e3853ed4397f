"""Listed messages as a file to be edited and read again, as `handover errors --export` writes it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from eval.errors.export import Listed, exported
from handover_rules.errors import UsageError

__all__ = ["draw_exports"]


def draw_exports(listed: Sequence[Listed], name: str) -> None:
    """Draw a button for each format; `name` is that of the file without its suffix."""
    these = "this message" if len(listed) == 1 else f"these {len(listed):,} messages"
    try:
        formats = [
            ("CSV", f"{name}.csv", "text/csv", exported(listed, as_csv=True)),
            ("JSON Lines", f"{name}.jsonl", "application/jsonl", exported(listed, as_csv=False)),
        ]
    except UsageError as error:
        st.caption(f"They cannot be downloaded as one file: {error}. Choose one file under *Messages of*.")
        return
    with st.container(horizontal=True):
        for title, file, kind, content in formats:
            st.download_button(
                f"Download {these} as {title}", content, file, kind, icon=":material/download:", on_click="ignore"
            )
