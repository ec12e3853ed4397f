"""Planned actions filled in, and which text a customer gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision, PlannedAction
from handover_rules.engine import Engine
from handover_rules.errors import TemplateFailed
from handover_rules.messages import Message
from handover_rules.planned import (
    fill_in,
    language_of_reply,
    reply_template,
    situation,
    template_values,
    warm_up,
)
from handover_rules.ruleset import Place
from handover_rules.signals import Score, Signal, Unavailable
from tests.handover_rules.engine.building import decided, engine_of, ruleset_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PLACE = Place("rules.yaml", 7, 9)

TEXT = """
detectors:
  local: {kind: linear, cost: 1, model: local.json}
  ai: {kind: linear, cost: 100, model: ai.json}
queues: {general: {}}
rules:
  - id: asked
    priority: 90
    owner: care-team
    why: The customer asks.
    when: {phrase: human}
    then: handover
    set: {priority: high, queue: general, sla: SLA, topic: person}
    do: [tell]
  - id: sure
    when: {score: {of: ai, at_least: 0.7}}
    then: handover
  - id: angry
    when: {phrase: furious}
    then: tag
    do: [tell]
actions:
  tell:
    - slack.post: {text: "x"}
"""
CONVERSATION: dict[str, object] = {"id": "c", "epoch": 1, "since": None}
CONTACT: dict[str, object] = {"phone": "4917", "name": None, "lead_status": None, "lead_score": 0}


def action(kind: str = "slack.post", **params: object) -> PlannedAction:
    return PlannedAction(kind, params, PLACE)


def values(engine: Engine, text: str, signals: dict[str, Signal] | None = None, **more: Any) -> dict[str, Any]:
    """What templates see of a message in a new conversation."""
    message, said = Message("m", text, None, "whatsapp"), signals or {}
    decision = decided(engine.decide(message, ConversationState(), now=NOON, signals=said))
    return template_values(engine.ruleset, decision, said, message, conversation=CONVERSATION, contact=CONTACT, **more)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_of(TEXT.replace("SLA", "15m"), tmp_path)


# --- what templates see ---------------------------------------------------------------------------


def test_the_values_of_a_decision_by_a_phrase(engine: Engine) -> None:
    seen = values(engine, "I am furious, a human", {"ai": Score(0.4)})
    assert seen["rule"] == {"id": "asked", "why": "The customer asks.", "priority": 90, "owner": "care-team"}
    assert seen["decision"] == {
        "outcome": "handover",
        "reason": "The customer asks.",
        "confidence": None,
        "priority": "high",
        "queue": "general",
        "sla": "15m",
        "topic": "person",
        "tags": ["angry"],
    }
    assert seen["message"] == {
        "id": "m",
        "text": "I am furious, a human",
        "language": None,
        "channel": "whatsapp",
    }
    assert (seen["conversation"], seen["contact"]) == (CONVERSATION, CONTACT)
    assert seen["scores"] == {"local": None, "ai": 0.4}
    assert "agent" not in seen


def test_the_values_of_a_decision_by_a_score(engine: Engine) -> None:
    seen = values(engine, "hm", {"ai": Score(0.9), "local": Unavailable("no_model")}, agent={"name": "Eve"})
    assert (seen["decision"]["confidence"], seen["decision"]["sla"], seen["decision"]["queue"]) == (0.9, None, None)
    assert seen["scores"] == {"local": None, "ai": 0.9}
    assert seen["agent"] == {"name": "Eve"}


def test_the_values_of_a_handover_that_no_rule_decided(engine: Engine) -> None:
    message = Message("m", "hm")
    seen: Any = template_values(
        engine.ruleset, engine.hand_over("By hand."), {}, message, conversation=CONVERSATION, contact=CONTACT
    )
    assert seen["rule"] == {"id": None, "why": "", "priority": None, "owner": ""}
    assert (seen["decision"]["reason"], seen["decision"]["queue"]) == ("By hand.", "general")


@pytest.mark.parametrize(
    ("sla", "shown"),
    [
        ("15m", "15m"),
        ("90m", "90m"),
        ("60m", "1h"),
        ("1h30m", "90m"),
        ("24h", "1d"),
        ("36h", "36h"),
        ("2d", "2d"),
        ("1d1m", "1441m"),
        ("90s", "90s"),
        ("120s", "2m"),
    ],
)
def test_a_length_of_time_is_shown_as_rule_files_write_it(tmp_path: Path, sla: str, shown: str) -> None:
    assert values(engine_of(TEXT.replace("SLA", sla), tmp_path), "human")["decision"]["sla"] == shown


# --- filling in -----------------------------------------------------------------------------------


def test_templates_are_filled_in_wherever_they_stand(engine: Engine) -> None:
    due = timedelta(minutes=15)
    asked = action(
        "task.create",
        title="{{ message.text }}",
        due_in=due,
        score=25.0,
        data={"rule": "{{ rule.id }}", "deep": {"reason": "{{ decision.reason }}"}},
    )
    assert fill_in(asked, values(engine, "a {{ human }}")) == {
        "title": "a {{ human }}",  # what the customer writes is no template
        "due_in": due,
        "score": 25.0,
        "data": {"rule": "asked", "deep": {"reason": "The customer asks."}},
    }


@pytest.mark.parametrize(
    "template",
    ["{{ decision.confidence }}", "{{ scores.local }}", "{{ contact.name }}", "{{ conversation.since }}"],
)
def test_what_is_not_there_is_shown_as_nothing(engine: Engine, template: str) -> None:
    assert fill_in(action(text=f"<{template}>"), values(engine, "human")) == {"text": "<>"}


def test_the_other_name_where_there_is_none(engine: Engine) -> None:
    asked = action(text="{{ contact.name or contact.phone }}")
    assert fill_in(asked, values(engine, "human")) == {"text": "4917"}


@pytest.mark.parametrize("template", ["{{ decision.confidence + 1 }}", "{{ agent.name }}", "{{ 1 / 0 }}"])
def test_what_cannot_be_filled_in_says_where_it_stands(engine: Engine, template: str) -> None:
    with pytest.raises(TemplateFailed, match=r"^rules\.yaml:7:9: data\.why: the template cannot be rendered: "):
        fill_in(action(data={"why": template}), values(engine, "human"))


# --- what happened --------------------------------------------------------------------------------

HOURS = """
time_zone: {zone}
hours:
  office: {{days: mon-fri, from: 09:00, to: 18:00}}
  night: [{{days: fri, from: 22:00, to: 24:00}}, {{days: sat, from: 00:00, to: 02:00}}]
rules: [{{id: a, when: {{phrase: a}}, then: handover}}]
"""


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC", "2026-03-02T09:00", "nobody"),
        ("UTC", "2026-03-02T08:59:59.999999", "closed"),
        ("UTC", "2026-03-02T17:59:59.999999", "nobody"),
        ("UTC", "2026-03-02T18:00", "closed"),
        ("UTC", "2026-03-07T12:00", "closed"),
        # Inside one of several hours is open, over midnight too.
        ("UTC", "2026-03-06T23:59:59", "nobody"),
        ("UTC", "2026-03-07T00:00", "nobody"),
        ("UTC", "2026-03-07T02:00", "closed"),
        # The same moment, elsewhere; in Berlin an hour earlier from the end of March on.
        ("Europe/Berlin", "2026-03-02T08:00", "nobody"),
        ("Europe/Berlin", "2026-03-27T07:59", "closed"),
        ("Europe/Berlin", "2026-03-30T07:00", "nobody"),
        ("Europe/Berlin", "2026-03-30T06:59", "closed"),
        ("America/New_York", "2026-03-03T02:59", "closed"),
        ("Asia/Tokyo", "2026-03-02T00:00", "nobody"),
        ("Asia/Tokyo", "2026-03-01T23:59", "closed"),
    ],
)
def test_whether_the_business_is_open(tmp_path: Path, zone: str, now: str, expected: str) -> None:
    ruleset = ruleset_of(HOURS.format(zone=zone), tmp_path)
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert situation(ruleset, moment, assigned=False) == expected
    assert situation(ruleset, moment, assigned=True) == "assigned"


def test_a_business_without_hours_is_always_open(tmp_path: Path) -> None:
    ruleset = ruleset_of("rules: [{id: a, when: {phrase: a}, then: handover}]", tmp_path)
    assert situation(ruleset, NOON, assigned=False) == "nobody"


# --- which text -----------------------------------------------------------------------------------

ALL = {"assigned": {"en": "A", "de": "a"}, "nobody": {"en": "N", "de": "n"}, "closed": {"en": "C", "de": "c"}}


@pytest.mark.parametrize(
    ("params", "happened", "expected"),
    [
        (ALL, "assigned", "A"),
        (ALL, "nobody", "N"),
        (ALL, "closed", "C"),
        ({"text": "T"}, "assigned", "T"),
        ({"text": "T"}, "nobody", "T"),
        ({"text": "T"}, "closed", "T"),
        # Who is closed has nobody free; but nobody free is not closed, and neither is somebody.
        ({"nobody": "N"}, "closed", "N"),
        ({"nobody": "N"}, "assigned", None),
        ({"closed": "C"}, "nobody", None),
        ({"assigned": "A"}, "nobody", None),
        ({"assigned": "A"}, "closed", None),
    ],
)
def test_the_text_for_what_happened(params: dict[str, object], happened: Any, expected: str | None) -> None:
    assert reply_template(action("reply", **params), happened, "en", "en") == expected


@pytest.mark.parametrize(
    ("texts", "language", "default", "expected"),
    [
        ({"en": "E", "de": "D"}, "de", "en", "D"),
        ({"en": "E", "de": "D"}, "fr", "de", "D"),
        ({"en": "E", "de": "D"}, None, "de", "D"),
        # No text in the default language either: better one that may be understood than none.
        ({"es": "S", "pt": "P"}, "fr", "en", "S"),
        ("for everybody", "fr", "en", "for everybody"),
    ],
)
def test_the_text_in_the_customers_language(texts: object, language: str | None, default: str, expected: str) -> None:
    assert reply_template(action("reply", text=texts), "nobody", language, default) == expected


@pytest.mark.parametrize(
    ("text", "earlier", "expected"),
    [
        ("ich will mit einem Menschen reden", "", "de"),
        ("quiero hablar con una persona", "", "es"),
        ("I need to speak with a human", "", "en"),
        ("parler à un humain s'il vous plaît", "", "fr"),
        # Words are not what stands between spaces.
        ("我想和真人客服说话", "", "zh"),
        # Too little to tell, alone; not with what was said before.
        ("human please", "", "xx"),
        ("agente", "", "xx"),
        ("ja bitte", "Wo bleibt mein Paket? Ich warte seit Tagen.", "de"),
        ("", "", "xx"),
        ("12345 6789 10 11", "", "xx"),
        ("👋 👋 👋 👋", "", "xx"),
    ],
)
def test_the_language_to_answer_in(text: str, earlier: str, expected: str) -> None:
    assert language_of_reply(Message("m", text), earlier, "xx") == expected


def test_the_language_that_came_with_the_message_counts() -> None:
    assert language_of_reply(Message("m", "ich will mit einem Menschen reden", "pt"), "", "en") == "pt"


# --- warming up -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "asked"), [("reply: {text: Hello}", 1), ("slack.post: {text: Hello}", 0)])
def test_only_replies_need_the_model_of_languages(
    tmp_path: Path, kind: str, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []

    def detect(text: str) -> str:
        texts.append(text)
        return "en"

    monkeypatch.setattr("handover_rules.engine.language.detect_language", detect)
    rules = "rules: [{id: a, when: {phrase: a}, then: handover, do: [tell]}]"
    warm_up(ruleset_of(f"{rules}\nactions: {{tell: [{{{kind}}}]}}", tmp_path))
    assert len(texts) == asked


def test_a_decision_without_actions_plans_nothing(engine: Engine) -> None:
    nothing = decided(engine.decide(Message("m", "hm"), ConversationState(), now=NOON, signals={"ai": Score(0.0)}))
    assert isinstance(nothing, Decision)
    assert nothing.actions == ()
