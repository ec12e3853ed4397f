"""A wrong message becomes a test of a rule, written into the rule's file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from eval.dataset import DataFile
from eval.deciders import Prediction
from eval.learning.labelled_test import labelled_test
from eval.learning.learn import tried
from eval.workbench.choices import ruleset_path
from handover_rules.errors import HandoverError
from handover_rules.rulefile import load_ruleset
from handover_rules.rulefile.edit import add_test, find_rule
from handover_rules.ruleset import Ruleset

__all__ = ["draw_test_maker", "likely_rule"]

Predictions = Mapping[str, Sequence[Prediction | None]]

_RULE, _NOTE = "rule of the test", "note on the test"


def draw_test_maker(
    ruleset: Ruleset, predictions: Predictions, files: Sequence[DataFile], file: DataFile, number: int
) -> None:
    """Draw the choice of a rule and the button, and what came of it. `predictions` are those of the files by path."""
    ids = [rule.id for rule in ruleset.rules]
    if not ids:
        return
    likely = likely_rule(ruleset, predictions, files, file, number)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Rule", ids, index=ids.index(likely), key=f"{_RULE} {file.path} {number}", width=260,
            help="The rule whose test the message becomes; at first the one that decides messages of its kind.",
        )  # fmt: skip
        st.button("Make this a rule test", icon=":material/add_task:", on_click=_write, args=(file, number))
    note = st.session_state.pop(_NOTE, None)
    if note is not None:
        kind, text, lines = note
        (st.success if kind == "written" else st.error)(text)
        if lines:
            st.code(lines, language=None)


def likely_rule(
    ruleset: Ruleset, predictions: Predictions, files: Sequence[DataFile], file: DataFile, number: int
) -> str:
    """The id of the rule that decided the message, else of the one that rightly hands over most messages of its kind.

    Of its kind is what has its language and category; else its language; else it is the first rule that hands over.
    """
    said, row = predictions[file.path][number], file.rows[number]
    if said is not None and said.rule is not None:
        return said.rule
    alike: Counter[str] = Counter()
    same_language: Counter[str] = Counter()
    for other in files:
        for like, one in zip(other.rows, predictions[other.path], strict=True):
            if (
                one is not None
                and one.rule is not None
                and one.handover
                and like.label
                and like.language == row.language
            ):
                same_language[one.rule] += 1
                alike[one.rule] += like.category == row.category
    most = (+alike or same_language).most_common(1)
    if most:
        return most[0][0]
    return next((rule.id for rule in ruleset.rules if rule.then == "handover"), ruleset.rules[0].id)


def _write(file: DataFile, number: int) -> None:
    """Write the test into the file of the rule as it is now, which may have changed since the page was drawn."""
    root: Path = ruleset_path()
    rule_id: str = st.session_state[f"{_RULE} {file.path} {number}"]
    try:
        ruleset = load_ruleset(root)
        edit = add_test(root, rule_id, labelled_test(ruleset, find_rule(ruleset, rule_id), file, number))
        edit.write()
    except HandoverError as error:
        st.session_state[_NOTE] = ("refused", f"Nothing is written: {error}", "")
        return
    lines = [*edit.lines, "", *tried(edit, rule_id)]
    st.session_state[_NOTE] = ("written", f"Written to {edit.name}, from line {edit.line} on.", "\n".join(lines))
