"""Is the change no worse than what was there? A non-inferiority verdict against a margin that was declared before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, log10
from typing import Literal, TypeAlias

from scipy.optimize import brentq

from eval.diff.paired import FEWEST_MOVED, Paired, score_interval

__all__ = ["Judgement", "Verdict", "judge", "together"]

Verdict: TypeAlias = Literal["no worse", "worse", "not enough data to say"]

# Nobody labels a thousand times as many messages as there are: what needs more is not told.
_MOST_TIMES = 1_000.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the data say of a share that must not fall (or rise) by `margin` or more.

    `paired` is None where no message tells. `more` is roughly how many further messages of the same kind would end the
    doubt, were they to move as these did; None where there is no doubt, or no number that is worth naming.
    """

    verdict: Verdict
    margin: float
    paired: Paired | None
    more: int | None


def judge(paired: Paired | None, margin: float, *, harm: Literal["fall", "rise"]) -> Judgement:
    """Judge a change of which `harm` is the bad direction.

    `no worse`: the one-sided 95 % bound of the harm is below the margin. `worse`: the other bound is above it, and at
    least six conversations moved. Anything else is not enough data.
    """
    if paired is None:
        return Judgement("not enough data to say", margin, None, None)
    fall = harm == "fall"
    least, most = (-paired.high, -paired.low) if fall else (paired.low, paired.high)
    if most < margin:
        return Judgement("no worse", margin, paired, None)
    if least > margin and paired.moved >= FEWEST_MOVED:
        return Judgement("worse", margin, paired, None)
    worse, better = (paired.down, paired.up) if fall else (paired.up, paired.down)
    return Judgement("not enough data to say", margin, paired, _more(worse, better, paired, margin))


def together(judgements: Iterable[Judgement]) -> Verdict:
    """The verdict on a change as a whole: worse if it is in any respect, no worse if it is in none."""
    verdicts = {judgement.verdict for judgement in judgements}
    if "worse" in verdicts:
        return "worse"
    return "no worse" if verdicts == {"no worse"} else "not enough data to say"


def _more(worse: int, better: int, paired: Paired, margin: float) -> int | None:
    """How many messages are missing, with counts that grow in proportion; to two digits, rounded up."""
    harm, share = (worse - better) / paired.n, paired.effective_n / paired.n

    def beyond(times: float) -> float:
        """Above 0 where so many times the messages would settle it."""
        least, most = score_interval(worse * share * times, better * share * times, paired.n * share * times)
        return margin - most if harm < margin else least - margin

    if harm == margin or beyond(_MOST_TIMES) <= 0:
        return None
    fewest = 1.0 if harm < margin else max(1.0, FEWEST_MOVED / paired.moved)
    times = fewest if beyond(fewest) >= 0 else float(brentq(beyond, fewest, _MOST_TIMES))
    missing = (times - 1) * paired.n
    step = 10 ** max(0, int(log10(missing)) - 1) if missing >= 1 else 1
    return ceil(missing / step) * step or None
