"""Several answers of a chat model to one question, made one: the share by which a person is needed.

A model that answers itself differently is not sure (Wang et al., Self-Consistency Improves Chain of Thought
Reasoning in Language Models, 2023).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from handover_rules.signals import Score, Signal, Unavailable

__all__ = ["share_of_samples"]


def share_of_samples(signals: Sequence[Signal]) -> Signal:
    """The share of the valid answers (0 to 1) that say a person is needed; `signals` has at least one.

    `needed` is what at least half of them say, `confidence` the share that says so, `reason` that of the first of
    these. Where no more than half of the answers are valid, it is `Unavailable` with the reason that most have.
    """
    valid = [signal for signal in signals if isinstance(signal, Score)]
    if 2 * len(valid) <= len(signals):
        reasons = Counter(signal.reason for signal in signals if isinstance(signal, Unavailable))
        return Unavailable(reasons.most_common(1)[0][0])
    share = sum(signal.needed is True for signal in valid) / len(valid)
    needed = share >= 0.5
    reason = next(signal.reason for signal in valid if signal.needed is needed)
    return Score(share, needed, max(share, 1 - share), reason)
