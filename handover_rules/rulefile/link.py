"""Looking up the names that rules use: thresholds, detectors, phrase lists, hours, queues, actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from handover_rules import ruleset as model
from handover_rules.problems import did_you_mean, quoted
from handover_rules.rulefile.conditions import UnlinkedScore
from handover_rules.rulefile.parts import Parts
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.rules import RESERVED_NAMES
from handover_rules.ruleset import Condition, Rule, Threshold
from handover_rules.text import Inliner, PhraseError, find_cycle

__all__ = ["link"]

_UNKNOWN = {
    "thresholds": ("E402", "there is no threshold"),
    "detectors": ("E401", "there is no detector"),
    "phrases": ("E204", "there is no phrase list"),
    "hours": ("E306", "there are no opening hours"),
    "queues": ("E307", "there is no queue"),
    "actions": ("E501", "there is no action list"),
    "rules": ("E602", "there is no rule"),
}


def link(parts: Parts, reading: Reading) -> tuple[Rule, ...]:
    """The rules in deciding order, with every name looked up. Names that nothing has are noted."""
    _unknown_names(parts, reading)
    _reserved_names(parts, reading)
    _cycles(parts, reading)
    _sizes(parts, reading)
    # Sorting is stable: rules of equal priority stay in the order in which they are written.
    ordered = sorted(parts.rules, key=lambda rule: -rule.priority)
    _conflicts(ordered, reading)
    return tuple(_with_bounds(rule, parts.thresholds) for rule in ordered)


def _unknown_names(parts: Parts, reading: Reading) -> None:
    for section, name, place in reading.uses:
        declared = parts.declared[section]
        if name not in declared and section not in parts.unread:
            code, message = _UNKNOWN[section]
            hint = did_you_mean(name, declared) or f"declare it under `{section}:`"
            reading.note(code, f"{message} {quoted(name)}", place, hint)


def _reserved_names(parts: Parts, reading: Reading) -> None:
    for name, place in parts.declared["detectors"].items():
        if name in RESERVED_NAMES:
            message = f"no detector can be called `{name}`: under `given:` in tests this is something else"
            reading.note("E408", message, place, "give the detector another name")


def _cycles(parts: Parts, reading: Reading) -> None:
    phrases = {name: [source.phrase for source in entry.phrases] for name, entry in parts.phrases.items()}
    cycle = find_cycle(phrases)
    if cycle is not None:
        path = " -> ".join(f"<{name}>" for name in cycle)
        message = (
            f"the phrase list contains itself: {path}"
            if len(cycle) == 2
            else f"phrase lists contain each other: {path}"
        )
        reading.note("E205", message, parts.phrases[cycle[0]].place, "take one of the references out")


def _sizes(parts: Parts, reading: Reading) -> None:
    """Phrases that are too large once their lists are written out."""
    if any(problem.severity == "error" for problem in reading.problems):
        return  # a list may be missing, or contain itself
    inliner = Inliner({name: entry.words for name, entry in parts.phrases.items()})
    for source in reading.phrases:
        try:
            inliner.check(source.phrase)
        except PhraseError as error:
            reading.note("E201", error.message, source.place, error.hint)


def _conflicts(rules: list[Rule], reading: Reading) -> None:
    """Rules of equal priority that decide differently: which one wins would depend on the order in the file."""
    for first, second in _neighbours(rules):
        if first.then != second.then:
            says = f"`{second.id}` says {second.then} and `{first.id}` says {first.then}"
            hint = "give the rule that must win a higher `priority`"
            reading.note(
                "E304",
                f"{says}, both with priority {first.priority}",
                second.place,
                hint,
                (first.place, "the other rule"),
            )


def _neighbours(rules: list[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Each deciding rule after the first of its priority, with that first one."""
    first_of: dict[int, Rule] = {}
    for rule in rules:
        if rule.then != "tag":
            first = first_of.setdefault(rule.priority, rule)
            if first is not rule:
                yield first, rule


def _with_bounds(rule: Rule, thresholds: Mapping[str, Threshold]) -> Rule:
    """The rule with numbers in place of the names of thresholds."""

    def linked(condition: Condition | UnlinkedScore) -> Condition:
        match condition:
            case UnlinkedScore(detector, bound, place):
                threshold = thresholds.get(bound.threshold) if bound.threshold is not None else None
                value = threshold.value if threshold is not None else bound.value
                # A threshold that is unknown or broken is reported, and then no ruleset comes of this.
                return model.ScoreAtLeast(detector, 1.0 if value is None else value, bound.threshold, place)
            case model.All() | model.Any():
                return replace(condition, children=tuple(map(linked, condition.children)))
            case model.Not():
                return replace(condition, child=linked(condition.child))
        return condition

    return replace(rule, when=linked(rule.when), unless=tuple(map(linked, rule.unless)))
