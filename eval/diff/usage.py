"""What messages cost and cause under two rulesets: outcomes, questions to an AI, planned actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from eval.deciders import Prediction
from handover_rules.decision import Outcome
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Unavailable

__all__ = ["Tally", "Usage", "paid_detectors", "usage"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are before a change and after it."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Over all decided messages, labelled or not.

    `ai_calls` are the messages that ask an AI, `ai_unanswered` those of them to which no answer is recorded: what an
    answer would have changed is not known. `actions` are planned actions by kind.
    """

    outcomes: tuple[Tally, ...]
    ai_calls: tuple[Tally, ...]
    ai_unanswered: tuple[Tally, ...]
    actions: tuple[Tally, ...]


def paid_detectors(rulesets: Iterable[Ruleset]) -> list[str]:
    """The detectors of the rulesets that cost money for each message that they are asked about."""
    specs = [spec for ruleset in rulesets for spec in ruleset.detectors.values()]
    return sorted({spec.name for spec in specs if spec.kind == "openai" and spec.enabled})


def usage(before: Sequence[Prediction], after: Sequence[Prediction], paid: Sequence[str]) -> Usage:
    """Count what the same messages get under both; `paid` are the detectors to be counted."""
    both = (before, after)
    actions = [Counter(kind for one in said for kind in one.actions) for said in both]
    return Usage(
        outcomes=_tallies(get_args(Outcome), [Counter(str(one.outcome) for one in said) for said in both]),
        ai_calls=_tallies(paid, [Counter(name for one in said for name in one.signals) for said in both]),
        ai_unanswered=_tallies(paid, [Counter(name for one in said for name in _unanswered(one)) for said in both]),
        actions=_tallies(sorted(actions[0] | actions[1]), actions),
    )


def _unanswered(said: Prediction) -> list[str]:
    return [name for name, signal in said.signals.items() if isinstance(signal, Unavailable)]


def _tallies(names: Iterable[str], counts: Sequence[Counter[str]]) -> tuple[Tally, ...]:
    before, after = counts
    return tuple(Tally(name, before[name], after[name]) for name in names)
