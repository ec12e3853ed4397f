"""Which questions would be asked: exactly those that a live run asks, without asking any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import pytest

from eval.ai_cost.questions import Questions
from eval.dataset import DataFile, Row
from eval.deciders import build_decider
from handover_rules.detectors import Answer, AnswerStore, Query, openai_fingerprint
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import OpenAISpec, Ruleset
from handover_rules.signals import Score

Make = Callable[..., Row]

TWO = """
ruleset: shop
detectors:
  small: {kind: openai, cost: 10, model: small, prompt: ask.j2}
  large: {kind: openai, cost: 100, model: large, prompt: ask.j2}
rules:
"""


@pytest.fixture
def store(tmp_path: Path) -> AnswerStore:
    return AnswerStore(tmp_path / "answers.jsonl")


def spec_of(ruleset: Ruleset, name: str) -> OpenAISpec:
    spec = ruleset.detectors[name]
    assert isinstance(spec, OpenAISpec)
    return spec


def record(store: AnswerStore, ruleset: Ruleset, scores: Mapping[str, float], name: str = "ai") -> None:
    mark = openai_fingerprint(spec_of(ruleset, name))
    store.append(Answer(Query(text).key(), name, mark, Score(score)) for text, score in scores.items())


def asked(
    ruleset: Ruleset,
    store: AnswerStore,
    rows: list[Row],
    *,
    only: str | None = None,
    each: Literal["local", "all"] | None = "local",
    again: bool = False,
) -> tuple[dict[str, list[str]], bool]:
    """The texts that each detector would be asked about, and whether there are at most so many."""
    questions = Questions(again=again)
    decider = build_decider(ruleset, only, {}, answers=store, mode="offline", each=each)
    questions.look(ruleset, decider, [DataFile("rows.jsonl", "0" * 64, tuple(rows))])
    found = {to.spec.name: [query.text for query in to.queries.values()] for to in questions.found.values()}
    return found, questions.at_most


def test_only_messages_that_the_rules_do_not_decide_and_each_question_once(
    rules: Path, store: AnswerStore, make_row: Make
) -> None:
    ruleset = load_ruleset(rules)
    record(store, ruleset, {"known": 0.9})
    rows = [make_row(str(n), text) for n, text in enumerate(("human please", "hm", "hm", "known", "hm?"))]
    rows.append(make_row("bot", "Hello!", speaker="bot"))
    assert asked(ruleset, store, rows) == ({"ai": ["hm", "hm?"]}, False)


def test_what_was_said_before_is_part_of_the_question(rules: Path, store: AnswerStore, make_row: Make) -> None:
    said = [make_row(f"c:{turn}", "hm", conversation_id="c", turn=turn) for turn in range(2)]
    assert asked(load_ruleset(rules), store, said)[0] == {"ai": ["hm", "hm"]}


def test_asking_again_counts_what_is_recorded(rules: Path, store: AnswerStore, make_row: Make) -> None:
    ruleset = load_ruleset(rules)
    record(store, ruleset, {"known": 0.9})
    rows = [make_row("a", "known"), make_row("b", "hm")]
    assert asked(ruleset, store, rows, again=True)[0] == {"ai": ["known", "hm"]}


def test_a_detector_alone_and_all_scores_are_asked_about_every_message(
    rules: Path, store: AnswerStore, make_row: Make
) -> None:
    ruleset = load_ruleset(rules)
    rows = [make_row("a", "human please"), make_row("b", "hm")]
    assert asked(ruleset, store, rows, only="ai")[0] == {"ai": ["human please", "hm"]}
    assert asked(ruleset, store, rows, each="all")[0] == {"ai": ["human please", "hm"]}
    assert asked(ruleset, store, rows, only="patterns")[0] == {}


def test_a_detector_that_is_switched_off_is_not_asked(rules: Path, store: AnswerStore, make_row: Make) -> None:
    file = rules / "shop.yaml"
    file.write_text(file.read_text().replace("timeout_ms: 1000}", "timeout_ms: 1000, enabled: false}"))
    assert asked(load_ruleset(rules), store, [make_row("a", "hm")])[0] == {}


def sure_or(other: str) -> str:
    """A condition: the small model is sure, or this, and the large one agrees."""
    large = "{score: {of: large, at_least: 0.5}}"
    return f"{{any: [{{score: {{of: small, at_least: 0.9}}}}, {{all: [{other}, {large}]}}]}}"


BAND = sure_or("{score: {of: small, at_least: 0.2}}")
BACKUP = sure_or("{unavailable: small}")


@pytest.mark.parametrize(
    "rest",
    [
        f"  - {{id: a, when: {BAND}, then: handover}}",
        f"  - {{id: a, when: {BACKUP}, then: handover}}",
        "  - {id: a, when: {score: {of: small, at_least: 0.9}}, then: handover}\n"
        "  - {id: b, when: {score: {of: large, at_least: 0.9}}, then: tag, set: {priority: high}}",
    ],
)
def test_what_a_second_detector_may_be_asked_counts_as_well(
    rules: Path, store: AnswerStore, make_row: Make, rest: str
) -> None:
    (rules / "shop.yaml").write_text(TWO + rest, encoding="utf-8")
    ruleset = load_ruleset(rules)
    assert asked(ruleset, store, [make_row("a", "hm")]) == ({"small": ["hm"], "large": ["hm"]}, True)


def test_what_the_first_detector_said_decides_about_the_second(rules: Path, store: AnswerStore, make_row: Make) -> None:
    (rules / "shop.yaml").write_text(f"{TWO}  - {{id: a, when: {BAND}, then: handover}}", encoding="utf-8")
    ruleset = load_ruleset(rules)
    record(store, ruleset, {"sure": 0.95, "never": 0.0, "perhaps": 0.5}, "small")
    rows = [make_row(text, text) for text in ("sure", "never", "perhaps")]
    assert asked(ruleset, store, rows) == ({"large": ["perhaps"]}, False)
