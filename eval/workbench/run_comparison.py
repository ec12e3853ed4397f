"""Two kept runs side by side, as `handover compare` finds and says it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

import streamlit as st

from eval.compare import wording
from eval.compare.comparison import Comparison, FileComparison, compare_runs
from eval.compare.kept_run import KeptRun, read_run
from eval.compare.markdown import to_markdown
from eval.diff.wording import right_and_wrong_line
from eval.workbench.choices import stamp
from eval.workbench.figures_table import Line, figures_table, text_table
from eval.workbench.flips_table import draw_flips
from handover_rules.errors import HandoverError

__all__ = ["draw_run_comparison"]


def draw_run_comparison(before: Path, after: Path) -> None:
    """Draw what differs between two runs, of which these are the folders; or why they cannot be compared."""
    try:
        runs = read_run(before), read_run(after)
        # The texts of flips are read from the data files, which may change.
        found = _compared(stamp([str(before), str(after), *(file.path for file in runs[1].files)]), *runs)
    except HandoverError as error:
        st.error(str(error), icon=":material/error:")
        return
    (st.info if found.alike else st.warning)(wording.headline(found), icon=":material/compare_arrows:")
    _draw_inputs(found)
    _draw_list(wording.told_lines(found))
    first, *others = found.compared
    st.subheader("Figures")
    _draw_file(first)
    if others:
        with st.expander("File by file"):
            for file in others:
                st.html(f"<b>{escape(file.file)}</b>")
                _draw_file(file)
    st.subheader("Flips")
    draw_flips([flip for group in found.groups for flip in group.flips])
    st.download_button(
        "Download the comparison as Markdown",
        to_markdown(found),
        f"{found.before.id}-to-{found.after.id}.md",
        "text/markdown",
        icon=":material/download:",
        on_click="ignore",
    )


def _draw_inputs(found: Comparison) -> None:
    rows = [("run", found.before.id, found.after.id), *wording.input_rows(found)]
    st.html(text_table(["", "Before", "After"], rows))
    if not found.inputs:
        st.caption(f"{wording.NO_OTHER_INPUTS.capitalize()}.")


def _draw_file(file: FileComparison) -> None:
    """Draw the figures of both, whether one is better, and what changes by how much."""
    sides = (("Before", file.before), ("After", file.after))
    st.html(figures_table([Line(title, figures, file.counted) for title, figures in sides], "Run"))
    if file.moved is not None:
        worse = file.moved.become_wrong > file.moved.become_right
        (st.warning if worse else st.info)(right_and_wrong_line(file.moved), icon=":material/balance:")
    _draw_list(wording.said_lines(file))


def _draw_list(lines: Iterable[str]) -> None:
    if items := "".join(f"<li>{escape(line)}</li>" for line in lines):
        st.html(f'<ul style="overflow-wrap: anywhere; margin: 0">{items}</ul>')


@st.cache_resource(max_entries=8, show_spinner="Comparing the runs ...")
def _compared(stamped: str, _before: KeptRun, _after: KeptRun) -> Comparison:
    return compare_runs(_before, _after)
