"""The messages that were decided otherwise than their labels say, to be read one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from eval.dataset import DataFile, Row
from eval.deciders import DetectorDecider, RulesetDecider
from eval.errors.reasons import scored
from eval.errors.tracing import traced
from eval.errors.wrong import WrongKind, WrongMessage, wrong_messages
from eval.views import View
from eval.workbench.deciding import Trial
from eval.workbench.making_tests import draw_test_maker
from eval.workbench.trace_view import draw_trace
from handover_rules.signals import Score

__all__ = ["draw_wrong_messages"]

_MISS, _FALSE_ALARM = "Missed", "False alarm"
_KINDS: dict[WrongKind, str] = {"missed": _MISS, "false alarm": _FALSE_ALARM}
_COLUMNS = [
    "kind", "text", "label", "category", "language", "channel", "decided by", "score", "outcome", "reason",
    "file", "id", "conversation_id", "turn", "number",
]  # fmt: skip
_NOT_GIVEN = "(not given)"


def draw_wrong_messages(trial: Trial, files: Sequence[DataFile], view: View) -> None:
    """Draw the table with its filters, and below it the message that is selected."""
    wrong = _kept(trial, tuple(files), trial.key, tuple(file.path for file in files), view)
    if wrong.empty:
        st.success("Not one: every message that counts was decided as its label says.", icon=":material/check_circle:")
        return
    shown = _filtered(wrong)
    if shown.empty:
        st.info("No wrong message is left by these filters.")
        return
    columns = ["text", "kind", "category", "decided by", "language", "file"]
    without = [name for name in columns if wrong[name].isna().all() or (name == "file" and len(files) == 1)]
    st.caption("The circle at the left of a message chooses it: below the table it is shown in full, with its trace.")
    selected = st.dataframe(
        shown.assign(file=shown["file"].map(lambda path: Path(path).name)),
        column_order=[name for name in columns if name not in without],
        column_config={
            "text": st.column_config.TextColumn("Message", width=350),
            "kind": st.column_config.TextColumn("Kind", width=85),
            "category": st.column_config.TextColumn("Category", width=115),
            "decided by": st.column_config.TextColumn("Rule or score", width=145),
            "language": st.column_config.TextColumn("Language", width=75),
            "file": st.column_config.TextColumn("File", width=80),
        },
        hide_index=True,
        placeholder="",
        on_select="rerun",
        selection_mode="single-row-required",
    )
    st.download_button(
        f"Download {'this message' if len(shown) == 1 else f'these {len(shown):,} messages'} as CSV",
        shown.drop(columns="number").to_csv(index=False),
        "wrong-messages.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    rows = selected["selection"]["rows"]
    one = shown.iloc[rows[0] if rows and rows[0] < len(shown) else 0]
    file = next(file for file in files if file.path == one["file"])
    _draw_one(trial, files, file, int(one["number"]))


def _filtered(wrong: pd.DataFrame) -> pd.DataFrame:
    """The rows that the filters, drawn here, let through."""
    misses = int((wrong["kind"] == _MISS).sum())
    alarms = len(wrong) - misses
    kinds = {
        f"All {len(wrong):,}": None,
        f"{misses:,} missed": _MISS,
        f"{alarms:,} false alarm{'' if alarms == 1 else 's'}": _FALSE_ALARM,
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control("Kind", kinds, default=next(iter(kinds)), required=True, width="content")
        categories = sorted(wrong["category"].fillna(_NOT_GIVEN).unique())
        among = st.multiselect("Category", categories, placeholder="Any category", width=260)
        words = st.text_input("Text", placeholder="Part of the message", width=220)
    chosen = pd.Series(True, index=wrong.index)
    if kinds[kind] is not None:
        chosen &= wrong["kind"] == kinds[kind]
    if among:
        chosen &= wrong["category"].fillna(_NOT_GIVEN).isin(among)
    if words:
        chosen &= wrong["text"].str.contains(words, case=False, regex=False)
    return wrong[chosen]


@st.cache_resource(max_entries=50, show_spinner=False)
def _kept(_trial: Trial, _files: tuple[DataFile, ...], key: str, paths: tuple[str, ...], view: View) -> pd.DataFrame:
    """One row a wrong message that the view counts, misses first. `number` is its row in `file`.

    `decided by` is the rule, or what came closest where no rule decided; `score` the highest score of a detector.
    """
    found = wrong_messages(_files, [_trial.predictions[path] for path in paths], view)
    return pd.DataFrame([_wrong(one) for one in found], columns=_COLUMNS)


def _wrong(wrong: WrongMessage) -> dict[str, object]:
    row, said = wrong.row, wrong.said
    scores = {name: signal.value for name, signal in said.signals.items() if isinstance(signal, Score)}
    best = max(scores, key=lambda name: scores[name], default=None)
    closest = "no rule" if best is None else f"{best} {scores[best]:.2f}"
    return {
        "kind": _KINDS[wrong.kind],
        "text": row.text,
        "label": row.label,
        "category": row.category,
        "language": row.language,
        "channel": row.channel,
        "decided by": said.rule or closest,
        "score": None if best is None else scores[best],
        "outcome": said.outcome,
        "reason": said.reason,
        "file": wrong.file.path,
        "id": row.id,
        "conversation_id": row.conversation_id,
        "turn": row.turn,
        "number": wrong.number,
    }


def _draw_one(trial: Trial, files: Sequence[DataFile], file: DataFile, number: int) -> None:
    row, said = file.rows[number], trial.predictions[file.path][number]
    assert said is not None  # only decided messages are listed
    with st.container(border=True):
        needed = "A person was needed" if row.label else "Nobody was needed"
        known = ", ".join(part for part in (row.category, row.language, row.channel) if part)
        about = f"{needed}{f' ({known})' if known else ''}. Row {row.id} of {Path(file.path).name}."
        st.html(_conversation(file.before(number), row, about))
        match trial.decider:
            case RulesetDecider():
                settled = asyncio.run(traced(trial.decider, file, number))
                draw_trace(settled.decision, settled.signals)
                draw_test_maker(trial.decider.engine.ruleset, trial.predictions, files, file, number)
            case DetectorDecider():
                st.text(scored(trial.decider, said) + (f"\nIt says: {said.reason}" if said.reason else ""))


def _conversation(earlier: Sequence[Row], row: Row, about: str) -> str:
    """The message between what was said before it and what is known about it, both in grey."""
    said = "".join(
        f'<div style="opacity: .72"><small>{line.speaker}{" (failed)" if line.bot_failed else ""}</small> '
        f"{escape(line.text)}</div>"
        for line in earlier
    )
    return (
        f'<div style="white-space: pre-wrap; overflow-wrap: anywhere">{said}<b>{escape(row.text)}</b></div>'
        f'<small style="opacity: .72">{escape(about)}</small>'
    )
