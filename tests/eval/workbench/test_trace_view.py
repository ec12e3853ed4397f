"""A trace on a page: what fired, what came close and by how much, and where it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eval.workbench.circumstances import Circumstances, decide
from handover_rules.engine import Engine
from handover_rules.rulefile import load_ruleset
from handover_rules.settle import Settled
from handover_rules.signals import Score, Signal, Unavailable

RULES = """\
ruleset: shop
detectors:
  ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2}
  mood: {kind: openai, cost: 100, model: some-model, prompt: ask.j2}
rules:
  - {id: far, priority: 90, when: {failures: {at_least: 3}}, then: handover}
  - {id: near, priority: 80, when: {score: {of: ai, at_least: 0.8}}, then: handover}
  - {id: unknown, priority: 70, when: {score: {of: mood, at_least: 0.8}}, then: handover}
  - {id: words, priority: 60, when: {phrase: [human]}, then: handover}
  - id: both
    priority: 10
    when: {all: [{phrase: [human]}, {turns: {at_least: 1}}]}
    then: handover
"""


@pytest.fixture
def settled(tmp_path: Path) -> Settled:
    (tmp_path / "ask.j2").write_text("?", encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(RULES, encoding="utf-8")
    stand_ins: dict[str, Signal] = {"ai": Score(0.6, reason="perhaps"), "mood": Unavailable("timed_out")}
    around = Circumstances(datetime(2026, 3, 2, 10, 30, tzinfo=UTC), stand_ins=stand_ins)
    return decide(Engine(load_ruleset(tmp_path)), {}, "a human please", around)


def _page() -> None:
    import streamlit as st

    from eval.workbench.trace_view import draw_trace

    draw_trace(st.session_state["settled"].decision, st.session_state["settled"].signals)


def _drawn(settled: Settled) -> AppTest:
    page = AppTest.from_function(_page)
    page.session_state["settled"] = settled
    return page.run()


def test_what_fired_comes_first_then_what_came_close(settled: Settled) -> None:
    shown = _drawn(settled)
    assert not shown.exception
    rules = shown.dataframe[-1].value
    assert list(zip(rules["rule"], rules["result"], strict=True)) == [
        ("words", "decided"),
        ("both", "fired too"),
        ("near", "came close"),
        ("far", "did not fire"),
        ("unknown", "did not fire"),
    ]
    assert rules["why"].str.contains(r"shop\.yaml:\d+").all()
    near = rules.iloc[2]
    assert (near["met"], near["asked for"]) == (0.6, 0.8)
    assert near["by how much"] == pytest.approx(-0.2)
    assert "0.2 below 0.8" in near["why"]


def test_those_that_matter_are_shown_condition_by_condition(settled: Settled) -> None:
    shown = _drawn(settled)
    assert [part.label.split("**")[1] for part in shown.expander] == ["words", "both", "near"]
    conditions = shown.dataframe[1].value
    assert [text.strip() for text in conditions["condition"]] == ["all of", "phrase", "turns"]
    assert list(conditions["holds"]) == ["yes", "yes", "yes"]
    assert list(conditions["met"]) == ["", "human", "1"]


def test_detectors_say_their_score_or_why_not(settled: Settled) -> None:
    shown = _drawn(settled)
    assert "ai scored 0.600: perhaps" in shown.text[0].value
    assert "mood is unavailable (timed_out). No answer came within `timeout_ms`." in shown.text[0].value
