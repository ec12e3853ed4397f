from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.dataset import Row
from eval.deciders import RulesetDecider, build_decider
from eval.replay import replay
from handover_rules.detectors import Absent
from handover_rules.engine import Engine
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Unavailable

Rules = Callable[[str], Path]


@pytest.fixture
def scores(rules: Path) -> Rules:
    """Replaces the rules by one with this condition; the detectors are `ai` and `other`."""

    def write(condition: str) -> Path:
        (rules / "shop.yaml").write_text(
            "ruleset: shop\n"
            "thresholds: {ai: {value: 0.7}}\n"
            "detectors:\n"
            "  ai: {kind: openai, cost: 100, model: m, prompt: ask.j2, timeout_ms: 1000}\n"
            "  other: {kind: openai, cost: 100, model: m, prompt: ask.j2, timeout_ms: 1000}\n"
            f"rules:\n  - {{id: asked, why: w, then: handover, when: {condition}}}\n",
            encoding="utf-8",
        )
        return rules

    return write


def test_a_detector_without_a_bound_is_refused(scores: Rules) -> None:
    with pytest.raises(UsageError, match="no rule compares the score of 'other'"):
        build_decider(load_ruleset(scores("{phrase: [hi]}")), "other", {}, answers=None, mode="live")


def test_an_unknown_detector_is_answered_with_the_choices(rules: Path) -> None:
    with pytest.raises(UsageError, match="no detector 'nobody'; choose one of: patterns, ai"):
        build_decider(load_ruleset(rules), "nobody", {}, answers=None, mode="live")


def test_patterns_ask_no_detector_at_all(rules: Path, make_row: Callable[..., Row]) -> None:
    decider = build_decider(load_ruleset(rules), "patterns", {"OPENAI_API_KEY": "key"}, answers=None, mode="live")
    said, other = asyncio.run(replay([make_row("a", "a human please"), make_row("b", "hm")], decider))
    assert said is not None
    assert other is not None
    assert (said.outcome, said.rule) == ("handover", "asked")
    assert (other.outcome, other.signals) == ("none", {"ai": Unavailable("patterns_only")})


def test_the_bots_failures_and_an_unanswered_offer_are_history(rules: Path, make_row: Callable[..., Row]) -> None:
    said = [("customer", "not sure"), ("bot", ""), ("customer", "well?"), ("bot", ""), ("customer", "yes")]
    rows = [
        make_row(f"c:{turn}", text, conversation_id="c", turn=turn, speaker=speaker, bot_failed=speaker == "bot")
        for turn, (speaker, text) in enumerate(said)
    ]
    ruleset = load_ruleset(rules)
    decider = RulesetDecider(Engine(ruleset), {"ai": Absent("ai", "no_key")})
    found = asyncio.run(replay(rows, decider))
    assert [p and (p.outcome, p.rule) for p in found] == [
        ("ask", "unsure"),
        None,
        ("none", None),
        None,
        ("handover", "bot-failed"),
    ]
    assert found == asyncio.run(replay(rows, decider))
