"""Shadow rulesets decide beside the live one: with what it heard, in the background, and without any effect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from handover_rules.detectors import Detector
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Score
from service.processor import Processor
from service.rules import Loaded, Rules
from service.shadow_report import as_text, shadow_report
from service.shadows import Shadows, read_shadows
from service.store.writer import Writer
from tests.service.desk import ADA, MONDAY, Desk
from tests.service.processing import BOB, PATIENCE, run
from tests.service.rulesets import NEEDED, NOT_NEEDED, Answering, detectors

_SHADOW = """\
ruleset: other
detectors:
  ai: {{kind: openai, cost: 100, model: {model}, prompt: prompt.j2}}
rules:
  - {{id: refund, why: Money., when: {{phrase: refund}}, then: handover}}
  - {{id: ai-says, why: Sure., when: {{score: {{of: ai, at_least: 0.5}}}}, then: handover}}
  - {{id: ai-away, priority: 40, why: Away., when: {{all: [{{unavailable: ai}}, {{phrase: parcel}}]}}, then: stay}}
"""


class Remote(Answering):
    """A detector that costs money, with the fingerprint of a model."""

    remote = True

    def __init__(self, model: str, answer: Score = NOT_NEEDED) -> None:
        super().__init__("ai", lambda _: answer)
        self.fingerprint = model


def _other(folder: Path, model: str, asked: Mapping[str, Detector]) -> Rules:
    (folder / "other.yaml").write_text(_SHADOW.format(model=model), encoding="utf-8")
    return Rules(Loaded(load_ruleset(folder / "other.yaml"), asked, MONDAY))


def _decide(desk: Desk, writer: Writer, shadow: Rules, said: list[tuple[str, str]], room: int = 100) -> Shadows:
    """Have the messages decided live, and then by the shadow."""
    made: list[Shadows] = []

    async def scenario() -> None:
        shadows = Shadows({"other": shadow}, writer, desk.tables, lambda: desk.now, room)
        made.append(shadows)
        rules = Rules(Loaded(desk.ruleset, desk.detectors, MONDAY))
        processor = Processor(rules, desk.recording, writer, lambda: desk.now, shadows.take)
        async with asyncio.timeout(PATIENCE):
            for customer, text in said:
                arrived = desk.arrive(text, customer)
                processor.take(arrived.waiting, arrived.conversation)
                await processor.idle()
            await shadows.catch_up()

    run(scenario())
    return made[0]


def test_what_was_heard_counts_and_nobody_is_asked_again(desk: Desk, writer: Writer, tmp_path: Path) -> None:
    live = Remote("same", Score(0.6, needed=True, confidence=0.6))
    desk.detectors = {**detectors(), "ai": live}
    asleep = Remote("same")
    _decide(desk, writer, _other(tmp_path, "same", {"ai": asleep}), [(ADA, "where is my parcel")])
    assert (live.asked, asleep.asked) == (["where is my parcel"], [])
    row = desk.row(desk.tables.shadow_decisions)
    assert (row["outcome"], row["rule_id"], row["confidence"], row["shadow"]) == ("handover", "ai-says", 0.6, "other")
    assert desk.row(desk.tables.decisions)["outcome"] == "none"
    # Decided, and not done.
    assert desk.owner().owner == "bot"
    assert desk.rows(desk.tables.outbox) == desk.rows(desk.tables.episodes) == desk.rows(desk.tables.contacts) == []


def test_another_remote_detector_is_unavailable(desk: Desk, writer: Writer, tmp_path: Path) -> None:
    asleep = Remote("new")
    desk.detectors = {**detectors(), "ai": Remote("old", NEEDED)}
    _decide(desk, writer, _other(tmp_path, "new", {"ai": asleep}), [(ADA, "where is my parcel")])
    row = desk.row(desk.tables.shadow_decisions)
    assert (row["outcome"], row["rule_id"], row["signals"]) == ("stay", "ai-away", {"ai": {"unavailable": "shadow"}})
    assert asleep.asked == []


def test_state_and_time_are_those_of_the_live_decision(desk: Desk, writer: Writer, tmp_path: Path) -> None:
    """The second message is a person's for the shadow too, as it was for the live rules."""
    said = [(ADA, "a human please"), (ADA, "a refund")]
    _decide(desk, writer, _other(tmp_path, "new", {"ai": Remote("new")}), said)
    assert [row["outcome"] for row in desk.rows(desk.tables.shadow_decisions)] == ["none", "none"]


def test_the_oldest_is_dropped_where_too_many_wait(desk: Desk, writer: Writer, tmp_path: Path) -> None:
    shadow = _other(tmp_path, "new", {"ai": Remote("new")})
    shadows = _decide(desk, writer, shadow, [(str(n), "hello") for n in range(5)], room=2)
    assert shadows.dropped == 3
    kept = {row["inbox_seq"] for row in desk.rows(desk.tables.shadow_decisions)}
    assert kept == {row["seq"] for row in desk.rows(desk.tables.inbox)[-2:]}


def test_a_shadow_that_fails_disturbs_nobody(desk: Desk, writer: Writer, tmp_path: Path) -> None:
    _decide(desk, writer, _other(tmp_path, "new", {}), [(ADA, "hello"), (BOB, "a refund")])
    assert len(desk.rows(desk.tables.decisions)) == 2
    assert [row["rule_id"] for row in desk.rows(desk.tables.shadow_decisions)] == ["refund"]


def test_the_report_counts_flips_both_ways_and_redacts(desk: Desk, writer: Writer, tmp_path: Path) -> None:
    said = [
        ("1", "a human please, call +49 170 1234567"),
        ("2", "a refund now"),
        ("3", "a refund please"),
        ("4", "hello"),
    ]
    _decide(desk, writer, _other(tmp_path, "new", {"ai": Remote("new")}), said)
    report = shadow_report(desk.database, None, texts=True)
    (one,) = report["shadows"]
    assert (one["messages"], one["agree"], one["handovers_more"], one["handovers_fewer"]) == (4, 1, 2, 1)
    assert one["flips"] == [
        {
            "live": {"outcome": "none", "rule": None},
            "shadow": {"outcome": "handover", "rule": "refund"},
            "messages": 2,
            "texts": ["a refund please", "a refund now"],
        },
        {
            "live": {"outcome": "handover", "rule": "asked"},
            "shadow": {"outcome": "none", "rule": None},
            "messages": 1,
            "texts": ["a human please, call [number]"],
        },
    ]
    shown = as_text(report)
    assert "4 messages, 25.0% decided the same" in shown
    assert "handover (asked) -> none" in shown
    assert "texts" not in str(shadow_report(desk.database, None, texts=False))
    later = shadow_report(desk.database, MONDAY.replace(year=2027), texts=False)
    assert later["shadows"] == []
    assert "handover serve --shadow" in as_text(later)


def test_shadows_are_named(tmp_path: Path) -> None:
    assert read_shadows(["a=x.yaml", "b = y/z"]) == {"a": Path("x.yaml"), "b": Path("y/z")}
    for wrong in (["a"], ["=x"], ["a="], ["a=x", "a=y"]):
        with pytest.raises(UsageError):
            read_shadows(wrong)
