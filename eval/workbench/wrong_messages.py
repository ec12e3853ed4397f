"""The messages that were decided otherwise than their labels say: filtered, read one by one, corrected, taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from eval.dataset import DataFile
from eval.deciders import DetectorDecider, RulesetDecider
from eval.errors.explained import Weighed, decided, weigh
from eval.errors.reasons import reason_of, scored
from eval.errors.tracing import traced
from eval.errors.wrong import wrong_messages
from eval.views import View
from eval.workbench.deciding import Trial, contents
from eval.workbench.exporting import draw_exports
from eval.workbench.making_tests import draw_test_maker
from eval.workbench.message_filters import filtered
from eval.workbench.message_list import draw_list
from eval.workbench.one_message import draw_message
from eval.workbench.relabelling import draw_changes, draw_relabel
from eval.workbench.trace_view import draw_trace
from handover_rules.detectors import Detector
from handover_rules.signals import Score

__all__ = ["draw_wrong_messages"]

_WHERE = "wrong messages"
_MISSED, _FALSE_ALARM = "Missed", "False alarm"
_COUNTED = {_MISSED: ("missed", "missed"), _FALSE_ALARM: ("false alarm", "false alarms")}
_AMONG = {"category": "Any category", "language": "Any language", "rule": "Any rule"}
_COLUMNS = ("text", "kind", "category", "decided by", "language", "file", "rule", "id")
_SHOWN = _COLUMNS[:6]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """The wrong messages, the plainest mistakes first, and a table with a row for each."""

    messages: tuple[Weighed, ...]
    table: pd.DataFrame


def draw_wrong_messages(
    trial: Trial, files: Sequence[DataFile], view: View, local: Mapping[str, Detector], categories: Sequence[str]
) -> None:
    """Draw the list with its filters, and below it the message that is chosen.

    `local` are the detectors that say how plain a mistake is, `categories` those that a message may be given.
    """
    wrong = _wrong(trial, tuple(files), local, trial.key, contents(files), view)
    if not wrong.messages:
        st.success("Not one: every message that counts was decided as its label says.", icon=":material/check_circle:")
        draw_changes(_WHERE)
        return
    shown = filtered(wrong.table, _WHERE, "kind", _COUNTED, _AMONG)
    if shown.empty:
        st.info("No wrong message is left by these filters.")
        draw_changes(_WHERE)
        return
    order = "The plainest mistakes first: those that a local model contradicts most." if local else ""
    chosen = wrong.messages[draw_list(shown, _columns(wrong.table, files), _WHERE, order)]
    listed = [wrong.messages[number] for number in shown.index]
    draw_exports([(one.wrong.file, one.wrong.number, one.beside) for one in listed], "wrong-messages")
    draw_changes(_WHERE)
    with st.container(border=True):
        _draw_one(chosen, trial, files, categories)


def _draw_one(one: Weighed, trial: Trial, files: Sequence[DataFile], categories: Sequence[str]) -> None:
    file, number, said = one.wrong.file, one.wrong.number, one.wrong.said
    draw_message(file, number)
    scores = ", ".join(f"{name} {score:.3f}" for name, score in one.scores.items())
    match trial.decider:
        case RulesetDecider():
            settled = asyncio.run(traced(trial.decider, file, number))
            st.text(decided(said, reason_of(settled.decision)) + (f"\nscores: {scores}" if scores else ""))
            draw_relabel(file, number, categories, _WHERE)
            draw_trace(settled.decision, settled.signals)
            draw_test_maker(trial.decider.engine.ruleset, trial.predictions, files, file, number)
        case DetectorDecider():
            st.text(scored(trial.decider, said) + (f"\nIt says: {said.reason}" if said.reason else ""))
            draw_relabel(file, number, categories, _WHERE)


def _columns(table: pd.DataFrame, files: Sequence[DataFile]) -> list[str]:
    """Without those that would say nothing."""
    return [name for name in _SHOWN if not (table[name].isna().all() or (name == "file" and len(files) == 1))]


@st.cache_resource(max_entries=50, show_spinner=False)
def _wrong(
    _trial: Trial,
    _files: tuple[DataFile, ...],
    _local: Mapping[str, Detector],
    key: str,
    content: tuple[tuple[str, str], ...],
    view: View,
) -> _Wrong:
    found = wrong_messages(_files, [_trial.predictions[file.path] for file in _files], view)
    weighed = tuple(asyncio.run(weigh(found, _local)))
    return _Wrong(weighed, pd.DataFrame(map(_row, weighed), columns=_COLUMNS))


def _row(one: Weighed) -> dict[str, object]:
    """`decided by` is the rule, or what came closest where no rule decided."""
    row, said = one.wrong.row, one.wrong.said
    asked = {name: signal.value for name, signal in said.signals.items() if isinstance(signal, Score)}
    best = max(asked, key=lambda name: asked[name], default=None)
    return {
        "text": row.text,
        "kind": _MISSED if one.wrong.kind == "missed" else _FALSE_ALARM,
        "category": row.category,
        "decided by": said.rule or ("no rule" if best is None else f"{best} {asked[best]:.2f}"),
        "language": row.language and row.language.lower(),
        "file": one.wrong.file.path,
        "rule": said.rule or "(no rule)",
        "id": row.id,
    }
