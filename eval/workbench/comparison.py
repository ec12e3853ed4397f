"""The contenders side by side: a table and a chart of their figures, and what could not be answered."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from eval.dataset import DataFile
from eval.figures.measure import DetectorUse, FileReport
from eval.workbench.deciding import Contender
from eval.workbench.figures_chart import alarms_chart, legend, proportions_chart
from eval.workbench.figures_table import FEW, Line, figures_table
from handover_rules.detectors.reasons import NOT_RECORDED

__all__ = ["draw_comparison"]

Reports = Mapping[str | None, FileReport]


def draw_comparison(
    place: DeltaGenerator,
    everyone: Sequence[Contender],
    reports: Reports,
    chosen: Contender,
    files: Sequence[DataFile],
) -> None:
    """Draw into `place`, over what is there. `reports` are by `Contender.only`; who has none is still deciding."""
    measured = {one.title: reports.get(one.only) for one in everyone}
    found = {title: report.figures if report and report.counted else None for title, report in measured.items()}
    with place.container():
        st.html(figures_table([_line(one, reports.get(one.only), one == chosen) for one in everyone], "Decided by"))
        proportions, alarms = st.columns([3, 2], gap="large")
        with proportions:
            st.html(legend("Precision", "Recall", "F1"))
            st.altair_chart(proportions_chart(found), width="stretch")
        with alarms:
            st.html(legend("False alarms"))
            st.altair_chart(alarms_chart(found), width="stretch")
        st.caption(
            "Ranges and lines are 95 % intervals (Wilson; of conversations with several messages, by resampling): "
            "other messages of the same kind would give figures in about that range. Grey: fewer than "
            f"{FEW} messages." + _seen_in_training(files)
        )
        for sentence, command in _unrecorded(reports, files):
            st.info(sentence, icon=":material/key:")
            st.code(command, language="bash", wrap_lines=True)


def _seen_in_training(files: Sequence[DataFile]) -> str:
    """How many of the messages a model may have been trained on."""
    seen = sum(row.split == "train" for file in files for row in file.rows)
    if not seen:
        return ""
    return f" {seen:,} messages are training data (`split: train`): a model that learnt from them looks better here."


def _unrecorded(reports: Reports, files: Sequence[DataFile]) -> Iterator[tuple[str, str]]:
    """A sentence for each detector whose answers are not all recorded, and the command that records them."""
    for use in _uses(reports):
        if not use.unavailable.get(NOT_RECORDED):
            continue
        if use.answered:
            known = f"{use.answered:,} of {use.asked:,} answers of `{use.name}` are recorded: its figures are of those"
        else:
            known = f"No answer of `{use.name}` is recorded, so it has no figures"
        paths = shlex.join(file.path for file in files)
        yield (
            f"{known}, and without an answer the ruleset decides as it does when `{use.name}` cannot be reached. "
            "To record answers, set `OPENAI_API_KEY` and run:",
            f"handover eval {paths} --detector {use.name}",
        )


def _uses(reports: Reports) -> Iterator[DetectorUse]:
    """What became of the questions to each detector: where it stood alone, else where the ruleset asked it."""
    ruleset = reports.get(None)
    found = {use.name: use for use in ruleset.detectors} if ruleset else {}
    for only, report in reports.items():
        found |= {use.name: use for use in report.detectors if use.name == only}
    return iter(found.values())


def _line(one: Contender, report: FileReport | None, chosen: bool) -> Line:
    if report is None:
        return Line(one.title, None, 0, note=one.note, instead="deciding ...", chosen=chosen)
    reasons = sorted({reason.replace("_", " ") for use in report.detectors for reason in use.unavailable})
    if not report.counted:
        instead = f"No figures: no answer to any of {report.no_answer:,} messages ({', '.join(reasons)})."
        return Line(one.title, None, 0, note=one.note, instead=instead, chosen=chosen)
    return Line(one.title, report.figures, report.counted, note=one.note, unanswered=report.no_answer, chosen=chosen)
