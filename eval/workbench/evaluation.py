"""*Evaluation*: how right the ruleset is beside its parts, and the messages that were decided wrongly, to be read."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from eval.dataset import DataFile
from eval.deciders import PATTERNS
from eval.errors.explained import local_detectors
from eval.figures.measure import FileReport
from eval.workbench.choices import ChosenData, chosen_data, chosen_ruleset
from eval.workbench.comparison import draw_comparison
from eval.workbench.deciding import Trial, contenders, known_trials, measured, put_on_trial
from eval.workbench.figures_table import FEW, Line, confusion_table, figures_table, use_table
from eval.workbench.live_figures import draw_live_figures
from eval.workbench.scores_view import draw_scores
from eval.workbench.suspicious_labels import draw_suspicious_labels
from eval.workbench.timing_view import draw_timing
from eval.workbench.wrong_messages import draw_wrong_messages
from handover_rules.errors import HandoverError
from handover_rules.ruleset import Ruleset

__all__ = ["page"]

_ALL = "All files"


def page() -> None:
    """Draw the page."""
    st.title("Evaluation")
    ruleset, data = chosen_ruleset(), chosen_data()
    summary, choice = st.columns([3, 1.4], vertical_alignment="bottom")
    files = _chosen_files(data, choice)
    try:
        _draw_figures(ruleset, data, files, summary)
    except HandoverError as error:
        st.error(str(error))


def _chosen_files(data: ChosenData, place: DeltaGenerator) -> tuple[DataFile, ...]:
    """All files, or the one that is chosen here."""
    files = data.dataset.files
    if len(files) == 1:
        return files
    choices = {_ALL: files} | {file.path: (file,) for file in files}
    return choices[place.selectbox("Messages of", choices, format_func=lambda path: Path(path).name)]


def _draw_figures(ruleset: Ruleset, data: ChosenData, files: tuple[DataFile, ...], summary: DeltaGenerator) -> None:
    everyone = contenders(ruleset)
    whole = everyone[0]
    comparison = st.empty()
    rows = sum(len(file.rows) for file in data.dataset.files)
    with comparison, st.spinner(f"Deciding {rows:,} messages ..."):
        about = measured(put_on_trial(ruleset, data, whole), files, data.view)
    _draw_summary(ruleset, data, about, summary)
    if not about.counted:
        return
    live = st.container()
    st.subheader("A closer look")
    titles = {one.title: one for one in everyone}
    chosen = titles[st.segmented_control("Decided by", titles, default=whole.title, required=True)]
    known = known_trials(ruleset, data)
    if any(one.only not in known for one in everyone):
        # What is known is shown while the others are still deciding.
        early = {only: measured(trial, files, data.view) for only, trial in known.items()}
        draw_comparison(comparison, everyone, early, chosen, files)
    trial = put_on_trial(ruleset, data, chosen)
    _draw_closer(trial, measured(trial, files, data.view), files, data, put_on_trial(ruleset, data, whole))
    reports = {one.only: measured(put_on_trial(ruleset, data, one), files, data.view) for one in everyone}
    draw_comparison(comparison, everyone, reports, chosen, files)
    with live:
        draw_live_figures({one.title: reports[one.only] for one in everyone})
    st.subheader("Suspicious labels")
    draw_suspicious_labels(files, data.view, _categories(data))


def _draw_summary(ruleset: Ruleset, data: ChosenData, about: FileReport, place: DeltaGenerator) -> None:
    """Draw which messages the figures are about. `about` is of the whole ruleset, which answers every message."""
    without = ", ".join(f"{n:,} {reason}" for reason, n in about.left_out.items())
    if not about.counted:
        st.info(
            f"No message counts in the view *{data.view}*. Left out: {without}. Figures need rows with a `label`: "
            "1 where a person should take over, 0 where not."
        )
        return
    place.markdown(
        f"**{ruleset.name}** `{ruleset.hash}` on **{about.counted:,}** labelled messages: {about.positives:,} need a "
        f"person, {about.negatives:,} do not." + (f" Left out: {without}." if without else "")
    )
    if not about.positives:
        st.warning("None of these messages needs a person, so none can be missed: only false alarms are counted.")
    elif not about.negatives:
        st.warning("All of these messages need a person, so none can be a false alarm: only misses are counted.")


def _draw_closer(trial: Trial, report: FileReport, files: tuple[DataFile, ...], data: ChosenData, whole: Trial) -> None:
    if not report.counted:
        st.info("There are no figures to look at: it gave no answer to any of these messages.")
        _draw_use(trial, report)
        return
    st.html(confusion_table(report.figures.counts))
    offered = report.asked_positive + report.asked_negative
    if offered:
        st.caption(
            f"Answered with the offer of a person, which counts as left to the bot: {offered:,}. "
            f"Of those, {report.asked_positive:,} needed one."
        )
    _draw_slices(trial, report, files, data)
    draw_timing(report.timing)
    for one in report.alone:
        draw_scores(one)
    st.subheader("Misses and false alarms")
    local = local_detectors(whole.decider.detectors)
    draw_wrong_messages(trial, files, data.view, local, _categories(data))
    _draw_use(trial, report)


def _categories(data: ChosenData) -> list[str]:
    return sorted({row.category for file in data.dataset.files for row in file.rows if row.category})


def _draw_slices(trial: Trial, report: FileReport, files: tuple[DataFile, ...], data: ChosenData) -> None:
    slices = {
        by: [Line(part.value or "(not given)", part.figures, part.n) for part in parts]
        for by, parts in groupby(report.slices, key=lambda part: part.by)
    }
    if len(files) > 1:
        one_by_one = [(file, measured(trial, (file,), data.view)) for file in files]
        slices["file"] = [Line(Path(file.path).name, found.figures, found.counted) for file, found in one_by_one]
    if not slices:
        return
    for tab, (by, lines) in zip(st.tabs([f"By {by}" for by in slices]), slices.items(), strict=True):
        # A category's labels are all alike, so its alarms are all right or all wrong.
        tab.html(figures_table(lines, by.capitalize(), precision=by != "category", counted=True))
    st.caption(f"Grey: a figure of fewer than {FEW} messages, which says little. A dash: there is nothing to count.")


def _draw_use(trial: Trial, report: FileReport) -> None:
    st.subheader("Questions to detectors")
    if trial.contender.only == PATTERNS:
        st.caption("None: patterns alone ask no detector.")
        return
    if not report.detectors:
        st.caption("None: the ruleset has no detector.")
        return
    st.html(use_table(report.detectors))
    asked = (
        " A detector is asked only where its answer can change the decision." if trial.contender.only is None else ""
    )
    st.caption(f"Of all messages, whatever the view.{asked}")
