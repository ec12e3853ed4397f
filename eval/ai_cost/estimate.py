"""What it will cost to ask what is not recorded: questions, tokens and money, estimated without asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.ai_cost.questions import Questions, ToDetector
from eval.ai_cost.usage_log import Used
from handover_rules.detectors.question_size import QuestionSizes

__all__ = ["CostEstimate", "DetectorEstimate", "estimated"]


@dataclass(frozen=True, slots=True)
class DetectorEstimate:
    """What one detector is to be asked.

    A question takes one request or several (samples); retries are not foreseen. Of all requests together,
    `prompt_tokens` are sent (a quarter of their bytes) and `answer_tokens` come back. `answer_mean` is the mean of one
    answer, from `measured` earlier requests; with 0 of them it is the most that an answer may have. `money` is in the
    currency of the detector's `prices`, None where it has none. `declared` is where that is to be written: file, line
    and column.
    """

    detector: str
    model: str
    fingerprint: str
    questions: int
    requests: int
    prompt_tokens: int
    answer_tokens: int
    answer_mean: float
    measured: int
    money: float | None
    declared: str


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """All detectors that are to be asked. See `Questions` for `again` and `at_most`."""

    detectors: tuple[DetectorEstimate, ...]
    again: bool
    at_most: bool

    @property
    def money(self) -> float | None:
        """Of all detectors together; None where one of them has no prices."""
        known = [one.money for one in self.detectors if one.money is not None]
        return sum(known) if len(known) == len(self.detectors) else None


def estimated(questions: Questions, used: Mapping[str, Used]) -> CostEstimate:
    """The estimate of these questions. `used` tells by fingerprint what answers took before.

    Raises DetectorError for a prompt that cannot be rendered.
    """
    each = (_of_one(mark, asked, used.get(mark)) for mark, asked in questions.found.items())
    return CostEstimate(tuple(one for one in each if one.questions), questions.again, questions.at_most)


def _of_one(fingerprint: str, asked: ToDetector, used: Used | None) -> DetectorEstimate:
    spec = asked.spec
    sizes = QuestionSizes(spec)
    found = [size for query in asked.queries.values() if (size := sizes.of(query)) is not None]
    requests, prompt_tokens = sum(size.requests for size in found), sum(size.prompt_tokens for size in found)
    mean = float(sizes.answer_at_most) if used is None else used.mean
    answer_tokens = round(requests * mean)
    prices = spec.prices
    return DetectorEstimate(
        detector=spec.name,
        model=spec.model,
        fingerprint=fingerprint,
        questions=len(found),
        requests=requests,
        prompt_tokens=prompt_tokens,
        answer_tokens=answer_tokens,
        answer_mean=mean,
        measured=0 if used is None else used.requests,
        money=None if prices is None else prices.of(prompt_tokens, answer_tokens),
        declared=str(spec.place),
    )
