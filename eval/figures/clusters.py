"""Messages that depend on each other: those of one conversation, which are drawn, or not drawn, together.

An interval that takes them as independent is too narrow. So whole conversations are resampled (a cluster bootstrap);
and where too few of them tell anything, each is taken to count once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.proportion import proportion_confint

from eval.figures.metrics import Counts, Figures, Proportion, f1_of, figures, per_1000, wilson

__all__ = ["FEWEST", "by_conversation", "clustered", "figures_by_conversation", "resampled", "worth"]

FEWEST = 6
"""With fewer clusters that differ from the rest, resampling takes for certain what it saw."""

_RESAMPLES = 10_000
_SEED = 0


def by_conversation(values: Iterable[tuple[Hashable, int]]) -> list[list[int]]:
    """The values of each conversation; a message without one (None) is its own."""
    parts: dict[Hashable, list[int]] = {}
    for number, (conversation, value) in enumerate(values):
        parts.setdefault((conversation, number if conversation is None else None), []).append(value)
    return list(parts.values())


def worth(sizes: ArrayLike) -> float:
    """What each message counts for where those of a cluster are all alike: 1 where each is its own.

    n messages in clusters of sizes m are then worth n^2 / sum(m^2) independent ones (L. Kish, Survey Sampling, 1965).
    """
    return float(np.sum(sizes) / np.sum(np.square(sizes)))


def resampled(kinds: Counter[tuple[int, int]], quantiles: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles of the resampled ratio of sums, from how many clusters have which size and sum.

    Clusters of one kind are interchangeable, so drawing how many of each kind a resample has is drawing the clusters.
    10,000 resamples with a fixed seed.
    """
    sizes, sums = (np.array(values) for values in zip(*kinds, strict=True))
    number = kinds.total()
    shares = np.array(list(kinds.values())) / number
    draws = np.random.default_rng(_SEED).multinomial(number, shares, size=_RESAMPLES)
    return np.asarray(np.quantile((draws @ sums) / (draws @ sizes), quantiles), dtype=np.float64)


def clustered(hits: Iterable[tuple[Hashable, int]]) -> Proportion | None:
    """A share with its 95 % interval, from each message's conversation (None: it is alone) and 1 or 0.

    Wilson's interval where every message is its own. Else percentiles of resampled conversations, or where fewer than
    `FEWEST` conversations have a hit, or have a miss, Wilson's with as many messages as these are worth.
    """
    parts = by_conversation(hits)
    found, n = sum(map(sum, parts)), sum(map(len, parts))
    plain = wilson(found, n)
    if plain is None or len(parts) == n:
        return plain
    telling = min(sum(any(part) for part in parts), sum(not all(part) for part in parts))
    if telling < FEWEST:
        share = worth(list(map(len, parts)))
        low, high = proportion_confint(found * share, n * share, alpha=0.05, method="wilson")
    else:
        low, high = resampled(Counter((len(part), sum(part)) for part in parts), (0.025, 0.975))
    return Proportion(plain.value, float(low), float(high), found, n)


def figures_by_conversation(
    positive: NDArray[np.bool_], alarm: NDArray[np.bool_], conversations: Sequence[Hashable]
) -> Figures:
    """The figures of messages by their label, whether they are handed over, and conversation (None: it is alone)."""
    tp, fp, fn, tn = ((positive & alarm), (~positive & alarm), (positive & ~alarm), (~positive & ~alarm))
    counts = Counts(*(int(cell.sum()) for cell in (tp, fp, fn, tn)))
    said = pd.Series(list[Any](conversations), dtype=object)
    if not said.dropna().duplicated().any():
        return figures(counts)

    def share(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Proportion | None:
        return clustered(zip(said[among], hits[among].astype(int).tolist(), strict=True))

    return Figures(
        counts=counts,
        precision=share(tp, alarm),
        recall=share(tp, positive),
        f1=f1_of(share(tp, tp | fp | fn)),
        false_alarms=per_1000(share(fp, ~positive)),
    )
