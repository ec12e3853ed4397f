"""Decisions in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from handover_rules.explain_decision import explained
from handover_rules.messages import Message
from handover_rules.signals import Score, Signals, Unavailable
from tests.handover_rules.engine.building import AI_AND_LOCAL, decided, engine_of

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)

RULES = (
    AI_AND_LOCAL
    + """\
actions: {take_over: [bot.disable: {}]}
rules:
  - id: person
    priority: 90
    when: {any: [{phrase: human}, {score: {of: ai, at_least: 0.7}}]}
    unless: [{phrase: joke}]
    then: handover
    why: The customer asks.
    do: [take_over]
  - {id: plain, priority: 80, when: {any: [{phrase: a}, {regex: b}]}, then: handover}
  - {id: calm, priority: 70, when: {not: {phrase: calm}}, unless: [{turns: {at_least: 1}}], then: stay}
  - {id: office, priority: 60, when: {channel: web}, then: stay}
  - {id: heated, when: {score: {of: ai, at_least: 0.5}}, then: tag, set: {topic: anger}}
"""
)


def told(folder: Path, text: str, signals: Signals) -> list[str]:
    engine = engine_of(RULES, folder)
    decision = decided(engine.decide(Message("m", text, "en", "whatsapp"), now=NOW, signals=signals, trace=True))
    return [
        re.sub(r"\[.*rules\.yaml:(\d+):\d+\]", r"[line \1]", line) for line in explained(decision, signals).splitlines()
    ]


def test_a_handover(tmp_path: Path) -> None:
    assert told(tmp_path, "a human", {"ai": Score(0.6, reason="It says so.")}) == [
        "handover by person: The customer asks.",
        "ai answered 0.6 (It says so.)",
        "would do: bot.disable",
        "tags: heated",
        "",
        "* person (priority 90, handover): fired: phrase: human  [line 9]",
        "+ plain (priority 80, handover): fired: phrase: a  [line 14]",
        "  calm (priority 70, stay): kept back by unless: turns: 1 is 0 above 1  [line 15]",
        "  office (priority 60, stay): false: channel: whatsapp, and it asks for web  [line 16]",
        "+ heated (priority 50, tag): fired: score of ai >= 0.5: 0.6 is 0.1 above 0.5  [line 17]",
    ]


def test_no_handover(tmp_path: Path) -> None:
    assert told(tmp_path, "calm", {"ai": Score(0.65)}) == [
        "none: no rule fired",
        "ai answered 0.65",
        "",
        "  person (priority 90, handover): false: score of ai >= 0.7: 0.65 is 0.05 below 0.7  [line 9]",
        "  plain (priority 80, handover): false: none of phrase, regex  [line 14]",
        "  calm (priority 70, stay): false: not phrase: calm  [line 15]",
        "  office (priority 60, stay): false: channel: whatsapp, and it asks for web  [line 16]",
        "  heated (priority 50, tag): adds nothing: score of ai >= 0.5: 0.65 is 0.15 above 0.5  [line 17]",
    ]


def test_a_detector_that_could_not_answer(tmp_path: Path) -> None:
    lines = told(tmp_path, "x", {"ai": Unavailable("timed_out")})
    assert lines[1] == "ai could not answer: timed_out"
    assert lines[3].startswith("  person (priority 90, handover): unknown: score of ai >= 0.7: unavailable: timed_out")


def test_a_detector_that_nobody_asked(tmp_path: Path) -> None:
    engine = engine_of(
        RULES.replace("heated, when", "heated, priority: 5, when").replace("then: tag", "then: ask"), tmp_path
    )
    decision = decided(engine.decide(Message("m", "human"), now=NOW, trace=True))
    assert "not asked: score of ai >= 0.5 was not asked" in explained(decision, {})
