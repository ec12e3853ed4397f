"""Decisions in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handover_rules.explain_decision import conditions, explained, near_misses
from handover_rules.messages import Message
from handover_rules.signals import Score, Signals, Unavailable
from tests.handover_rules.engine.building import AI_AND_LOCAL, decided, engine_of, engine_when

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


def test_every_condition_on_a_line(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: person
    when:
      any:
        - phrase: human
        - all:
            - {score: {of: ai, at_least: 0.7}}
            - not: {lang: es}
    unless:
      - any: [{turns: {at_least: 2}}, {channel: web}]
    then: handover
"""
    decision = decided(
        engine_of(AI_AND_LOCAL + rules, tmp_path).decide(
            Message("m", "hello", "en", "whatsapp"), now=NOW, signals={"ai": Score(0.65)}, trace=True
        )
    )
    assert decision.trace is not None
    lines = [line.replace(f"{tmp_path}/", "") for _, line in conditions(decision.trace[0])]
    assert lines == [
        "false      any  [rules.yaml:8]",
        "false        phrase did not match  [rules.yaml:9]",
        "false        all  [rules.yaml:10]",
        "false          score of ai >= 0.7: 0.65 is 0.05 below 0.7  [rules.yaml:11]",
        "true           not  [rules.yaml:12]",
        "false            lang: en, and it asks for es  [rules.yaml:12]",
        "false      unless any  [rules.yaml:14]",
        "false        turns: 1 is 1 below 2  [rules.yaml:14]",
        "false        channel: whatsapp, and it asks for web  [rules.yaml:14]",
    ]


AI, LOCAL = "{score: {of: ai, at_least: 0.7}}", "{score: {of: local, at_least: 0.5}}"


@pytest.mark.parametrize(
    ("condition", "signals", "near"),
    [
        (AI, {"ai": 0.65}, ["score of ai >= 0.7: 0.65 is 0.05 below 0.7"]),
        (AI, {"ai": 0.6}, ["score of ai >= 0.7: 0.6 is 0.1 below 0.7"]),
        (AI, {"ai": 0.59}, []),
        # It fired, and a little less would have kept it from that.
        (AI, {"ai": 0.7}, ["score of ai >= 0.7: 0.7 is 0 above 0.7"]),
        (AI, {"ai": 0.8}, []),
        ("{turns: {at_least: 2}}", {}, ["turns: 1 is 1 below 2"]),
        ("{turns: {at_least: 3}}", {}, []),
        # One of them is enough, the closest is told first.
        (
            f"{{any: [{AI}, {LOCAL}]}}",
            {"ai": 0.65, "local": 0.48},
            ["score of local >= 0.5: 0.48 is 0.02 below 0.5", "score of ai >= 0.7: 0.65 is 0.05 below 0.7"],
        ),
        # Neither alone would have changed anything.
        (f"{{all: [{AI}, {LOCAL}]}}", {"ai": 0.65, "local": 0.48}, []),
        (f"{{all: [{AI}, {{phrase: human}}]}}", {"ai": 0.65}, []),
        (f"{{all: [{AI}, {LOCAL}]}}", {"ai": 0.65, "local": 0.9}, ["score of ai >= 0.7: 0.65 is 0.05 below 0.7"]),
        (f"{{not: {AI}}}", {"ai": 0.75}, ["score of ai >= 0.7: 0.75 is 0.05 above 0.7"]),
        (f"{{not: {AI}}}", {"ai": 0.65}, ["score of ai >= 0.7: 0.65 is 0.05 below 0.7"]),
    ],
)
def test_what_a_little_would_have_changed(
    tmp_path: Path, condition: str, signals: dict[str, float], near: list[str]
) -> None:
    given: Signals = {name: Score(signals[name]) if name in signals else Unavailable("x") for name in ("ai", "local")}
    engine = engine_when(condition, tmp_path)
    decision = decided(engine.decide(Message("m", "hello"), now=NOW, signals=given, trace=True))
    lines = near_misses(decision.trace or (), decision.rule)
    assert [line.partition("  [")[0] for line in lines] == [f"only: {line}" for line in near]
    assert all(line.endswith("rules.yaml:8]") for line in lines)


def test_a_veto_by_a_little_is_a_near_miss_and_a_rule_that_only_came_second_is_none(tmp_path: Path) -> None:
    rules = """\
rules:
  - {id: vetoed, priority: 90, when: {phrase: a}, unless: [{score: {of: ai, at_least: 0.5}}], then: handover}
  - {id: first, priority: 80, when: {phrase: a}, unless: [{score: {of: ai, at_least: 0.6}}], then: handover}
  - {id: second, priority: 70, when: {score: {of: ai, at_least: 0.54}}, then: handover}
"""
    engine = engine_of(AI_AND_LOCAL + rules, tmp_path)
    decision = decided(engine.decide(Message("m", "a"), now=NOW, signals={"ai": Score(0.55)}, trace=True))
    assert decision.rule == "first"
    assert [line.partition("  [")[0] for line in near_misses(decision.trace or (), decision.rule)] == [
        "vetoed: score of ai >= 0.5: 0.55 is 0.05 above 0.5",
        "first: score of ai >= 0.6: 0.55 is 0.05 below 0.6",
    ]
