"""The messages with another outcome in the second of two runs, as a table to be filtered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from eval.deciders import Prediction
from eval.diff.flips import BETTER, WORSE, Flip
from eval.diff.wording import flip_kind

__all__ = ["draw_flips", "outcome_by"]

_WORSE, _BETTER, _NEITHER = "worse", "better", "neither"
_LABELS: dict[int | None, str] = {1: "a person", 0: "the bot"}


def draw_flips(flips: Sequence[Flip]) -> None:
    """Draw the flips, those that make it worse first, and a filter by that."""
    if not flips:
        st.success("Not one: every message has the same outcome in both runs.", icon=":material/equal:")
        return
    by_way = {way: [flip for flip in flips if _way(flip) == way] for way in (_WORSE, _BETTER, _NEITHER)}
    found = {way: these for way, these in by_way.items() if these}
    titles = {f"All {len(flips):,}": list(found), **{f"{len(these):,} {way}": [way] for way, these in found.items()}}
    chosen = st.segmented_control(
        "Which flips", titles, default=next(iter(titles)), required=True, label_visibility="collapsed"
    )
    table = pd.DataFrame(_row(flip) for way in titles[chosen] for flip in found[way])
    if (table["message"] == "").any():
        st.caption("Runs keep no texts: where a data file has changed or gone since, its messages have none here.")
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        placeholder="",
        column_config={
            "flip": st.column_config.TextColumn(width=160),
            "message": st.column_config.TextColumn(width=300),
            "before": st.column_config.TextColumn(width=175),
            "after": st.column_config.TextColumn(width=175),
        },
    )


def outcome_by(said: Prediction) -> str:
    """What was decided and by which rule, as `handover by asked`."""
    return f"{said.outcome} by {said.rule}" if said.rule else f"{said.outcome}"


def _way(flip: Flip) -> str:
    return _WORSE if flip.kind in WORSE else _BETTER if flip.kind in BETTER else _NEITHER


def _row(flip: Flip) -> dict[str, object]:
    return {
        "flip": f"{_way(flip)}: {flip_kind(flip)}",
        "message": flip.row.text,
        "before": outcome_by(flip.before),
        "after": outcome_by(flip.after),
        "label": _LABELS.get(flip.row.label),
        "category": flip.row.category,
        "language": flip.row.language,
        "file": Path(flip.file).name,
        "id": flip.row.id,
    }
