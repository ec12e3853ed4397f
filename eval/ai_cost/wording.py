"""The estimate and the use of an AI in words: one line a detector, the same wherever they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.ai_cost.estimate import CostEstimate, DetectorEstimate
from eval.ai_cost.use import AnswerUse
from handover_rules.detectors.question_size import BYTES_OF_A_TOKEN

__all__ = ["estimate_lines", "in_currency", "unpriced", "use_lines"]


def estimate_lines(estimate: CostEstimate) -> Iterator[str]:
    """What is to be asked and what it will cost; one line where one detector is to be asked."""
    if not estimate.detectors:
        yield "nothing to ask: what the rules ask an AI is recorded"
    for one in estimate.detectors:
        yield _estimate_line(one, estimate)
    if len(estimate.detectors) > 1 and estimate.money is not None:
        yield f"all of them together: about {in_currency(estimate.money)}"


def unpriced(estimate: CostEstimate) -> Iterator[str]:
    """What to write where, for each detector without prices."""
    for one in estimate.detectors:
        if one.money is None:
            yield f"{one.detector}: to know the cost, write its `prices: {{input: .., output: ..}}` at {one.declared}"


def use_lines(uses: Sequence[AnswerUse]) -> Iterator[str]:
    """What became of the questions to each detector, and what that cost; nothing where nothing was answered or asked.

    A second line tells of recorded answers that are of no use any more.
    """
    for use in uses:
        if use.recorded or use.asked:
            yield _use_line(use)
        if use.stale:
            yield f"{use.detector}: {use.stale:,} recorded answers are stale (for another model, prompt or option)"


def in_currency(money: float) -> str:
    """An amount in the currency of a detector's `prices`, such as `12.34` or `0.0012`."""
    if 0 < money < 0.0001:
        return "less than 0.0001"
    return f"{money:,.2f}" if money >= 1 or not money else f"{money:.4f}"


def _estimate_line(one: DetectorEstimate, estimate: CostEstimate) -> str:
    most = "at most " if estimate.at_most else ""
    which = "to ask, recorded or not" if estimate.again else "not recorded"
    requests = "" if one.requests == one.questions else f" in {one.requests:,} requests"
    answers = f"the mean of {one.measured:,} earlier ones" if one.measured else "the most that one may have"
    cost = "no cost is known" if one.money is None else f"about {in_currency(one.money)} in the currency of its prices"
    return (
        f"{one.detector} ({one.model}): {most}{_count(one.questions, 'question')} {which}{requests}: "
        f"about {one.prompt_tokens:,} tokens in (one for {BYTES_OF_A_TOKEN} bytes of a request), "
        f"{one.answer_tokens:,} out ({one.answer_mean:,.0f} an answer, {answers}): {cost}"
    )


def _use_line(use: AnswerUse) -> str:
    asked = f"{use.asked:,} asked"
    if use.requests:
        paid = "" if use.money is None else f"; {in_currency(use.money)} in the currency of its prices"
        tokens = f"{use.prompt_tokens:,} tokens in, {use.completion_tokens:,} out"
        asked += f" ({_count(use.requests, 'request')}, {tokens}{paid})"
    line = f"{use.detector}: {use.recorded:,} answered from the store, {asked}"
    if not use.unavailable:
        return line
    return f"{line}; no answer: {', '.join(f'{n:,} {reason}' for reason, n in use.unavailable.items())}"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
