"""The keys of an AI detector beyond the first: where the score comes from, what it costs, and its calibration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from handover_rules.problems import Problem
from handover_rules.ruleset import OpenAISpec, Prices


def with_keys(keys: str) -> str:
    return f"ruleset: shop\ndetectors: {{ai: {{kind: openai, cost: 1, model: gpt, prompt: ask.j2{keys}}}}}\n"


def read(look: Any, keys: str) -> OpenAISpec:
    examined = look(with_keys(keys))
    assert examined.problems == ()
    ai = examined.ruleset.detectors["ai"]
    assert isinstance(ai, OpenAISpec)
    return ai


def problem(look: Any, keys: str) -> Problem:
    (found,) = look(with_keys(keys)).problems
    assert isinstance(found, Problem)
    return found


def test_what_counts_where_nothing_is_said(look: Any) -> None:
    ai = read(look, "")
    assert (ai.confidence, ai.samples, ai.answers) == ("self_reported", None, "auto")
    assert (ai.prices, ai.daily_budget, ai.calibration) == (None, None, "")


@pytest.mark.parametrize(("keys", "samples"), [("confidence: samples", 5), ("confidence: samples, samples: 9", 9)])
def test_samples(look: Any, keys: str, samples: int) -> None:
    ai = read(look, f", {keys}")
    assert (ai.confidence, ai.samples) == ("samples", samples)


@pytest.mark.parametrize("answers", ["auto", "schema", "json"])
def test_answers(look: Any, answers: str) -> None:
    assert read(look, f", answers: {answers}, confidence: logprob").answers == answers


def test_prices_and_budget(look: Any) -> None:
    ai = read(look, ", prices: {input: 0.50, output: 1.50}, daily_budget: 2")
    assert (ai.prices, ai.daily_budget) == (Prices(0.5, 1.5), 2.0)
    assert read(look, ", prices: {input: 0.50, output: 1.50}").daily_budget is None


@pytest.mark.parametrize("keys", ["samples: 5", "confidence: logprob, samples: 5"])
def test_samples_count_only_with_their_confidence(look: Any, keys: str) -> None:
    found = problem(look, f", {keys}")
    assert found.code == "E107"
    assert found.message.startswith("`samples` counts only with `confidence: samples`, and it is ")
    assert found.place.column == with_keys(f", {keys}").splitlines()[1].rindex("5") + 1


def test_a_budget_needs_prices(look: Any) -> None:
    found = problem(look, ", daily_budget: 2.00")
    assert found.code == "E106"
    assert "`prices` is missing" in found.message
    assert found.place.column == with_keys(", daily_budget: 2.00").splitlines()[1].index("2.00") + 1


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("confidence: sure", "E107"),
        ("confidence: samples, samples: 1", "E107"),
        ("confidence: samples, samples: 21", "E107"),
        ("answers: xml", "E107"),
        ("prices: {input: 0.5}", "E106"),
        ("prices: {input: 0.5, output: -1}", "E107"),
        ("prices: {input: 0.5, output: 1, cached: 1}", "E103"),
        ("prices: 0.5", "E105"),
        ("prices: {input: 1, output: 1}, daily_budget: -1", "E107"),
        ("calibration: none.json", "E119"),
        ("calibration: ../ai.json", "E119"),
        ("calibration: empty.json", "E119"),
    ],
)
def test_what_is_impossible(look: Any, tmp_path: Path, keys: str, code: str) -> None:
    (tmp_path / "empty.json").write_text("\n", encoding="utf-8")
    assert problem(look, f", {keys}").code == code


def test_the_calibration_is_read_and_is_part_of_the_rulesets_hash(look: Any, tmp_path: Path) -> None:
    def hashed(file: str, text: str) -> str:
        (tmp_path / file).write_text(text, encoding="utf-8")
        examined = look(with_keys(f", calibration: {file}"))
        assert examined.ruleset.detectors["ai"].calibration == text
        return str(examined.ruleset.hash)

    assert hashed("ai.json", "{}") == hashed("other.json", "{}")
    assert hashed("ai.json", "{}") != hashed("ai.json", "[]") != look(with_keys("")).ruleset.hash


@pytest.mark.parametrize("keys", ["confidence: logprob", "answers: json", "prices: {input: 1, output: 1}"])
def test_every_key_is_part_of_the_hash(look: Any, keys: str) -> None:
    assert look(with_keys(f", {keys}")).ruleset.hash != look(with_keys("")).ruleset.hash
