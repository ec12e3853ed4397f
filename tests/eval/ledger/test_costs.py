from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.dataset import read_dataset
from eval.ledger.costs import distinct_texts, microseconds, pattern_microseconds
from handover_rules.engine import Engine
from handover_rules.rulefile import load_ruleset
from tests.handover_rules.engine.building import ruleset_of


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


def test_a_rule_of_very_many_phrases_costs_more_than_one_of_none(tmp_path: Path) -> None:
    phrases = "".join(f"        - word{n} ... word{n + 1}\n" for n in range(300))
    ruleset = ruleset_of(
        f"""\
rules:
  - {{id: none, when: {{turns: {{at_least: 9}}}}, then: handover}}
  - id: many
    when:
      phrase:
{phrases}
    then: handover
""",
        tmp_path,
    )
    texts = [" ".join(f"word{(7 * n + k) % 300}" for n in range(60)) for k in range(40)]
    costs = microseconds(ruleset, texts)
    # It is about seventy times as much, in processor time: not even a busy machine comes near to this.
    assert costs["many"] > 5 * costs["none"]


def test_every_phrase_and_regex_has_a_cost(shop: Path) -> None:
    ruleset = load_ruleset(shop)
    patterns = Engine(ruleset).patterns
    costs = pattern_microseconds(ruleset, patterns, ["terrible!!! \ud800", "agent please", "hello"])
    assert set(costs) == {pattern.number for pattern in patterns}
    assert pattern_microseconds(ruleset, patterns, []) == {}


def test_a_phrase_costs_more_in_longer_messages(shop: Path) -> None:
    ruleset = load_ruleset(shop)
    patterns = Engine(ruleset).patterns
    short, long = (
        pattern_microseconds(ruleset, patterns, [f"{n} " + "agent please " * times for n in range(40)])
        for times in (1, 1_000)
    )
    phrases = [pattern.number for pattern in patterns if pattern.kind == "phrase"]
    assert all(long[number] > 5 * short[number] for number in phrases)
