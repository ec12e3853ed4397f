"""*Try a message*: who answers, why, and what would be done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.eval.workbench.front_door import open_page

ROOT = Path(__file__).parents[3]


def _write(shown: AppTest, text: str) -> AppTest:
    shown.text_area(key="tried").set_value(text).run()
    assert not shown.exception
    return shown


def _with_ai(folder: Path, rules: str = "") -> None:
    """The shop's rules, with one that asks a chat model."""
    shop = folder / "rules" / "shop.yaml"
    scored = "  - {id: scored, when: {score: {of: ai, at_least: 0.7}}, then: handover}\n"
    text = shop.read_text(encoding="utf-8").replace("actions:\n", f"{scored}{rules}actions:\n")
    detectors = "detectors:\n  ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2}\n"
    shop.write_text(text + detectors, encoding="utf-8")
    (folder / "rules" / "ask.j2").write_text("Is a person needed?\n", encoding="utf-8")


def test_a_request_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rules that come with the project."""
    monkeypatch.chdir(ROOT)
    shown = open_page("try")
    assert not shown.exception
    assert shown.success[0].value.startswith("**A person takes over**")
    said = " ".join(text.value for text in [*shown.markdown, *shown.text])
    assert "asked-for-a-person-en" in said
    assert "answer within **15 min**" in said
    assert "Thank you. Alex from our team is with you now" in said
    assert "from Maria Example: I need to speak with a human" in said
    rules = shown.dataframe[-1].value
    assert rules["result"][0] == "decided"
    assert rules["why"].str.contains(r"\.yaml:\d+").all()


def test_an_ordinary_message_stays_with_the_bot(folder: Path) -> None:
    shown = _write(open_page("try"), "what time do you open tomorrow")
    assert shown.info[0].value.startswith("**The bot goes on**")
    assert any(caption.value == "No action is planned." for caption in shown.caption)


def test_an_example_is_taken_with_a_click(folder: Path) -> None:
    shown = open_page("try")
    shown.button_group(key="example").set_value("are you a human or a bot?").run()
    assert not shown.exception
    assert shown.text_area(key="tried").value == "are you a human or a bot?"


def test_what_the_templates_make_of_it_is_shown(folder: Path) -> None:
    shown = _write(open_page("try"), "a human please, my card is 4111 1111 1111 1111")
    assert any(text.value == "Maria Example: a human please, my card is [number]" for text in shown.text)


def test_a_template_that_cannot_be_filled_in_hides_nothing_else(folder: Path) -> None:
    shop = folder / "rules" / "shop.yaml"
    broken = '    - task.create: {title: "{{ decision.confidence + 1 }}"}\n'
    shop.write_text(shop.read_text(encoding="utf-8") + broken, encoding="utf-8")
    shown = _write(open_page("try"), "a human please")
    assert "the template cannot be rendered" in shown.error[0].value
    assert any(text.value == "Maria Example: a human please" for text in shown.text)


def test_a_missing_answer_is_said_and_a_stand_in_takes_its_place(folder: Path) -> None:
    _with_ai(folder)
    shown = _write(open_page("try"), "where is my parcel")
    assert shown.info[0].value.startswith("**The bot goes on**")
    assert any(caption.value.startswith("Decided without `ai`") for caption in shown.caption)
    explained = [part.value for part in (*shown.caption, *shown.text) if "is recorded" in part.value]
    assert explained == [
        "ai is unavailable (not_recorded). Only recorded answers may be used, and none is recorded for this message."
    ]
    shown.button_group(key="says-ai").set_value("a score").run()
    shown.slider(key="score-ai").set_value(0.75).run()
    assert not shown.exception
    assert shown.success[0].value.startswith("**A person takes over**")
    assert any("confidence: 0.750" in line.value for line in shown.markdown)
    assert not any(caption.value.startswith("Decided without") for caption in shown.caption)
    shown.button_group(key="says-ai").set_value("unavailable").run()
    assert any(caption.value.startswith("Decided without `ai`") for caption in shown.caption)


def test_what_was_said_before_counts(folder: Path) -> None:
    _with_ai(folder, "  - {id: failed, when: {failures: {at_least: 2}}, then: handover}\n")
    shown = open_page("try")
    failed = {"who": "bot could not answer", "said": "Sorry?"}
    shown.session_state["before"] = {"edited_rows": {}, "added_rows": [failed, failed], "deleted_rows": []}
    _write(shown, "the one with the blue lid")
    assert shown.success[0].value.startswith("**A person takes over**")
    assert any("`failed`" in line.value for line in shown.markdown)


def test_a_person_s_conversation_is_left_alone(folder: Path) -> None:
    shown = open_page("try")
    shown.radio(key="owner").set_value("a person").run()
    assert not shown.exception
    assert "a person owns the conversation" in shown.info[0].value


def test_the_time_is_the_ruleset_s(folder: Path) -> None:
    shop = folder / "rules" / "shop.yaml"
    hours = "time_zone: America/New_York\nhours: {office: {days: mon-fri, from: 09:00, to: 18:00}}\n"
    night = "  - {id: closed, priority: 95, when: {not: {hours: office}}, then: stay}\n"
    text = shop.read_text(encoding="utf-8").replace("actions:\n", f"{night}actions:\n")
    shop.write_text(text + hours, encoding="utf-8")
    shown = open_page("try")
    for hour, rule in ((8, "closed"), (10, "asked")):
        shown.datetime_input(key="at").set_value(datetime(2026, 3, 2, hour, 30)).run()
        assert not shown.exception
        assert any(f"Rule: `{rule}`" in line.value for line in shown.markdown)


def test_a_broken_ruleset_is_shown_with_its_problems(folder: Path) -> None:
    rules = "ruleset: broken\nrules:\n  - id: a\n    wehn: {phrase: help}\n"
    (folder / "rules" / "shop.yaml").write_text(rules, encoding="utf-8")
    shown = open_page("try")
    assert not shown.exception
    assert "did you mean `when`" in shown.code[0].value


def test_a_damaged_model_is_said(folder: Path) -> None:
    (folder / "rules" / "model.json").write_text("{", encoding="utf-8")
    (folder / "rules" / "shop.yaml").write_text(
        "ruleset: damaged\n"
        "detectors:\n  local: {kind: linear, cost: 1, model: model.json}\n"
        "rules:\n  - id: a\n    when: {score: {of: local, at_least: 0.5}}\n    then: handover\n",
        encoding="utf-8",
    )
    shown = open_page("try")
    assert not shown.exception
    assert "model.json is not JSON" in shown.error[0].value
