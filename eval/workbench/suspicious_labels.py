"""Labels that are probably wrong, looked for when somebody asks: a model has to learn from all messages first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from eval.dataset import DataFile, Dataset
from eval.views import View
from eval.workbench.deciding import contents
from eval.workbench.exporting import draw_exports
from eval.workbench.message_filters import filtered
from eval.workbench.message_list import draw_list
from eval.workbench.one_message import draw_message
from eval.workbench.relabelling import draw_changes, draw_relabel
from handover_rules.errors import UsageError

if TYPE_CHECKING:
    from eval.errors.suspicious import Doubts, Suspicious

__all__ = ["draw_suspicious_labels"]

_WHERE = "suspicious labels"
_NEEDED, _NOT_NEEDED = "A person", "Nobody"
_COUNTED = {_NEEDED: ("needs a person", "need a person"), _NOT_NEEDED: ("needs nobody", "need nobody")}
_AMONG = {"category": "Any category", "language": "Any language"}
_COLUMNS = ("text", "label", "score", "category", "language", "file")


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found in files of that content, in that view."""

    content: tuple[tuple[str, str], ...]
    view: View
    doubts: Doubts

    def about(self, files: Sequence[DataFile], view: View) -> bool:
        """Whether it is about these files, whatever became of their labels since."""
        return view == self.view and [path for path, _ in self.content] == [file.path for file in files]


def draw_suspicious_labels(files: Sequence[DataFile], view: View, categories: Sequence[str]) -> None:
    """Draw the button that looks for them, and what it found: a list, and below it the message that is chosen."""
    looked: _Looked | None = st.session_state.get(_WHERE)
    if looked is not None and not looked.about(files, view):
        looked = None
    if looked is None or looked.content != contents(files):
        _draw_search(files, view, looked)
    if looked is None:
        return
    st.caption(_how(looked.doubts))
    doubted = _as_they_are(looked.doubts, files)
    if not doubted:
        st.success("No label is suspicious.", icon=":material/check_circle:")
        draw_changes(_WHERE)
        return
    table = pd.DataFrame(map(_row, doubted))
    shown = filtered(table, _WHERE, "label", _COUNTED, _AMONG)
    if shown.empty:
        st.info("No suspicious label is left by these filters.")
        draw_changes(_WHERE)
        return
    columns = [name for name in _COLUMNS if not (table[name].isna().all() or (name == "file" and len(files) == 1))]
    chosen = doubted[draw_list(shown, columns, _WHERE, "The strongest disagreement first.")]
    listed = [doubted[number] for number in shown.index]
    draw_exports([(one.file, one.number, one.beside) for one in listed], "suspicious-labels")
    draw_changes(_WHERE)
    with st.container(border=True):
        draw_message(chosen.file, chosen.number)
        st.text(f"label {chosen.row.label}, out-of-fold score {chosen.score:.3f}")
        draw_relabel(chosen.file, chosen.number, categories, _WHERE)


def _draw_search(files: Sequence[DataFile], view: View, before: _Looked | None) -> None:
    """Draw the button and, once it is clicked, how far the search is; then the page is drawn with what was found."""
    rows = sum(len(file.rows) for file in files)
    if before is None:
        st.caption(
            "A model that has not seen a message says whether its label is probably wrong. It learns from the others "
            "first, which takes about a minute for ten thousand messages."
        )
    else:
        st.caption("The files have changed since they were looked at. A corrected label is not listed any more.")
    title = "Look for suspicious labels" if before is None else "Look again"
    if not st.button(title, icon=":material/troubleshoot:", key=f"{_WHERE}: look"):
        return
    from eval.errors.suspicious import find_suspicious

    bar = st.progress(0.0)

    def progress(share_done: float) -> None:
        bar.progress(share_done)

    try:
        with st.spinner(f"Learning from {rows:,} messages ...", show_time=True):
            doubts = find_suspicious(Dataset(tuple(files)), view, progress)
    except UsageError as error:
        bar.empty()
        st.info(str(error))
        return
    st.session_state[_WHERE] = _Looked(contents(files), view, doubts)
    st.rerun()


def _as_they_are(doubts: Doubts, files: Sequence[DataFile]) -> list[Suspicious]:
    """Those whose text and label are still the ones that were judged, as their files are now."""
    from eval.errors.suspicious import Suspicious

    numbers = {file.path: {row.id: number for number, row in enumerate(file.rows)} for file in files}
    by_path = {file.path: file for file in files}
    found = []
    for one in doubts.suspicious:
        file, number = by_path[one.file.path], numbers[one.file.path].get(one.row.id)
        if number is None:
            continue
        row = file.rows[number]
        if (row.text, row.label, row.ambiguous) == (one.row.text, one.row.label, one.row.ambiguous):
            found.append(Suspicious(file, number, one.score))
    return found


def _how(doubts: Doubts) -> str:
    from eval.errors.report import how_doubted

    return f"{doubts.n:,} messages. {how_doubted(doubts)}"


def _row(one: Suspicious) -> dict[str, object]:
    row = one.row
    return {
        "text": row.text,
        "label": _NEEDED if row.label else _NOT_NEEDED,
        "score": f"{one.score:.3f}",
        "category": row.category,
        "language": row.language and row.language.lower(),
        "file": one.file.path,
    }
