"""What messages cost and cause under two rulesets: outcomes, questions to an AI, planned actions, settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import get_args

from eval.deciders import Prediction
from handover_rules.decision import Outcome
from handover_rules.ruleset import Settings
from handover_rules.signals import Unavailable

__all__ = ["BeforeAfter", "Usage", "usage"]

_SETTINGS = tuple(field.name for field in fields(Settings))


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """How many there are before a change and after it."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Over all decided messages, labelled or not.

    `ai_calls` are the messages that ask an AI, `ai_unanswered` those of them to which no answer is recorded: what an
    answer would have changed is not known. `actions` are planned actions by kind. `other_settings` are the messages
    that are handed over before and after, with another setting; `settings` counts them by the setting.
    """

    outcomes: tuple[BeforeAfter, ...]
    ai_calls: tuple[BeforeAfter, ...]
    ai_unanswered: tuple[BeforeAfter, ...]
    actions: tuple[BeforeAfter, ...]
    other_settings: int
    settings: Mapping[str, int]


def usage(before: Sequence[Prediction], after: Sequence[Prediction], paid: Sequence[str]) -> Usage:
    """Count what the same messages get under both; `paid` are the detectors to be counted."""
    both = (before, after)
    actions = [Counter(kind for one in said for kind in one.actions) for said in both]
    settings = [
        [name for name in _SETTINGS if getattr(old.settings, name) != getattr(new.settings, name)]
        for old, new in zip(before, after, strict=True)
        if old.handover and new.handover
    ]
    by_setting = Counter(name for names in settings for name in names)
    return Usage(
        outcomes=_of_both(get_args(Outcome), [Counter(str(one.outcome) for one in said) for said in both]),
        ai_calls=_of_both(paid, [Counter(name for one in said for name in one.signals) for said in both]),
        ai_unanswered=_of_both(paid, [Counter(name for one in said for name in _unanswered(one)) for said in both]),
        actions=_of_both(sorted(actions[0] | actions[1]), actions),
        other_settings=sum(map(bool, settings)),
        settings={name: by_setting[name] for name in _SETTINGS},
    )


def _unanswered(said: Prediction) -> list[str]:
    return [name for name, signal in said.signals.items() if isinstance(signal, Unavailable)]


def _of_both(names: Iterable[str], counts: Sequence[Counter[str]]) -> tuple[BeforeAfter, ...]:
    before, after = counts
    return tuple(BeforeAfter(name, before[name], after[name]) for name in names)
