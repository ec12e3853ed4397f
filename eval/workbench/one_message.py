"""A labelled message that is read: what was said before it, and what is known about it."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from eval.dataset import DataFile

__all__ = ["draw_message"]


def draw_message(file: DataFile, number: int) -> None:
    """Draw the row of that number between what was said before it and what is known about it, both in grey."""
    row = file.rows[number]
    needed = "A person was needed" if row.label else "Nobody was needed"
    known = ", ".join(part for part in (row.category, row.language, row.channel) if part)
    about = f"{needed}{f' ({known})' if known else ''}. Row {row.id} of {Path(file.path).name}, line {row.line}."
    said = "".join(
        f'<div style="opacity: .72"><small>{line.speaker}{" (failed)" if line.bot_failed else ""}</small> '
        f"{escape(line.text)}</div>"
        for line in file.before(number)
    )
    st.html(
        f'<div style="white-space: pre-wrap; overflow-wrap: anywhere">{said}<b>{escape(row.text)}</b></div>'
        f'<small style="opacity: .72; overflow-wrap: anywhere">{escape(about)}</small>'
    )
