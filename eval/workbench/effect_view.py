"""The effect of a draft of the rules on the chosen messages, before it is saved."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from eval.decisions import TOGETHER, figures_of
from eval.diff.flips import BETTER, WORSE, Comparison, Flip, compare
from eval.figures.metrics import Figures, Proportion
from eval.workbench.choices import ChosenData
from eval.workbench.flips_table import outcome_by
from eval.workbench.kept import decisions_of
from handover_rules.errors import HandoverError
from handover_rules.ruleset import Ruleset

__all__ = ["draw_effect"]

_SHOWN = {"precision": "precision", "recall": "recall", "f1": "F1", "false_alarms": "false alarms per 1,000"}


def draw_effect(saved: Ruleset | None, draft: Ruleset | None, data: ChosenData) -> None:
    """Draw the figures of both and the messages that flip. None is a ruleset with errors."""
    if draft is None:
        st.caption("It is shown when the check finds no error.")
        return
    try:
        after = decisions_of(draft, data)
        before = None if saved is None else decisions_of(saved, data)
    except HandoverError as error:
        st.error(str(error))
        return
    dataset, view = data.dataset, data.view
    new = figures_of(dataset, after, view)
    if before is None:
        st.caption("There is nothing to compare with, because the rules as they are saved have errors.")
        _draw_figures(new, new, "with your text")
        return
    if saved is not None and saved.hash == draft.hash:
        st.info("These rules decide as the saved ones do.", icon=":material/equal:")
    else:
        _draw_flips(compare(dataset, before, after, view))
    old = figures_of(dataset, before, view)
    st.caption(
        f"Figures over the messages that the view *{view}* counts, each with its 95 % interval and the messages "
        "behind it."
    )
    if old == new:
        _draw_figures(old, new, "as saved")
    else:
        _draw_figures(old, new, "as saved", "with your text")


def _draw_flips(comparison: Comparison) -> None:
    flips = comparison.counted
    better, worse = (sum(flip.kind in kinds for flip in flips) for kinds in (BETTER, WORSE))
    if flips:
        said = f"**{_messages(len(flips))} would be decided otherwise**: {better} become right, {worse} become wrong"
        same = len(flips) - better - worse
        said += f", {same} stay as right or wrong as they were." if same else "."
        (st.warning if worse > better else st.info)(said, icon=":material/compare_arrows:")
        st.dataframe(
            pd.DataFrame(map(_row, flips)),
            hide_index=True,
            width="stretch",
            column_config={"message": st.column_config.TextColumn(width=300)},
        )
    else:
        st.info("No message that counts would be decided otherwise.", icon=":material/equal:")
    others = []
    if comparison.other_rule:
        others.append(f"{_messages(comparison.other_rule)} would have the same outcome by another rule.")
    uncounted = len(comparison.flips) - len(flips)
    if uncounted:
        others.append(f"{_messages(uncounted)} that the view does not count would be decided otherwise.")
    if others:
        st.caption(" ".join(others))


def _row(flip: Flip) -> dict[str, object]:
    # An offer of a person counts as no handover.
    right = "right" if flip.after.handover == bool(flip.row.label) else "wrong"
    return {
        "verdict": f"{'becomes' if flip.kind in BETTER | WORSE else 'stays'} {right}",
        "message": flip.row.text,
        "label": "a person" if flip.row.label else "the bot",
        "as saved": outcome_by(flip.before),
        "with your text": outcome_by(flip.after),
        "category": flip.row.category,
        "language": flip.row.language,
        "file": Path(flip.file).name,
        "id": flip.row.id,
    }


def _draw_figures(old: dict[str, Figures], new: dict[str, Figures], *columns: str) -> None:
    """Draw those of all files together, where there are several, and the single ones below, to be opened."""
    if TOGETHER not in new:
        st.table(_table(old, new, *columns), hide_index=True, border="horizontal")
        return
    st.table(_table(old, {TOGETHER: new[TOGETHER]}, *columns), hide_index=True, border="horizontal")
    files = {name: figures for name, figures in new.items() if name != TOGETHER}
    changed = {name: figures for name, figures in files.items() if figures != old[name]}
    with st.expander("File by file"):
        if changed and len(changed) < len(files):
            st.caption("A file that is not listed is as before.")
        st.table(_table(old, changed or files, *columns), hide_index=True, border="horizontal")


def _table(old: dict[str, Figures], new: dict[str, Figures], *columns: str) -> pd.DataFrame:
    """One row a file of `new` and figure; two columns compare."""
    rows = []
    for name, figures in new.items():
        for field, title in _SHOWN.items():
            was, is_now = getattr(old[name], field), getattr(figures, field)
            row = {"messages": Path(name).name, "figure": title, columns[0]: _interval(was)}
            if len(columns) == 2:
                row |= {columns[1]: _interval(is_now), "change": _change(was, is_now)}
            rows.append(row)
    return pd.DataFrame(rows)


def _interval(figure: Proportion | None) -> str:
    if figure is None:
        return "none"
    digits = 3 if figure.value <= 1 and figure.high <= 1 else 1
    shown = f"{figure.value:.{digits}f} [{figure.low:.{digits}f}, {figure.high:.{digits}f}]"
    return f"{shown}  {figure.hits} of {figure.n}"


def _change(was: Proportion | None, is_now: Proportion | None) -> str:
    return "" if was is None or is_now is None else f"{is_now.value - was.value:+.3f}"


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"
