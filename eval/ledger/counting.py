"""Counting what each rule and phrase does while messages are replayed: no message is remembered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from eval.ledger.lists import ENTRIES
from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision, Needs
from handover_rules.detectors import Detector, Query
from handover_rules.engine import Engine
from handover_rules.engine.case import Case
from handover_rules.messages import Message
from handover_rules.ruleset import Rule
from handover_rules.settle import query
from handover_rules.signals import Signal, Unavailable

__all__ = ["Counting", "Tallies", "Tally"]


@dataclass(slots=True)
class Tally:
    """What one rule or one phrase did so far; the fields are those of `Account`."""

    fired: int = 0
    decided: int = 0
    right: int = 0
    wrong: int = 0
    other_rule: int = 0
    other_outcome: int = 0
    caught_alone: int = 0
    missed_alone: int = 0
    false_alarms_alone: int = 0
    spared_alone: int = 0
    ai_calls_saved: int = 0
    overlapping: int = 0
    conflicting: int = 0
    overlaps: Counter[str] = field(default_factory=Counter)
    conflicts: Counter[str] = field(default_factory=Counter)

    def met(self, rule: Rule, firing: Sequence[Rule]) -> None:
        """Count a message on which these rules fire, `rule` among them."""
        others = [other for other in firing if other is not rule]
        alike = [other.id for other in others if other.then == rule.then]
        unlike = [other.id for other in others if other.then != rule.then and "tag" not in (other.then, rule.then)]
        self.overlapping += bool(alike)
        self.conflicting += bool(unlike)
        self.overlaps.update(alike)
        self.conflicts.update(unlike)

    def decides(self, rule: Rule, label: int | None) -> None:
        """Count a message that `rule` decided. To offer a person (`ask`) is right where one is needed."""
        self.decided += 1
        if label is not None:
            right = label == (rule.then != "stay")
            self.right += right
            self.wrong += not right

    def changes(self, label: int | None, before: Decision, without: Decision) -> None:
        """Count what becomes of a message without the rule or phrase."""
        self.other_rule += before.rule != without.rule
        self.other_outcome += before.outcome != without.outcome
        if label is None or before.handover == without.handover:
            return
        if before.handover:
            self.caught_alone += label == 1
            self.false_alarms_alone += label == 0
        else:
            self.missed_alone += label == 1
            self.spared_alone += label == 0


@dataclass(slots=True)
class Tallies:
    """The tallies of rules by id and of patterns by number, and how often each entry of a list occurs, by number.

    `positives` and `negatives` are the messages whose label counts. `answers` are those of detectors to the questions
    that the rules put, by detector: scores under None, the others by reason.
    """

    rules: dict[str, Tally]
    patterns: dict[int, Tally]
    entries: dict[int, int]
    messages: int = 0
    positives: int = 0
    negatives: int = 0
    answers: defaultdict[str, Counter[str | None]] = field(default_factory=lambda: defaultdict(Counter))


class Counting:
    """Decides each message as the rules do, and again without each rule and phrase that can matter for it.

    That is exact. Only the rule that decided can change the outcome by not being there: the first that fires decides,
    and answers that nobody had to ask for change nothing. A phrase can only where it occurs. `engine` is that of
    `with_entries`; `labels` are those of the messages, by id, None where a label does not count.
    """

    def __init__(
        self,
        engine: Engine,
        detectors: Mapping[str, Detector],
        labels: Mapping[str, int | None],
        tallies: Tallies,
    ) -> None:
        self.detectors = detectors
        self._engine = engine
        self._labels = labels
        self._tallies = tallies
        self._rules = {rule.id: rule for rule in engine.ruleset.rules}
        self._rule_of = {one.number: self._rules[one.rule] for one in engine.patterns if one.rule != ENTRIES}
        self._paid = engine.ruleset.paid

    async def decide(self, message: Message, state: ConversationState, now: datetime) -> None:
        """Count one message."""
        label = self._labels[message.id]
        tallies = self._tallies
        tallies.messages += 1
        tallies.positives += label == 1
        tallies.negatives += label == 0
        asking = _Asking(self.detectors, query(message, state, now))
        case = self._engine.open(message, state, now=now)
        decision = await asking.settle(case)
        for name, signal in asking.signals.items():
            tallies.answers[name][signal.reason if isinstance(signal, Unavailable) else None] += 1
        firing = [self._rules[name] for name in decision.tags if name != ENTRIES]
        if decision.rule is not None:
            firing = [*case.firing(), *firing]
        for rule in firing:
            tally = tallies.rules[rule.id]
            tally.fired += 1
            tally.met(rule, firing)
        if decision.rule is not None:
            without = await asking.settle(case.without_rule(decision.rule))
            tally = tallies.rules[decision.rule]
            tally.decides(self._rules[decision.rule], label)
            tally.changes(label, decision, without)
            tally.ai_calls_saved += self._saved(decision, without)
        for number in case.matched:
            if number in tallies.entries:
                tallies.entries[number] += 1
            elif number in tallies.patterns:
                without = await asking.settle(case.without_pattern(number))
                self._count_pattern(number, firing, label, decision, without)

    def _count_pattern(
        self, number: int, firing: Sequence[Rule], label: int | None, decision: Decision, without: Decision
    ) -> None:
        rule, tally = self._rule_of[number], self._tallies.patterns[number]
        tally.fired += 1
        tally.changes(label, decision, without)
        if rule in firing:
            tally.met(rule, firing)
        if rule.id == decision.rule:
            tally.decides(rule, label)
            tally.ai_calls_saved += self._saved(decision, without)

    def _saved(self, decision: Decision, without: Decision) -> bool:
        """Whether an AI would have been asked without the rule or phrase, and was not."""
        return self._paid.isdisjoint(decision.asked) and not self._paid.isdisjoint(without.asked)


@dataclass(slots=True)
class _Asking:
    """One message's question to detectors, and their answers: shared by all decisions about it, however it is decided.

    A signal that is given and not needed has no influence.
    """

    detectors: Mapping[str, Detector]
    query: Query
    signals: dict[str, Signal] = field(default_factory=dict)

    async def settle(self, case: Case) -> Decision:
        """The case's decision, as `handover_rules.settle` makes it."""
        while isinstance(result := case.decide(self.signals), Needs):
            name = result.detectors[0]
            (self.signals[name],) = await self.detectors[name].ask([self.query])
        return result
