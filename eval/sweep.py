"""A sweep: what the ruleset decides about every message at every value of one named threshold.

It is the ruleset that is decided again, all else unchanged, and not a detector's score that is compared: a phrase
still hands over, a `not` still turns round, and a cheaper detector still decides who asks the dearer one.

A comparison with the threshold changes only at the score that is compared, so a message is decided once for each
stretch between its own scores: twice with one detector, and once where its score was never asked for. In each
stretch it is known which comparisons hold, so an engine decides in which they always or never do. Detectors are asked
again for each stretch, and must answer alike: local ones compute, others answer from a store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from eval.dataset import Dataset
from eval.on_all_cores import replay_all
from eval.read_ahead import reading_ahead
from eval.replay import DEFAULT_NOW
from handover_rules.condition_trees import conditions
from handover_rules.conversation import ConversationState
from handover_rules.decision import Outcome
from handover_rules.detectors import Detector
from handover_rules.engine import Engine
from handover_rules.errors import UsageError
from handover_rules.messages import Message
from handover_rules.ruleset import All, Any, Condition, Not, Rule, Ruleset, ScoreAtLeast
from handover_rules.settle import settle
from handover_rules.signals import Score, Signal, Unavailable

__all__ = ["NOT_ASKED", "Step", "Sweep", "Swept", "sweep", "uses"]

# Why a message has no score, where no detector failed: the rules decided without it.
NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Step:
    """What is decided in one stretch of thresholds, which ends at `up_to` and includes it (infinity: no end)."""

    up_to: float
    outcome: Outcome
    rule: str | None

    @property
    def handover(self) -> bool:
        """Whether a person must take over."""
        return self.outcome == "handover"


@dataclass(frozen=True, slots=True)
class Swept:
    """One message at all thresholds: its steps, lowest first, adjoining.

    `signals` are those of the detectors that are compared with the threshold, where one of the steps asked for them.
    """

    steps: tuple[Step, ...]
    signals: Mapping[str, Signal]

    def at(self, threshold: float) -> Step:
        """What is decided where the threshold has that value."""
        return next(step for step in self.steps if threshold <= step.up_to)

    @property
    def scores(self) -> dict[str, float]:
        """The scores that are compared with the threshold, by detector."""
        return {name: signal.value for name, signal in self.signals.items() if isinstance(signal, Score)}

    @property
    def no_score(self) -> str | None:
        """Why no threshold can move the decision: a detector's reason or NOT_ASKED; None where there is a score."""
        if self.scores:
            return None
        reasons = [signal.reason for signal in self.signals.values() if isinstance(signal, Unavailable)]
        return reasons[0] if reasons else NOT_ASKED


class Sweep:
    """Decides about a message at all values of the threshold `name`.

    Raises UsageError where the ruleset has no such threshold, or no rule compares a score with it.
    """

    def __init__(self, ruleset: Ruleset, name: str, detectors: Mapping[str, Detector]) -> None:
        self.detectors = reading_ahead(detectors)
        self._ruleset = ruleset
        self._name = name
        self._compared = frozenset(score.detector for _, score in uses(ruleset, name))
        if not self._compared:
            used = ", ".join(sorted(other for other in ruleset.thresholds if any(uses(ruleset, other))))
            raise UsageError(f"no rule compares a score with ${name}; thresholds that rules use: {used or 'none'}")
        self._engines: dict[frozenset[str], Engine] = {}
        # Built now, these two are there in all processes that decide.
        self._engine(self._compared)
        self._engine(frozenset())

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> Swept:
        """The message's steps: one decision for each, and one more where a detector is first asked behind its score."""
        steps: list[Step] = []
        signals: dict[str, Signal] = {}
        # The stretch begins behind `floor`; `passing` are the detectors whose scores are not known to lie below it.
        floor, passing = -inf, self._compared
        while True:
            settled = await settle(self._engine(passing), self.detectors, message, state, now=now)
            asked = {name: signal for name, signal in settled.signals.items() if name in self._compared}
            signals |= asked
            scores = {name: signal.value for name, signal in asked.items() if isinstance(signal, Score)}
            failing = {name for name in passing if scores.get(name, inf) <= floor}
            if failing:
                passing -= failing
                continue
            ceiling = min((score for name, score in scores.items() if name in passing), default=inf)
            step = Step(ceiling, settled.decision.outcome, settled.decision.rule)
            if steps and replace(steps[-1], up_to=ceiling) == step:
                steps.pop()
            steps.append(step)
            if ceiling == inf:
                return Swept(tuple(steps), signals)
            floor = ceiling
            passing = frozenset(name for name in passing if scores.get(name, inf) > floor)

    def _engine(self, passing: frozenset[str]) -> Engine:
        """The ruleset in which the comparisons of these detectors always hold, those of the others never."""
        engine = self._engines.get(passing)
        if engine is None:
            bounded = _with_bounds(self._ruleset, self._name, lambda detector: -inf if detector in passing else inf)
            engine = self._engines[passing] = Engine(bounded)
        return engine


def sweep(
    ruleset: Ruleset,
    name: str,
    dataset: Dataset,
    detectors: Mapping[str, Detector],
    *,
    now: datetime = DEFAULT_NOW,
    cores: int | None = None,
) -> tuple[tuple[Swept | None, ...], ...]:
    """Decide every message of a dataset at all values of the threshold `name`, and close the detectors.

    Each message is decided with its true history, as `replay_all` does, on so many `cores`: for each file one entry a
    row, None where nothing is decided. Raises UsageError where no rule uses the threshold, and what a detector raises.
    """
    swept = Sweep(ruleset, name, detectors)
    return tuple(replay_all(file.rows, swept, now=now, offer_open_for=ruleset.offer_open_for) for file in dataset.files)


def uses(ruleset: Ruleset, name: str) -> tuple[tuple[Rule, ScoreAtLeast], ...]:
    """Where a score is compared with the threshold `name`: the conditions and their rules, in deciding order."""
    return tuple(
        (rule, score)
        for rule in ruleset.rules
        for score in conditions(rule)
        if isinstance(score, ScoreAtLeast) and score.threshold == name
    )


def _with_bounds(ruleset: Ruleset, name: str, bound_of: Callable[[str], float]) -> Ruleset:
    """The ruleset with another bound, by detector, wherever a score is compared with the threshold `name`."""

    def bounded(condition: Condition) -> Condition:
        match condition:
            case ScoreAtLeast(threshold=threshold) if threshold == name:
                return replace(condition, bound=bound_of(condition.detector))
            case All() | Any():
                return replace(condition, children=tuple(map(bounded, condition.children)))
            case Not():
                return replace(condition, child=bounded(condition.child))
        return condition

    rules = (replace(rule, when=bounded(rule.when), unless=tuple(map(bounded, rule.unless))) for rule in ruleset.rules)
    return replace(ruleset, rules=tuple(rules))
