"""Compiled conditions that look at one fact each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import re2

from handover_rules import ruleset as model
from handover_rules.decision import ConditionTrace, Value
from handover_rules.engine.facts import Facts
from handover_rules.engine.kleene import ANYTHING, FALSE, TRUE, UNKNOWN
from handover_rules.messages import encodable
from handover_rules.regexes import regex_options
from handover_rules.ruleset import OpeningHours, Place
from handover_rules.signals import Score, Unavailable

__all__ = [
    "AcceptedOffer",
    "Channel",
    "Customer",
    "Failures",
    "Field",
    "Hours",
    "Lang",
    "Leaf",
    "Pattern",
    "Repeats",
    "ScoreLeaf",
    "Turns",
    "UnavailableLeaf",
    "shown",
]

_SHOWN: dict[int, Value] = {FALSE: "false", UNKNOWN: "unknown", TRUE: "true"}


def shown(value: int) -> Value:
    """A set of values as a trace names it: one that is not settled waited for a detector."""
    return _SHOWN.get(value, "not_asked")


_NOBODY: frozenset[str] = frozenset()


class Leaf:
    """A condition without children. `value(facts)` is a Kleene set; `detectors` are those it can wait for."""

    __slots__ = ("place",)
    detectors: tuple[str, ...] = ()

    def __init__(self, place: Place) -> None:
        self.place = place

    def value(self, facts: Facts) -> int:
        """The values that the condition may end with."""
        return TRUE if self.holds(facts) else FALSE

    def holds(self, facts: Facts) -> bool:
        """Whether it is true, for conditions that no detector takes part in."""
        raise NotImplementedError  # pragma: no cover - every leaf has `holds` or `value`

    def guards(self) -> frozenset[int] | None:
        """Pattern ids of which one must have matched for this to be true; None: it can be true without any."""
        return None

    def waiting(self, facts: Facts, wanted: int) -> frozenset[str]:
        """The pending detectors that can still decide whether this is `wanted` (TRUE or FALSE)."""
        value = self.value(facts)
        return frozenset(self.pending(facts)) if value & wanted and value != wanted else _NOBODY

    def pending(self, facts: Facts) -> Sequence[str]:
        """The condition's detectors that have no signal yet."""
        return [name for name in self.detectors if name not in facts.revealed]

    def trace(self, facts: Facts) -> ConditionTrace:
        """Value, what was met, the bound."""
        met, bound = self.seen(facts)
        return ConditionTrace(self.what(), shown(self.value(facts)), self.place, met, bound)

    def what(self) -> str:
        """The condition in a few words."""
        return type(self).__name__.casefold()

    def seen(self, facts: Facts) -> tuple[str | float | None, str | float | None]:
        """What was met, and the bound."""
        return None, None


class Pattern(Leaf):
    """Phrases or regexes: true when the scan of the message hit one. `sources` are shown in traces."""

    __slots__ = ("id", "kind", "sources")

    def __init__(self, id_: int, kind: str, sources: dict[int, tuple[str, Place]], place: Place) -> None:
        super().__init__(place)
        self.id = id_
        self.kind = kind
        self.sources = sources

    def value(self, facts: Facts) -> int:
        return TRUE if self.id in facts.hits else FALSE

    def guards(self) -> frozenset[int]:
        return frozenset((self.id,))

    def trace(self, facts: Facts) -> ConditionTrace:
        matched = [self.sources[index] for index in facts.matched if index in self.sources]
        if matched and self.value(facts) == TRUE:
            return ConditionTrace(self.kind, "true", matched[0][1], matched[0][0])
        return ConditionTrace(self.kind, "false", self.place)


class ScoreLeaf(Leaf):
    """A detector's score against a bound, inclusive, at full precision."""

    __slots__ = ("_itself", "bound", "detector", "detectors", "threshold")

    def __init__(self, condition: model.ScoreAtLeast) -> None:
        super().__init__(condition.place)
        self.detector = condition.detector
        self.detectors = (condition.detector,)
        self._itself = frozenset(self.detectors)
        self.bound = condition.bound
        self.threshold = condition.threshold

    def value(self, facts: Facts) -> int:
        signal = facts.revealed.get(self.detector)
        if signal is None:
            return ANYTHING
        if isinstance(signal, Unavailable):
            return UNKNOWN
        return TRUE if signal.value >= self.bound else FALSE

    def waiting(self, facts: Facts, wanted: int) -> frozenset[str]:
        return _NOBODY if self.detector in facts.revealed else self._itself

    def trace(self, facts: Facts) -> ConditionTrace:
        signal = facts.revealed.get(self.detector)
        what = f"score of {self.detector} >= " + (f"${self.threshold}" if self.threshold else f"{self.bound:g}")
        if isinstance(signal, Score):
            margin = round(signal.value - self.bound, 12)
            return ConditionTrace(what, shown(self.value(facts)), self.place, signal.value, self.bound, margin)
        met = f"unavailable: {signal.reason}" if signal is not None else None
        return ConditionTrace(what, shown(self.value(facts)), self.place, met, self.bound)


class UnavailableLeaf(Leaf):
    """Whether one of the detectors was asked and could not answer."""

    __slots__ = ("detectors",)

    def __init__(self, condition: model.UnavailableIs) -> None:
        super().__init__(condition.place)
        self.detectors = condition.detectors

    def value(self, facts: Facts) -> int:
        value = FALSE
        for name in self.detectors:
            signal = facts.revealed.get(name)
            if signal is None:
                value = FALSE | TRUE
            elif isinstance(signal, Unavailable):
                return TRUE
        return value

    def what(self) -> str:
        return "unavailable: " + ", ".join(self.detectors)

    def seen(self, facts: Facts) -> tuple[str | None, None]:
        reasons = [s.reason for n in self.detectors if isinstance(s := facts.revealed.get(n), Unavailable)]
        return (reasons[0] if reasons else None), None


class _Count(Leaf):
    """A whole number against a lower bound."""

    __slots__ = ("at_least",)

    def __init__(self, at_least: int, place: Place) -> None:
        super().__init__(place)
        self.at_least = at_least

    def count(self, facts: Facts) -> int:
        """The number that is compared."""
        raise NotImplementedError  # pragma: no cover - every subclass has its own

    def holds(self, facts: Facts) -> bool:
        return self.count(facts) >= self.at_least

    def trace(self, facts: Facts) -> ConditionTrace:
        count = self.count(facts)
        bound = self.at_least
        return ConditionTrace(self.what(), shown(self.value(facts)), self.place, count, bound, count - bound)


class Failures(_Count):
    """How often the bot failed."""

    __slots__ = ("within_turns",)

    def __init__(self, condition: model.Failures) -> None:
        super().__init__(condition.at_least, condition.place)
        self.within_turns = condition.within_turns

    def count(self, facts: Facts) -> int:
        return facts.failures(self.within_turns)


class Repeats(_Count):
    """How often the customer said nearly the same before."""

    __slots__ = ("within_turns",)

    def __init__(self, condition: model.Repeats) -> None:
        super().__init__(condition.at_least, condition.place)
        self.within_turns = condition.within_turns

    def count(self, facts: Facts) -> int:
        return facts.repeats(self.within_turns)


class Turns(_Count):
    """How many messages the customer wrote in this epoch, this one included."""

    __slots__ = ()

    def __init__(self, condition: model.Turns) -> None:
        super().__init__(condition.at_least, condition.place)

    def count(self, facts: Facts) -> int:
        return facts.state.customer_turns + 1


class AcceptedOffer(Leaf):
    """A short yes, while an offer is open."""

    __slots__ = ("id",)

    def __init__(self, id_: int, place: Place) -> None:
        super().__init__(place)
        self.id = id_

    def holds(self, facts: Facts) -> bool:
        return self.id in facts.hits and facts.state.open_offer(facts.now) is not None

    def guards(self) -> frozenset[int]:
        return frozenset((self.id,))

    def what(self) -> str:
        return "accepted_offer"

    def seen(self, facts: Facts) -> tuple[str, None]:
        return ("an offer is open" if facts.state.open_offer(facts.now) else "no offer is open"), None


class Hours(Leaf):
    """Whether now is inside one of the spans."""

    __slots__ = ("named",)

    def __init__(self, named: Sequence[OpeningHours], place: Place) -> None:
        super().__init__(place)
        self.named = tuple(named)

    def holds(self, facts: Facts) -> bool:
        return any(hours.include(facts.local) for hours in self.named)

    def seen(self, facts: Facts) -> tuple[str, str]:
        return facts.local.strftime("%a %H:%M"), ", ".join(hours.name for hours in self.named)


class Lang(Leaf):
    """Whether the message's language is one of these."""

    __slots__ = ("languages",)

    def __init__(self, condition: model.Lang) -> None:
        super().__init__(condition.place)
        self.languages = frozenset(condition.languages)

    def holds(self, facts: Facts) -> bool:
        return facts.language in self.languages

    def seen(self, facts: Facts) -> tuple[str, str]:
        return facts.language, ", ".join(sorted(self.languages))


class Channel(Leaf):
    """Whether the message came by one of these channels."""

    __slots__ = ("channels",)

    def __init__(self, condition: model.Channel) -> None:
        super().__init__(condition.place)
        self.channels = frozenset(condition.channels)

    def holds(self, facts: Facts) -> bool:
        return facts.message.channel in self.channels

    def seen(self, facts: Facts) -> tuple[str | None, str]:
        return facts.message.channel, ", ".join(sorted(self.channels))


class Customer(Leaf):
    """Whether what is known of the customer is as asked."""

    __slots__ = ("values",)

    def __init__(self, condition: model.Customer) -> None:
        super().__init__(condition.place)
        self.values = condition.values

    def holds(self, facts: Facts) -> bool:
        known = facts.message.customer
        for key, values in self.values:  # noqa: SIM110  # a generator costs more than all the look-ups
            if key not in known or _text(known[key]) not in values:
                return False
        return True


class Field(Leaf):
    """The value at a path of the channel's event."""

    __slots__ = ("condition", "pattern")

    def __init__(self, condition: model.Field) -> None:
        super().__init__(condition.place)
        self.condition = condition
        self.pattern = re2.compile(condition.matches, regex_options()) if condition.matches is not None else None

    def holds(self, facts: Facts) -> bool:
        found = self._found(facts)
        if found is None or isinstance(found, (Mapping, list)):
            return False
        if self.pattern is not None:
            return self.pattern.search(encodable(_text(found))) is not None
        if self.condition.at_least is not None:
            number = _number(found)
            return number is not None and number >= self.condition.at_least
        return _text(found) in self.condition.values

    def seen(self, facts: Facts) -> tuple[str, None]:
        return ("present" if self._found(facts) is not None else "absent"), None

    def what(self) -> str:
        return "field " + ".".join(self.condition.path)

    def _found(self, facts: Facts) -> object:
        value: object = facts.message.event
        for step in self.condition.path:
            if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            elif isinstance(value, Mapping):
                value = value.get(step)
            else:
                return None
        return value


def _text(value: object) -> str:
    """A value as a rule author would type it: `true`, not `True`."""
    return str(value).casefold() if isinstance(value, bool) else str(value)


def _number(value: object) -> float | None:
    """A number, also one that is written as a text: forms and rule tests have nothing else."""
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
