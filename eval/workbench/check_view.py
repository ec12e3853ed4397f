"""What the check and the rule tests say of a draft."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from eval.workbench.editing import Checked
from handover_rules.explain_decision import why
from handover_rules.rulefile.render import as_text, summary

__all__ = ["counted", "draw_check", "draw_first_problem", "draw_tests"]


def draw_first_problem(checked: Checked) -> None:
    """Draw one line: how many problems there are, and the first with its place, an error before a warning.

    It is what the check says at length, to be seen without scrolling. There must be a problem.
    """
    problems = checked.linted.problems
    first = min(problems, key=lambda problem: problem.severity != "error")
    # HTML, because a message holds text of the file, which is no Markdown.
    said = f"{first.place.file}:{first.place.line}: {first.message}"
    st.html(f'<b style="color: #e0700f">{summary(problems)}</b> &ensp;{escape(said)}')


def draw_check(checked: Checked) -> None:
    """Draw every problem of the ruleset in the words of `handover check`, and how many there are."""
    problems = checked.linted.problems
    st.subheader("Check")
    if not problems:
        st.success("No problem in the whole ruleset.", icon=":material/check_circle:")
        return
    if checked.examined.ruleset is None:
        st.error(f"In the whole ruleset: {summary(problems)}. A ruleset with an error cannot be saved.")
    else:
        st.warning(f"In the whole ruleset: {summary(problems)}.")
    st.code(as_text(problems, checked.examined.sources), language=None)


def draw_tests(checked: Checked) -> None:
    """Draw the rule tests: those that failed with what was expected and why it came otherwise, and all of them."""
    st.subheader("Rule tests")
    if checked.examined.ruleset is None:
        st.caption("They run when the check finds no error.")
        return
    if not checked.tests:
        st.info("No rule has a test; add `tests:` to a rule.")
        return
    failed = checked.failed
    if failed:
        st.error(f"{len(failed)} of {counted(len(checked.tests), 'test')} failed.", icon=":material/cancel:")
        rows = []
        for test in failed:
            asked = {test.rule.id, test.decided_by}
            reasons = [f"{rule.rule}: {why(rule)}" for rule in test.trace if rule.rule in asked]
            rows.append(
                {
                    "the customer says": test.test.say,
                    "what went wrong": test.failure,
                    "test of": test.rule.id,
                    "where": f"{test.test.place.file}:{test.test.place.line}",
                    "why": "; ".join(reasons),
                }
            )
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    else:
        st.success(f"All {counted(len(checked.tests), 'test')} passed.", icon=":material/check_circle:")
    with st.expander("Every test"):
        table = pd.DataFrame(
            {
                "the customer says": test.test.say,
                "expected": test.test.expect,
                "got": test.outcome,
                "passed": test.passed,
                "test of": test.rule.id,
                "where": f"{test.test.place.file}:{test.test.place.line}",
            }
            for test in sorted(checked.tests, key=lambda test: test.passed)
        )
        st.dataframe(table, hide_index=True, width="stretch")


def counted(number: int, what: str) -> str:
    """How many there are, in words: `1 test`, `2 tests`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
