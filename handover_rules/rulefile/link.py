"""Looking up the names that rules use: thresholds, detectors, phrase lists, hours, queues, actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from handover_rules import ruleset as model
from handover_rules.rulefile.conditions import UnlinkedScore
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.parts import Parts
from handover_rules.rulefile.problems import did_you_mean
from handover_rules.rulefile.rules import RESERVED_NAMES
from handover_rules.ruleset import Condition, PhraseSource, Place, Rule
from handover_rules.text import find_cycle, lists

__all__ = ["link"]

_UNKNOWN = {
    "thresholds": ("E402", "threshold"),
    "detectors": ("E401", "detector"),
    "phrases": ("E204", "phrase list"),
    "hours": ("E306", "opening hours"),
    "queues": ("E307", "queue"),
    "actions": ("E501", "action list"),
    "rules": ("E602", "rule"),
}


def link(parts: Parts, reading: Reading) -> tuple[Rule, ...]:
    """The rules in deciding order, with every name looked up. Names that nothing has are noted."""
    linker = _Linker(parts, reading)
    rules = [linker.rule(rule) for rule in parts.rules]
    linker.phrase_lists()
    linker.names()
    # Sorting is stable: rules of equal priority stay in the order in which they are written.
    ordered = tuple(sorted(rules, key=lambda rule: -rule.priority))
    _conflicts(ordered, reading)
    return ordered


@dataclass(slots=True)
class _Linker:
    parts: Parts
    reading: Reading

    def known(self, section: str, name: str, place: Place) -> bool:
        declared = self.parts.declared[section]
        if name in declared:
            return True
        code, what = _UNKNOWN[section]
        hint = did_you_mean(name, declared) or f"declare it under `{section}:`"
        self.reading.note(code, f"there is no {what} `{name}`", place, hint)
        return False

    def rule(self, rule: Rule) -> Rule:
        for name in rule.do:
            self.known("actions", name, rule.place)
        if rule.settings.queue is not None:
            self.known("queues", rule.settings.queue, rule.place)
        for test in rule.tests:
            for name in test.tags or ():
                self.known("rules", name, test.place)
        return replace(
            rule, when=self.condition(rule.when), unless=tuple(self.condition(part) for part in rule.unless)
        )

    def condition(self, condition: Condition | UnlinkedScore) -> Condition:
        match condition:
            case UnlinkedScore():
                return self.score(condition)
            case model.All() | model.Any():
                return replace(condition, children=tuple(self.condition(child) for child in condition.children))
            case model.Not():
                return replace(condition, child=self.condition(condition.child))
            case model.Phrases():
                self.phrases(condition.phrases)
            case model.UnavailableIs():
                for name in condition.detectors:
                    self.known("detectors", name, condition.place)
            case model.Hours():
                for name in condition.names:
                    self.known("hours", name, condition.place)
            case _:
                pass
        return condition

    def score(self, condition: UnlinkedScore) -> Condition:
        self.known("detectors", condition.detector, condition.place)
        bound = condition.bound
        if bound.threshold is not None and self.known("thresholds", bound.threshold, bound.place):
            threshold = self.parts.thresholds.get(bound.threshold)
            value = threshold.value if threshold is not None else 1.0  # a broken threshold is reported where it stands
        else:
            value = bound.value if bound.value is not None else 1.0
        return model.ScoreAtLeast(condition.detector, value, bound.threshold, condition.place)

    def phrases(self, phrases: tuple[PhraseSource, ...]) -> None:
        for source in phrases:
            for name, offset in lists(source.phrase):
                if name not in self.parts.declared["phrases"]:
                    place = source.place
                    inside = offset + 1 < place.length
                    self.known(
                        "phrases", name, Place(place.file, place.line, place.column + offset, len(name) + 2) if inside else place
                    )

    def phrase_lists(self) -> None:
        for phrase_list in self.parts.phrases.values():
            self.phrases(phrase_list.phrases)
        self.phrases(self.parts.yes)
        cycle = find_cycle({n: [s.phrase for s in entry.phrases] for n, entry in self.parts.phrases.items()})
        if cycle is not None:
            path = " -> ".join(f"<{name}>" for name in cycle)
            place = self.parts.phrases[cycle[0]].place
            self.reading.note("E205", f"these phrase lists contain each other: {path}", place, "take one reference out")

    def names(self) -> None:
        for name, place in self.reading.scores_named:
            self.known("detectors", name, place)
        for name, place in self.parts.declared["detectors"].items():
            if name in RESERVED_NAMES:
                hint = "give the detector another name"
                self.reading.note("E408", f"`{name}` means something else in tests", place, hint)
        for steps in self.parts.actions.values():
            for action in steps:
                queue = action.params.get("queue")
                if isinstance(queue, str) and "{" not in queue:
                    self.known("queues", queue, action.place)


def _conflicts(rules: tuple[Rule, ...], reading: Reading) -> None:
    """Rules of equal priority that decide differently: which one wins would depend on the order in the file."""
    for first, second in _neighbours(rules):
        if first.then != second.then:
            message = f"`{second.id}` says {second.then} and `{first.id}` says {first.then}, both with priority {first.priority}"
            hint = "give the rule that must win a higher `priority`"
            reading.note("E304", message, second.place, hint, (first.place, "the other rule"))


def _neighbours(rules: tuple[Rule, ...]) -> Iterator[tuple[Rule, Rule]]:
    """Each deciding rule after the first of its priority, with that first one."""
    first_of: dict[int, Rule] = {}
    for rule in rules:
        if rule.then != "tag":
            first = first_of.setdefault(rule.priority, rule)
            if first is not rule:
                yield first, rule
