"""A wrong message becomes a test of a rule, written into the rule's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from eval.dataset import DataFile
from eval.deciders import Prediction
from eval.learning.kinds import likely_rule
from eval.learning.labelled_test import PRIVATE, is_private, labelled_test
from eval.learning.learn import tried
from eval.workbench.choices import ruleset_path
from handover_rules.condition_trees import find_rule
from handover_rules.errors import HandoverError
from handover_rules.rulefile import load_ruleset
from handover_rules.rulefile.edit import add_test
from handover_rules.ruleset import Ruleset

__all__ = ["draw_test_maker"]

Predictions = Mapping[str, Sequence[Prediction | None]]

_RULE, _NOTE = "rule of the test", "note on the test"


def draw_test_maker(
    ruleset: Ruleset, predictions: Predictions, files: Sequence[DataFile], file: DataFile, number: int
) -> None:
    """Draw the choice of a rule and the button, and what came of it. `predictions` are those of the files by path."""
    ids = [rule.id for rule in ruleset.rules]
    if not ids:
        return
    decided = (pair for other in files for pair in zip(other.rows, predictions[other.path], strict=True))
    likely = likely_rule(ruleset, file.rows[number], predictions[file.path][number], decided)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Rule", ids, index=ids.index(likely), key=f"{_RULE} {file.path} {number}", width=260,
            help="The rule whose test the message becomes; at first the one that decides messages of its kind.",
        )  # fmt: skip
        st.button("Make this a rule test", icon=":material/add_task:", on_click=_write, args=(file, number))
    note = st.session_state.pop(_NOTE, None)
    if note is not None:
        kind, text, warning, lines = note
        (st.success if kind == "written" else st.error)(text)
        if warning:
            st.warning(warning)
        if lines:
            st.code(lines, language=None)


def _write(file: DataFile, number: int) -> None:
    """Write the test into the file of the rule as it is now, which may have changed since the page was drawn."""
    root: Path = ruleset_path()
    rule_id: str = st.session_state[f"{_RULE} {file.path} {number}"]
    try:
        ruleset = load_ruleset(root)
        test = labelled_test(ruleset, find_rule(ruleset, rule_id), file, number)
        edit = add_test(root, rule_id, test)
        edit.write()
    except HandoverError as error:
        st.session_state[_NOTE] = ("refused", f"Nothing is written: {error}", "", "")
        return
    warning = f"{PRIVATE[0].upper()}{PRIVATE[1:]}." if is_private(test) else ""
    lines = [*edit.lines, "", *tried(edit, rule_id)]
    said = f"Written to {edit.name}, from line {edit.line} on."
    st.session_state[_NOTE] = ("written", said, warning, "\n".join(lines))
