"""A message decided in circumstances that somebody made up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from eval.workbench.circumstances import Circumstances, decide
from handover_rules.detectors import Absent
from handover_rules.engine import Engine
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Score, Unavailable

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)

RULES = """\
ruleset: shop
detectors:
  ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2}
rules:
  - {id: failed, when: {failures: {at_least: 2}}, then: handover}
  - {id: repeats, when: {repeats: {at_least: 1}}, then: ask}
  - {id: accepted, when: {accepted_offer: true}, then: handover}
  - {id: scored, when: {score: {of: ai, at_least: 0.7}}, then: handover}
  - {id: mail, priority: 90, when: {all: [{channel: email}, {lang: de}]}, then: stay}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    (tmp_path / "ask.j2").write_text("?", encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(RULES.replace("then: ask", "priority: 40, then: ask"), encoding="utf-8")
    return Engine(load_ruleset(tmp_path))


@pytest.mark.parametrize(
    ("around", "text", "rule"),
    [
        (Circumstances(NOW), "hello", None),
        (
            Circumstances(NOW, before=[("bot could not answer", "Sorry?"), ("bot could not answer", "?")]),
            "hm",
            "failed",
        ),
        (Circumstances(NOW, before=[("bot could not answer", "Sorry?"), ("bot", "I see.")]), "hm", None),
        (Circumstances(NOW, before=[("customer", "where is my blue parcel")]), "where is my blue parcel", "repeats"),
        (Circumstances(NOW, offered=True), "yes please", "accepted"),
        (Circumstances(NOW), "yes please", None),
        (Circumstances(NOW, stand_ins={"ai": Score(0.7)}), "hello", "scored"),
        (Circumstances(NOW, stand_ins={"ai": Score(0.69)}), "hello", None),
        (Circumstances(NOW, language="de", channel="email", stand_ins={"ai": Score(1.0)}), "hello", "mail"),
        (Circumstances(NOW, owner="human", stand_ins={"ai": Score(1.0)}), "hello", None),
    ],
)
def test_the_circumstances_decide(engine: Engine, around: Circumstances, text: str, rule: str | None) -> None:
    settled = decide(engine, {"ai": Absent("ai", "no_key")}, text, around)
    assert settled.decision.rule == rule


def test_a_detector_without_stand_in_is_asked(engine: Engine) -> None:
    settled = decide(engine, {"ai": Absent("ai", "no_key")}, "hello", Circumstances(NOW))
    assert settled.signals == {"ai": Unavailable("no_key")}
    assert settled.decision.trace
