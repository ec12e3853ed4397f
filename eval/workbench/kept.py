"""What a whole ruleset decided about the chosen messages: decided once, for all pages."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from eval.dataset import Dataset
from eval.decisions import Decisions, decide_all
from eval.workbench.choices import ChosenData, stamp
from handover_rules.ruleset import Ruleset

__all__ = ["ANSWERS", "decisions_of"]

ANSWERS = Path("var/answers.jsonl")


def decisions_of(ruleset: Ruleset, data: ChosenData) -> Decisions:
    """The decisions, without network. Raises what a detector raises, and AnswerStoreError.

    They stay when nothing but a label changes.
    """
    return _decisions(ruleset.hash, f"{data.said}|{stamp([str(ANSWERS)])}", ruleset, data.dataset)


@st.cache_resource(max_entries=6, show_spinner="Deciding the messages ...")
def _decisions(ruleset_hash: str, stamped: str, _ruleset: Ruleset, _dataset: Dataset) -> Decisions:
    return decide_all(_ruleset, _dataset, os.environ, ANSWERS)
