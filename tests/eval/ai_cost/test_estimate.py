"""What asking will cost: tokens by what is sent, answers by the most or the mean, money by the detector's prices."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.ai_cost.estimate import CostEstimate, estimated
from eval.ai_cost.questions import Questions, ToDetector
from eval.ai_cost.usage_log import Used
from eval.ai_cost.wording import estimate_lines, in_currency, unpriced
from handover_rules.detectors import Query
from handover_rules.detectors.question_size import QuestionSizes
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import OpenAISpec

QUERIES = [Query("hm"), Query("hm?"), Query(" ")]


def spec_with(rules: Path, options: str = "") -> OpenAISpec:
    file = rules / "shop.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("timeout_ms: 1000", f"timeout_ms: 1000{options}"))
    spec = load_ruleset(rules).detectors["ai"]
    assert isinstance(spec, OpenAISpec)
    return spec


def estimate_of(spec: OpenAISpec, used: Used | None = None, *, again: bool = False) -> CostEstimate:
    to = ToDetector(spec, {query.key(): query for query in QUERIES})
    return estimated(Questions(again=again, found={"f1": to}), {} if used is None else {"f1": used})


def sent(spec: OpenAISpec) -> int:
    return sum(size.prompt_tokens for query in QUERIES if (size := QuestionSizes(spec).of(query)))


def test_answers_count_at_the_most_they_may_have(rules: Path) -> None:
    spec = spec_with(rules, ", prices: {input: 2, output: 10}")
    (one,) = estimate_of(spec).detectors
    # A message without text is not sent.
    assert (one.questions, one.requests, one.answer_tokens, one.measured) == (2, 2, 400, 0)
    assert one.prompt_tokens == sent(spec)
    assert one.money == pytest.approx((2 * one.prompt_tokens + 10 * 400) / 1e6)
    (line,) = estimate_lines(estimate_of(spec))
    assert line.startswith(f"ai (some-model): 2 questions not recorded: about {one.prompt_tokens} tokens in (one for 4")
    assert "400 out (200 an answer, the most that one may have): about 0.004" in line


def test_or_as_the_mean_of_those_before(rules: Path) -> None:
    (one,) = estimate_of(spec_with(rules), Used(requests=10, completion_tokens=325)).detectors
    assert (one.answer_tokens, one.answer_mean, one.measured) == (65, 32.5, 10)
    (line,) = estimate_lines(estimate_of(spec_with(rules), Used(10, 325), again=True))
    assert "2 questions to ask, recorded or not" in line
    assert "65 out (32 an answer, the mean of 10 earlier ones)" in line


def test_samples_are_requests_of_their_own(rules: Path) -> None:
    spec = spec_with(rules, ", confidence: samples, samples: 5")
    (one,) = estimate_of(spec).detectors
    assert (one.questions, one.requests, one.answer_tokens) == (2, 10, 2_000)
    assert "2 questions not recorded in 10 requests" in next(estimate_lines(estimate_of(spec)))


def test_without_prices_it_says_where_to_write_them(rules: Path) -> None:
    estimate = estimate_of(spec_with(rules))
    assert estimate.money is None
    assert next(estimate_lines(estimate)).endswith("no cost is known")
    (line,) = unpriced(estimate)
    assert "write its `prices: {input: .., output: ..}` at " in line
    assert f"{rules / 'shop.yaml'}:9:" in line


def test_several_detectors_have_a_sum(rules: Path) -> None:
    spec = spec_with(rules, ", prices: {input: 2, output: 10}")
    found = {mark: ToDetector(spec, {"k": QUERIES[0]}) for mark in ("f1", "f2")}
    estimate = estimated(Questions(at_most=True, found=found), {})
    first, second, total = estimate_lines(estimate)
    assert first == second
    assert "at most 1 question not recorded" in first
    assert estimate.money == pytest.approx(2 * (estimate.detectors[0].money or 0))
    assert total.startswith("all of them together: about 0.00")


def test_nothing_to_ask(rules: Path) -> None:
    nothing = estimated(Questions(found={"f1": ToDetector(spec_with(rules), {"k": QUERIES[2]})}), {})
    assert nothing.detectors == ()
    assert list(estimate_lines(nothing)) == ["nothing to ask: what the rules ask an AI is recorded"]


@pytest.mark.parametrize(
    ("money", "text"), [(0, "0.00"), (0.00001, "less than 0.0001"), (0.01234, "0.0123"), (1234.5, "1,234.50")]
)
def test_amounts(money: float, text: str) -> None:
    assert in_currency(money) == text
