from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.dataset import read_dataset
from eval.ledger.costs import distinct_texts, microseconds, pattern_microseconds
from handover_rules.engine import Engine
from handover_rules.rulefile import load_ruleset


def test_texts_are_distinct_spread_and_bounded(write_rows: Callable[..., Path]) -> None:
    rows = [{"id": str(n), "text": f"message {n // 2}"} for n in range(200)]
    turns = {"conversation_id": "c", "speaker": "bot", "text": "an answer"}
    dataset = read_dataset([write_rows([*rows, {**turns, "id": "b", "turn": 1}])])
    assert distinct_texts(dataset, most=1_000) == [f"message {n}" for n in range(100)]
    few = distinct_texts(dataset, most=30)
    assert few == [f"message {n}" for n in range(0, 100, 4)]
    assert few == distinct_texts(dataset, most=30)


def test_every_rule_has_a_cost_even_with_one_text(shop: Path) -> None:
    ruleset = load_ruleset(shop)
    for texts in (["terrible!!! \ud800"], ["terrible!!!", "agent please", "hello"]):
        costs = microseconds(ruleset, texts)
        assert set(costs) == {rule.id for rule in ruleset.rules}
        assert min(costs.values()) > 0
    assert microseconds(ruleset, []) == {}


def test_every_phrase_and_regex_has_a_cost(shop: Path) -> None:
    ruleset = load_ruleset(shop)
    patterns = Engine(ruleset).patterns
    costs = pattern_microseconds(ruleset, patterns, ["terrible!!! \ud800", "agent please", "hello"])
    assert set(costs) == {pattern.number for pattern in patterns}
    assert pattern_microseconds(ruleset, patterns, []) == {}
