"""What a decision sets going, as the page shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eval.workbench.circumstances import Circumstances, decide
from handover_rules.engine import Engine
from handover_rules.rulefile import load_ruleset

RULES = """\
ruleset: shop
rules:
  - {id: asked, when: {phrase: [human]}, then: handover, set: {sla: 90m}, do: [take_over]}
  - {id: unsure, priority: 40, when: {phrase: [help]}, then: ask, do: [offer]}
actions:
  take_over:
    - contact.update: {lead_status: qualified, add_score: 25}
    - webhook.post: {event: handover, data: {rule: "{{ rule.id }}", sure: "{{ decision.confidence }}"}}
    - reply:
        assigned: {en: "{{ agent.name }} is here.", de: "{{ agent.name }} ist da."}
        nobody: {en: Please wait., de: Bitte warten.}
  offer:
    - reply: {text: {en: Shall I bring in a colleague?}}
"""


def _page() -> None:
    import streamlit as st

    from eval.workbench.planned_view import draw_planned

    draw_planned(*st.session_state["planned"])


def _drawn(folder: Path, text: str, language: str | None) -> tuple[list[str], list[str]]:
    """The captions and the texts."""
    (folder / "shop.yaml").write_text(RULES, encoding="utf-8")
    engine = Engine(load_ruleset(folder))
    around = Circumstances(datetime(2026, 3, 2, 10, 30, tzinfo=UTC), language=language)
    page = AppTest.from_function(_page)
    page.session_state["planned"] = (engine.ruleset, decide(engine, {}, text, around), around.message(text), "")
    page.run()
    assert not page.exception
    return [one.value for one in (*page.markdown, *page.caption)], [one.value for one in page.text]


@pytest.mark.parametrize(
    ("language", "replies"),
    [
        (None, ["Alex is here.", "Please wait.", "Please wait."]),
        ("de", ["Alex ist da.", "Bitte warten.", "Bitte warten."]),
    ],
)
def test_the_customer_reads_what_happened_in_the_own_language(
    tmp_path: Path, language: str | None, replies: list[str]
) -> None:
    said, texts = _drawn(tmp_path, "a human", language)
    assert texts[:3] == replies
    assert "Set: answer within **1 h 30 min**" in said
    assert texts[3:] == ["event: handover · rule: asked", "lead status: qualified · add score: 25"]


def test_a_reply_that_is_always_the_same_is_shown_once(tmp_path: Path) -> None:
    said, texts = _drawn(tmp_path, "help", "fr")
    assert texts == ["Shall I bring in a colleague?"]
    assert "In every case" in said
