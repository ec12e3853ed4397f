"""What became of the questions to an AI, and what they cost: counted here, and shown wherever a run is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from eval.ai_cost.usage_log import keep_usage
from handover_rules.detectors import AnswerStore, Counts, Detector, Recorded, Spending

__all__ = ["AnswerUse", "Meter"]


@dataclass(frozen=True, slots=True)
class AnswerUse:
    """Where a detector's answers came from in a run, what they cost, and how many recorded ones it can no longer use.

    `missing` were neither recorded nor could they be asked; `unavailable` counts all that got no answer, by reason.
    `requests`, retries included, took the tokens, as the provider reported them, and `money` in the currency of the
    detector's `prices` (None: it has none, or nobody could be asked; see `Spending`). This is no part of the report:
    answers that are asked today and the same answers recorded give the same figures.
    """

    detector: str
    recorded: int
    asked: int
    missing: int
    stale: int
    unavailable: Mapping[str, int]
    requests: int
    retries: int
    prompt_tokens: int
    completion_tokens: int
    money: float | None

    def as_json(self) -> dict[str, object]:
        """As JSON values."""
        return asdict(self)


class Meter:
    """Adds up the use of detectors that work with recorded answers: those of one replay, or of several in turn."""

    def __init__(self, store: AnswerStore) -> None:
        self._store = store
        self._fingerprints: set[str] = set()
        self._used: dict[str, list[tuple[Counts, Spending]]] = {}

    def add(self, detectors: Mapping[str, Detector]) -> None:
        """Count what was asked of these detectors since they were built, and keep it for later estimates.

        Each may be added once, when it is not asked any more.
        """
        keep_usage(detectors, self._store)
        for name, one in detectors.items():
            if isinstance(one, Recorded):
                self._fingerprints.add(one.fingerprint)
                # Without a key there is nobody to ask, though the questions were put.
                put = one.counts
                counts = put if one.remote else Counts(put.hits, 0, put.missing + put.asked, put.unavailable)
                self._used.setdefault(name, []).append((counts, one.usage or Spending()))

    def uses(self) -> tuple[AnswerUse, ...]:
        """The use of each detector, by name. Raises AnswerStoreError for a store that cannot be read."""
        if not self._used:
            return ()
        stale = self._store.stale({mark: mark for mark in self._fingerprints})
        return tuple(
            _use(name, used, sum(n for (recorded_for, _), n in stale.items() if recorded_for == name))
            for name, used in sorted(self._used.items())
        )


def _use(name: str, used: Iterable[tuple[Counts, Spending]], stale: int) -> AnswerUse:
    counts, spent = Counts(), []
    for put, spending in used:
        counts.add(put)
        spent.append(spending)
    money = [one.money for one in spent if one.money is not None]
    return AnswerUse(
        detector=name,
        recorded=counts.hits,
        asked=counts.asked,
        missing=counts.missing,
        stale=stale,
        unavailable=dict(sorted(Counter(counts.unavailable).items())),
        requests=sum(one.calls for one in spent),
        retries=sum(one.retries for one in spent),
        prompt_tokens=sum(one.prompt_tokens for one in spent),
        completion_tokens=sum(one.completion_tokens for one in spent),
        money=sum(money) if money else None,
    )
