"""A rule engine that is slow and plain on purpose: what `Engine` must agree with in every field.

It walks the ruleset as it was loaded. No index, no compiled phrases, no sets of values, no early exit: what pending
detectors could still change is found by trying everything that they could still say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import re2

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision, Needs, PlannedAction
from handover_rules.engine.language import detect_language
from handover_rules.messages import Message, encodable
from handover_rules.ruleset import (
    AcceptedOffer,
    All,
    Any,
    Channel,
    Condition,
    Customer,
    Failures,
    Field,
    Hours,
    Lang,
    Not,
    Phrases,
    Regex,
    Repeats,
    Rule,
    Ruleset,
    ScoreAtLeast,
    Settings,
    Turns,
    UnavailableIs,
)
from handover_rules.signals import Score, Signal, Unavailable
from handover_rules.text import words
from tests.handover_rules.engine.naive_phrases import Phrasebook, nfc

T = TypeVar("T")
Kleene: TypeAlias = bool | None
Look: TypeAlias = Callable[[Condition], Kleene]
Heard: TypeAlias = Mapping[str, Signal]

PRIORITIES = ("low", "medium", "high", "urgent")


def kleene(condition: Condition, look: Look) -> Kleene:
    """The value of a condition whose leaves have the values that `look` gives."""
    match condition:
        case All(children):
            values = [kleene(child, look) for child in children]
            return False if False in values else None if None in values else True
        case Any(children):
            values = [kleene(child, look) for child in children]
            return True if True in values else None if None in values else False
        case Not(child):
            value = kleene(child, look)
            return None if value is None else not value
    return look(condition)


def leaves(condition: Condition) -> Iterator[Condition]:
    """The conditions without children, from left to right."""
    match condition:
        case All(children) | Any(children):
            for child in children:
                yield from leaves(child)
        case Not(child):
            yield from leaves(child)
        case _:
            yield condition


def fires(rule: Rule, look: Look) -> bool:
    """Whether `when` is true and no `unless` is."""
    return kleene(rule.when, look) is True and True not in [kleene(veto, look) for veto in rule.unless]


class NaiveEngine:
    """Decides like `Engine`, by brute force."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.phrasebook = Phrasebook(ruleset)
        self.rules = sorted(ruleset.rules, key=lambda rule: (-rule.priority, rule.place.line))
        self.cheapest = {name: (spec.cost, name) for name, spec in ruleset.detectors.items()}

    def decide(self, message: Message, state: ConversationState, now: datetime, signals: Heard) -> Decision | Needs:
        """The decision, without a trace, or what it needs."""
        case = Case(self, message, state.at(now), now)
        if case.state.owner == "human":
            return self._nothing("a person owns the conversation")
        heard: dict[str, Signal] = {}
        while needed := sorted(case.needed(heard), key=self.cheapest.__getitem__):
            if needed[0] not in signals:
                return Needs(tuple(name for name in needed if name not in signals))
            heard[needed[0]] = signals[needed[0]]
        return self.decided(case, heard)

    def decided(self, case: Case, heard: dict[str, Signal]) -> Decision:
        """The decision with just these signals."""
        winner = next(
            (rule for rule in self.rules if rule.then != "tag" and case.outcomes(rule, heard) == {True}), None
        )
        handover = winner is not None and winner.then == "handover"
        tags = [
            rule
            for rule in self.rules
            if rule.then == "tag" and case.outcomes(rule, heard if handover and adds(rule) else {}) == {True}
        ]
        names = tuple(rule.id for rule in tags)
        if winner is None:
            return self._nothing("no rule fired", names, tuple(heard))
        adding = [winner, *tags] if handover else [winner]
        return Decision(
            outcome=winner.then,  # type: ignore[arg-type]  # no tag
            rule=winner.id,
            reason=winner.why or f"the rule {winner.id} fired",
            confidence=self._confidence(winner, case, heard),
            tags=names,
            settings=merged(adding),
            actions=self._actions(adding),
            asked=tuple(heard),
            ruleset_hash=self.ruleset.hash,
        )

    def _confidence(self, rule: Rule, case: Case, heard: Heard) -> float | None:
        """Scores are taken back, the dearest first, while `when` stays true; the dearest that must stay decided."""
        names = [name for name, signal in heard.items() if isinstance(signal, Score)]
        scored = sorted(names, key=self.cheapest.__getitem__)
        for count in range(len(scored) + 1):
            kept = {name: signal for name, signal in heard.items() if name not in scored[count:]}
            found = list(leaves(rule.when))
            options = [case.possible(leaf, kept if isinstance(leaf, ScoreAtLeast) else heard) for leaf in found]
            worlds = [dict(zip(map(id, found), values, strict=True)) for values in product(*options)]
            if all(kleene(rule.when, case.look(heard, world)) is True for world in worlds):
                signal = heard[scored[count - 1]] if count else None
                return signal.value if isinstance(signal, Score) else None
        raise AssertionError("a rule decided whose condition is not true")

    def _actions(self, rules: list[Rule]) -> tuple[PlannedAction, ...]:
        names: list[str] = []
        for rule in rules:
            for name in rule.do:
                if name not in names:
                    names.append(name)
        return tuple(
            PlannedAction(action.kind, action.params, action.place)
            for name in names
            for action in self.ruleset.actions[name]
        )

    def _nothing(self, reason: str, tags: tuple[str, ...] = (), asked: tuple[str, ...] = ()) -> Decision:
        return Decision("none", None, reason, None, tags, Settings(), (), asked, self.ruleset.hash)


def adds(rule: Rule) -> bool:
    """Whether a tag changes anything about a handover."""
    return rule.do != () or rule.settings != Settings()


def merged(rules: list[Rule]) -> Settings:
    """The settings of the deciding rule (first) and the tags: priority highest, sla shortest, others by priority."""
    priorities = [PRIORITIES.index(rule.settings.priority) for rule in rules if rule.settings.priority]
    slas = [rule.settings.sla for rule in rules if rule.settings.sla is not None]
    ranked = sorted(rules, key=lambda rule: rule.priority, reverse=True)  # stable
    queues = [rule.settings.queue for rule in ranked if rule.settings.queue is not None]
    topics = [rule.settings.topic for rule in ranked if rule.settings.topic is not None]
    shortest: timedelta | None = min(slas) if slas else None
    return Settings(
        PRIORITIES[max(priorities)] if priorities else None,  # type: ignore[arg-type]
        queues[0] if queues else None,
        shortest,
        topics[0] if topics else None,
    )


@dataclass(frozen=True)
class Case:
    """One message in its circumstances."""

    engine: NaiveEngine
    message: Message
    state: ConversationState
    now: datetime
    facts: dict[int, bool] = field(default_factory=dict)  # of a condition by identity: found once, used in every world

    # --- what may still come ----------------------------------------------------------------------

    def possible(self, leaf: Condition, heard: Heard) -> set[Kleene]:
        """The values that a condition without children can end with, whatever its pending detectors answer."""
        match leaf:
            case ScoreAtLeast(detector, bound):
                answers: tuple[Signal, ...] = (Score(bound), Score(bound - 1), Unavailable("any"))
                names: tuple[str, ...] = (detector,)
            case UnavailableIs(names):
                answers = (Score(0.5), Unavailable("any"))
            case _:
                return {self.fact(leaf)}
        pending = [name for name in names if name not in heard]
        return {
            self.signal_value(leaf, {**heard, **dict(zip(pending, said, strict=True))})
            for said in product(answers, repeat=len(pending))
        }

    def look(self, heard: Heard, assumed: Mapping[int, Kleene]) -> Look:
        """The values of conditions without children: assumed ones by identity, the others from facts and signals."""

        def value(leaf: Condition) -> Kleene:
            if id(leaf) in assumed:
                return assumed[id(leaf)]
            return self.signal_value(leaf, heard) if isinstance(leaf, ScoreAtLeast | UnavailableIs) else self.fact(leaf)

        return value

    def worlds(self, conditions: tuple[Condition, ...], heard: Heard) -> list[dict[int, Kleene]]:
        """Every way in which the conditions that wait for a detector may end, each one independently."""
        found = [leaf for condition in conditions for leaf in leaves(condition)]
        options = [(id(leaf), values) for leaf in found if len(values := self.possible(leaf, heard)) > 1]
        keys = [key for key, _ in options]
        return [dict(zip(keys, values, strict=True)) for values in product(*(values for _, values in options))]

    def values(self, condition: Condition, heard: Heard) -> set[Kleene]:
        """The values that a condition can end with."""
        return {kleene(condition, self.look(heard, world)) for world in self.worlds((condition,), heard)}

    def outcomes(self, rule: Rule, heard: Heard) -> set[bool]:
        """Whether the rule can fire, and whether it can fail to."""
        return {fires(rule, self.look(heard, world)) for world in self.worlds((rule.when, *rule.unless), heard)}

    def decisive(self, rule: Rule, heard: Heard) -> set[str]:
        """The pending detectors of conditions of which one alone, all else being equal, can change whether it fires."""
        worlds = self.worlds((rule.when, *rule.unless), heard)
        fired = {tuple(world.items()): fires(rule, self.look(heard, world)) for world in worlds}
        names: set[str] = set()
        for condition in (rule.when, *rule.unless):
            for leaf in leaves(condition):
                values = self.possible(leaf, heard)
                if len(values) > 1 and any(
                    fired[tuple({**world, id(leaf): value}.items())] != fired[tuple(world.items())]
                    for world in worlds
                    for value in values
                ):
                    names.update(name for name in detectors_of(leaf) if name not in heard)
        return names

    def needed(self, heard: Heard) -> set[str]:
        """The detectors that can still change which rule decides; if none, and it hands over, the tags."""
        needed: set[str] = set()
        winner = None
        for rule in self.engine.rules:
            if rule.then != "tag" and winner is None:
                outcomes = self.outcomes(rule, heard)
                if outcomes == {True}:
                    winner = rule
                elif outcomes == {True, False}:
                    needed |= self.decisive(rule, heard)
        if not needed and winner is not None and winner.then == "handover":
            for rule in self.engine.rules:
                if rule.then == "tag" and adds(rule):
                    needed |= self.decisive(rule, heard)
        return needed

    # --- conditions without children --------------------------------------------------------------

    def signal_value(self, leaf: Condition, heard: Heard) -> Kleene:
        """A condition on detectors all of which were heard, or one of which settles it."""
        match leaf:
            case ScoreAtLeast(detector, bound):
                signal = heard[detector]
                return signal.value >= bound if isinstance(signal, Score) else None
            case UnavailableIs(names):
                return any(isinstance(heard.get(name), Unavailable) for name in names)
        raise TypeError(leaf)

    def fact(self, leaf: Condition) -> bool:
        """A condition that no detector takes part in."""
        if id(leaf) not in self.facts:
            self.facts[id(leaf)] = self.find(leaf)
        return self.facts[id(leaf)]

    def find(self, leaf: Condition) -> bool:
        """A condition that no detector takes part in, looked up."""
        message, state = self.message, self.state
        match leaf:
            case Phrases(phrases, whole):
                return any(self.engine.phrasebook.occurs(source.phrase, message.text, whole) for source in phrases)
            case Regex(patterns):
                return any(re2.search(pattern, nfc(message.text)) is not None for pattern, _ in patterns)
            case Failures(at_least, within):
                spoken = [turn for turn in state.turns if turn.speaker == "bot"]
                return [turn.failed for turn in last(spoken, within)].count(True) >= at_least
            case Repeats(at_least, within):
                said = [turn.text for turn in state.turns if turn.speaker == "customer"]
                return [nearly_same(message.text, text) for text in last(said, within)].count(True) >= at_least
            case Turns(at_least):
                return state.customer_turns + 1 >= at_least
            case AcceptedOffer():
                offer = state.offer
                if offer is None or offer.epoch != state.epoch or self.now >= offer.expires_at:
                    return False
                yes = self.engine.ruleset.yes
                return any(self.engine.phrasebook.occurs(source.phrase, message.text, True) for source in yes)
            case Hours(names):
                local = self.now.astimezone(ZoneInfo(self.engine.ruleset.time_zone))
                clock = (local.hour, local.minute, local.second, local.microsecond)
                for name in names:
                    for day, start, end in self.engine.ruleset.hours[name].spans:
                        until = (24, 0) if end is None else (end.hour, end.minute)
                        if local.weekday() == day and (start.hour, start.minute) <= clock < until:
                            return True
                return False
            case Lang(languages):
                spoken_in = message.language.casefold() if message.language else detect_language(message.text)
                return spoken_in in languages
            case Channel(channels):
                return message.channel in channels
            case Customer(values):
                return all(key in message.customer and typed(message.customer[key]) in wanted for key, wanted in values)
            case Field():
                return field_holds(leaf, message.event)
        raise TypeError(leaf)


def detectors_of(leaf: Condition) -> tuple[str, ...]:
    """The detectors that a condition without children looks at."""
    match leaf:
        case ScoreAtLeast(detector):
            return (detector,)
        case UnavailableIs(names):
            return names
    return ()


def last(items: list[T], count: int | None) -> list[T]:
    """The last `count` items; all for None."""
    return items if count is None else items[max(0, len(items) - count) :]


def nearly_same(one: str, other: str) -> bool:
    """Whether two messages share six tenths of their words, each having three or more different ones."""
    first, second = set(words(one)), set(words(other))
    if len(first) < 3 or len(second) < 3:
        return False
    return len(first & second) / len(first | second) >= 0.6


def typed(value: object) -> str:
    """A value as one types it in YAML."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def field_holds(leaf: Field, event: object) -> bool:
    """Whether the value at the path is there and as asked."""
    value = event
    for step in leaf.path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return False
    if value is None or isinstance(value, Mapping | list):
        return False
    if leaf.matches is not None:
        return re2.search(leaf.matches, encodable(typed(value))) is not None
    if leaf.at_least is None:
        return typed(value) in leaf.values
    if isinstance(value, bool):
        return False
    try:
        return float(str(value)) >= leaf.at_least
    except ValueError:
        return False
