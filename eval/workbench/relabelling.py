"""The label of a message is corrected in its file with one click, and put back with another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from eval.dataset import DataFile
from eval.errors.relabel import NewLabel, Relabelled, relabel, undo
from handover_rules.errors import FileChanged, HandoverError

__all__ = ["draw_changes", "draw_relabel"]

_OTHER = {1: "Relabel: nobody was needed", 0: "Relabel: a person was needed"}


def draw_changes(where: str) -> None:
    """Draw what came of the last click in this place, and the button that undoes the last change that was made here.

    It stands apart from the message, which may not be listed any more.
    """
    refused = st.session_state.pop(f"{where}: refused", None)
    if refused is not None:
        st.error(f"Nothing is written: {refused}", icon=":material/block:")
    undone = st.session_state.pop(f"{where}: undone", None)
    if undone is not None:
        st.info(undone, icon=":material/undo:")
    made = _made(where)
    if not made:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.text(f"Written to {made[-1].said}", width="stretch")
        st.button(
            "Undo" if len(made) == 1 else f"Undo the last of {len(made)}",
            icon=":material/undo:",
            key=f"{where}: undo",
            on_click=_undo,
            args=(where,),
            help="Puts the line back as it was, byte for byte.",
        )


def draw_relabel(file: DataFile, number: int, categories: Sequence[str], where: str) -> None:
    """Draw the buttons that correct the label of the row of that number, and the choice of another category."""
    row = file.rows[number]
    if Path(file.path).suffix.lower() in (".csv", ".parquet"):
        st.caption(f"{Path(file.path).name} is a table: its labels are corrected in the program that made it.")
        return
    key = f"{where}: category of {file.path} {row.id}"
    known = sorted({*categories, *filter(None, [row.category])})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Category from now on", known, index=known.index(row.category) if row.category else None, key=key,
            accept_new_options=True, placeholder="not given", width=220,
            help="It is written with the new label. A message of another label is often of another category.",
        )  # fmt: skip
        label = row.label or 0
        other = NewLabel(1 - label)
        st.button(
            _OTHER[label], icon=":material/edit:", on_click=_write, args=(file, number, other, where, key),
            key=f"{where}: relabel", help=f"Writes into {file.path}, line {row.line}.",
        )  # fmt: skip
        st.button(
            "Mark as clear" if row.ambiguous else "Mark as ambiguous", icon=":material/help:", on_click=_write,
            args=(file, number, NewLabel(label, ambiguous=not row.ambiguous), where, key), key=f"{where}: ambiguous",
            help="Whether a sensible team could label it the other way; most views leave such a message out.",
        )  # fmt: skip


def _write(file: DataFile, number: int, new: NewLabel, where: str, category: str) -> None:
    """Write the label, and the category if another one is chosen under that key, unless the file has changed since."""
    row, chosen = file.rows[number], st.session_state[category]
    try:
        done = relabel(file, row.id, replace(new, category=None if chosen == row.category else chosen))
    except HandoverError as error:
        st.session_state[f"{where}: refused"] = str(error)
    else:
        _made(where).append(done)


def _undo(where: str) -> None:
    done = _made(where)[-1]
    try:
        st.session_state[f"{where}: undone"] = undo(done)
    except FileChanged as error:
        # It cannot be undone later either: whoever changed the line has the last word.
        st.session_state[f"{where}: refused"] = str(error)
    except HandoverError as error:
        st.session_state[f"{where}: refused"] = str(error)
        return
    _made(where).pop()


def _made(where: str) -> list[Relabelled]:
    """The changes that were made in this place and are not undone, the last one at the end."""
    made: list[Relabelled] = st.session_state.setdefault(f"{where}: made", [])
    return made
