"""*Threshold*: the whole ruleset at every value of one of its thresholds, and the messages that flip on the way.

All messages are decided once, at every threshold; from then on a move of the slider only looks things up.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from eval.dataset import Dataset
from eval.figures.curve import Curve, SweptMessage, counted
from eval.sweep import Swept, sweep, uses
from eval.views import View
from eval.workbench import threshold_charts as charts
from eval.workbench import threshold_sentences as sentences
from eval.workbench.choices import ChosenData, chosen_data, chosen_ruleset, stamp
from eval.workbench.kept import ANSWERS
from eval.workbench.threshold_figures import draw_cards, draw_confusion, draw_flips
from eval.workbench.threshold_goal import draw_goal
from handover_rules.detectors import AnswerStore, build_detectors
from handover_rules.errors import HandoverError
from handover_rules.ruleset import Ruleset, Threshold

__all__ = ["page", "prepare"]

_ALL = "All files together"

# Nobody reads more, and thousands of rows would make the slider slow.
_LISTED_FLIPS = 100


@dataclass(frozen=True, slots=True)
class _Explored:
    """The messages that count, and their figures at all thresholds."""

    messages: Sequence[SweptMessage]
    curve: Curve
    key: str


@dataclass(frozen=True, slots=True)
class _Drawings:
    """The charts of a curve, and its table, in which the marks on them are looked up."""

    table: pd.DataFrame
    precision_and_recall: charts.CurveChart
    against_the_threshold: charts.CurveChart

    def row(self, threshold: float) -> pd.Series[Any]:
        """The figures at that threshold: those of the next row of the table."""
        row = self.table.iloc[int(self.table["threshold"].searchsorted(threshold))].copy()
        row["threshold"] = threshold
        return row


def page() -> None:
    """Draw the page."""
    st.title("Threshold")
    ruleset = chosen_ruleset()
    names = _names(ruleset)
    if not names:
        st.info(sentences.NOTHING_NAMED)
        return
    data = chosen_data()
    with st.container(horizontal=True):
        name = st.selectbox("Threshold", names, format_func=lambda name: f"${name}", key="threshold")
        file = _chosen_file(data.dataset)
    threshold = ruleset.thresholds[name]
    st.markdown(sentences.purpose(threshold, uses(ruleset, name)))
    try:
        explored = _explored(ruleset, data.dataset, name, _stamped(ruleset, data), file, data.view)
    except HandoverError as error:
        st.error(str(error))
        return
    if missing := sentences.too_little(explored.messages, data.view):
        st.info(missing)
        return
    st.markdown(sentences.without_a_score(explored.messages))
    if not explored.curve.moves:
        st.info(sentences.nothing_moves(threshold))
        return
    if rising := [explored.messages[number] for number in explored.curve.rising()]:
        st.warning(sentences.not_monotone(threshold, rising))
    _explore(threshold, explored, _drawings(explored.curve, explored.key))


def prepare(ruleset: Ruleset, data: ChosenData) -> None:
    """Decide the messages at every value of the threshold that the page begins with, and keep that.

    Raises what a detector raises.
    """
    for name in _names(ruleset)[:1]:
        _swept(ruleset, data.dataset, name, _stamped(ruleset, data))


def _stamped(ruleset: Ruleset, data: ChosenData) -> str:
    return f"{ruleset.hash} {data.stamp} {stamp([str(ANSWERS)])}"


def _names(ruleset: Ruleset) -> list[str]:
    """The thresholds that rules use. Those of a local model come first: it always answers."""
    kinds = {
        name: {ruleset.detectors[score.detector].kind for _, score in uses(ruleset, name)}
        for name in ruleset.thresholds
    }
    return sorted((name for name in kinds if kinds[name]), key=lambda name: "linear" not in kinds[name])


def _chosen_file(dataset: Dataset) -> int | None:
    """The number of the file to look at; None for all of them together."""
    files: dict[str, int | None] = {file.path: number for number, file in enumerate(dataset.files)}
    if len(files) > 1:
        files = {_ALL: None, **files}
    return files[st.selectbox("Messages of", files, format_func=lambda path: Path(path).name, key="threshold_file")]


@st.cache_resource(max_entries=16, show_spinner=False)
def _explored(_ruleset: Ruleset, _dataset: Dataset, name: str, stamped: str, file: int | None, view: View) -> _Explored:
    files = zip(_dataset.files, _swept(_ruleset, _dataset, name, stamped), strict=True)
    messages = [
        message
        for number, (rows, swept) in enumerate(files)
        if file is None or file == number
        for message in counted(rows, swept, view)
    ]
    return _Explored(messages, Curve(messages), f"{name} {stamped} {file} {view}")


@st.cache_resource(max_entries=4, show_spinner="Deciding every message at every threshold ...")
def _swept(_ruleset: Ruleset, _dataset: Dataset, name: str, stamped: str) -> tuple[tuple[Swept | None, ...], ...]:
    detectors = build_detectors(_ruleset, os.environ, answers=AnswerStore(ANSWERS), mode="offline")
    return sweep(_ruleset, name, _dataset, detectors, cores=1)  # a server with threads is not to be copied


@st.cache_resource(max_entries=16, show_spinner=False)
def _drawings(_curve: Curve, key: str) -> _Drawings:
    table = _curve.table()
    return _Drawings(table, charts.precision_and_recall(table), charts.against_the_threshold(table))


@st.fragment
def _explore(threshold: Threshold, explored: _Explored, drawings: _Drawings) -> None:
    """What depends on the slider: a move of it draws this alone."""
    curve, now = explored.curve, threshold.value
    at = _slider(threshold)
    st.caption(sentences.plateau(*curve.plateau(at)))
    draw_goal(explored.messages, explored.key, lambda value: _move(threshold, value))
    draw_cards(curve.figures(at), curve.figures(now), now)
    draw_confusion(curve.counts(at), curve.counts(now), at, now)
    marks = drawings.row(now), drawings.row(at)
    st.subheader("Precision against recall")
    st.html(charts.LEGEND_OF_MARKS)
    drawings.precision_and_recall.draw(*marks)
    st.caption(sentences.CURVE)
    st.subheader("Both against the threshold")
    st.html(charts.LEGEND_OF_FIGURES)
    drawings.against_the_threshold.draw(*marks)
    st.caption(sentences.PLATEAUS)
    st.subheader("What flips")
    flips = [explored.messages[number] for number in curve.flips(now, at)]
    st.markdown(sentences.flips(flips, now, at, _LISTED_FLIPS))
    if flips:
        flips.sort(key=lambda message: min(abs(score - now) for score in message.swept.scores.values()))
        draw_flips(flips[:_LISTED_FLIPS], now, at)
    if at != now:
        st.subheader("To keep it")
        st.markdown(sentences.where_to_write(threshold))
        st.code(sentences.what_to_write(threshold, at), language="yaml")


def _keys(threshold: Threshold) -> tuple[str, str, str]:
    """What the slider, the box and what is known of both are kept as.

    The value is in them: where somebody saves another one, both start from it.
    """
    slid, typed, kept = (f"{kind} {threshold.name} {threshold.value!r}" for kind in ("slid", "typed", "kept"))
    return slid, typed, kept


def _move(threshold: Threshold, value: float) -> None:
    """Put slider and box at a value; before they are drawn, so in a callback."""
    slid, typed, kept = _keys(threshold)
    st.session_state[slid] = st.session_state[typed] = value
    st.session_state[kept] = value, {}


def _slider(threshold: Threshold) -> float:
    """The threshold's value to look at: by the slider in steps, or typed to the last digit."""
    slid, typed, kept = _keys(threshold)
    state = st.session_state
    for key in (slid, typed):
        state.setdefault(key, threshold.value)
    at, heard = state.get(kept, (threshold.value, {}))

    def follow() -> None:
        # While the page is drawn for the last move, the browser still sends the old value of the other one. So what
        # has moved is what the browser says something new of.
        other = [state[key] for key in (slid, typed) if state[key] != at]
        new = [state[key] for key in (slid, typed) if state[key] not in (at, heard.get(key))]
        moved = (new or other or [at])[0]
        state[kept] = moved, {key: state[key] for key in (slid, typed)}
        state[slid] = state[typed] = moved

    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.slider(f"Value of `${threshold.name}`", 0.0, 1.0, step=0.001, format="%.3f", key=slid, on_change=follow)
    return right.number_input("Exactly", 0.0, 1.0, step=0.001, format="%.6f", key=typed, on_change=follow)
