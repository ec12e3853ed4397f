"""The top level of a ruleset: its sections, and how several files merge into one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handover_rules.rulefile import nodes
from handover_rules.rulefile.actions import LANGUAGE, OneAction
from handover_rules.rulefile.detectors import DETECTOR, detector
from handover_rules.rulefile.kinds import Key, ListOf, MapOf, Table
from handover_rules.rulefile.reading import Invalid, Kind, Reading, wrong
from handover_rules.rulefile.scalars import Slug, Span
from handover_rules.rulefile.patterns import PhraseItems
from handover_rules.rulefile.problems import did_you_mean
from handover_rules.rulefile.rules import RULE
from handover_rules.rulefile.sections import (
    HOURS,
    PHRASE_LIST,
    QUEUE,
    THRESHOLD,
    TimeZone,
    opening_hours,
    phrase_list,
    queue,
    threshold,
)
from handover_rules.ruleset import Action, DetectorSpec, OpeningHours, PhraseList, PhraseSource, Place, Queue, Rule, Threshold

__all__ = ["DEFAULT_OPEN_FOR", "Parts", "merge"]

# How long the customer can say yes to an offer of a person.
DEFAULT_OPEN_FOR = timedelta(minutes=10)

_OFFERS = Table("`offers`", (Key("open_for", Span(), default=DEFAULT_OPEN_FOR), Key("yes", PhraseItems(), default=())))

# Sections that are one value, written in one of the files.
_SINGLE: dict[str, Kind[Any]] = {
    "ruleset": Slug("the ruleset's name"),
    "default_language": LANGUAGE,
    "time_zone": TimeZone(),
    "return_to_bot_after": Span(),
    "offers": _OFFERS,
}

# Sections that map names to things: those of all files together.
_MAPS: dict[str, MapOf[Any]] = {
    "hours": MapOf(HOURS, opening_hours),
    "queues": MapOf(QUEUE, queue),
    "thresholds": MapOf(THRESHOLD, threshold),
    "detectors": MapOf(DETECTOR, detector),
    "phrases": MapOf(PHRASE_LIST, phrase_list),
    "actions": MapOf(ListOf(OneAction(), "a list of actions"), lambda _, steps, __: steps),
}

_SECTIONS = (*_SINGLE, *_MAPS, "rules")


@dataclass(slots=True)
class Parts:
    """What all files of a ruleset say together, before names are looked up.

    `declared` has every name of a section and its place, of things that could not be read too: a rule that names
    something broken is not told that the thing is unknown.
    """

    single: dict[str, Any] = field(default_factory=dict)
    hours: dict[str, OpeningHours] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    detectors: dict[str, DetectorSpec] = field(default_factory=dict)
    phrases: dict[str, PhraseList] = field(default_factory=dict)
    actions: dict[str, tuple[Action, ...]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    declared: dict[str, dict[str, Place]] = field(default_factory=lambda: {name: {} for name in _SECTIONS})

    @property
    def yes(self) -> tuple[PhraseSource, ...]:
        """The phrases that accept an offer; empty where the files say nothing."""
        offers = self.single.get("offers")
        return offers["yes"] if offers else ()


def merge(roots: list[nodes.Node], reading: Reading) -> Parts:
    """Read the root of every file into one whole. Problems are noted; what could be read is there."""
    parts = Parts()
    for root in roots:
        if not isinstance(root, nodes.Mapping):
            hint = "a rule file begins with keys such as `rules:` or `phrases:`"
            reading.note("E105", "a rule file is a mapping of sections", root.place, hint)
            continue
        for key, value in root.entries:
            _section(key, value, parts, reading)
    if "ruleset" not in parts.declared["ruleset"] and roots:
        place = Place(roots[0].place.file)
        reading.note("E106", "the ruleset has no name", place, "add `ruleset: my-ruleset` at the top of one file")
    return parts


def _section(key: nodes.Scalar, value: nodes.Node, parts: Parts, reading: Reading) -> None:
    name = key.text
    if name not in _SECTIONS:
        reading.note("E103", f"there is no section `{name}`", key.place, did_you_mean(name, _SECTIONS))
    elif isinstance(value, nodes.Scalar) and value.is_null and name not in _SINGLE:
        hint = "remove the line, or put something under it"
        reading.note("E113", f"nothing stands under `{name}:`", key.place, hint)
    elif name == "rules":
        _rules(value, parts, reading)
    elif name in _SINGLE:
        if not _declare(parts, name, name, key.place, "section", reading):
            return
        try:
            parts.single[name] = _SINGLE[name].read(value, reading)
        except Invalid:
            pass
    else:
        _map(name, value, parts, reading)


def _map(section: str, value: nodes.Node, parts: Parts, reading: Reading) -> None:
    kind = _MAPS[section]
    target = getattr(parts, section)
    if not isinstance(value, nodes.Mapping):
        wrong(value, kind.expects, reading)
        return
    for entry in value.entries:
        if not _declare(parts, section, entry[0].text, entry[0].place, f"name in `{section}`", reading):
            continue
        try:
            target.update(kind.read(nodes.Mapping((entry,), value.place), reading))
        except Invalid:
            continue


def _rules(value: nodes.Node, parts: Parts, reading: Reading) -> None:
    if not isinstance(value, nodes.Sequence):
        wrong(value, "a list of rules", reading, "begin each rule with `- id: ...`")
        return
    for item in value.items:
        given = _id_of(item)
        if given is not None and not _declare(parts, "rules", given.text, given.place, "rule id", reading, "E305"):
            continue
        try:
            parts.rules.append(RULE.read(item, reading))
        except Invalid:
            continue


def _id_of(item: nodes.Node) -> nodes.Scalar | None:
    if not isinstance(item, nodes.Mapping):
        return None
    found = next((value for key, value in item.entries if key.text == "id"), None)
    return found if isinstance(found, nodes.Scalar) else None


def _declare(parts: Parts, section: str, name: str, place: Place, what: str, reading: Reading, code: str = "E114") -> bool:
    """Note a name as declared; False, with a problem, when it was already."""
    first = parts.declared[section].get(name)
    if first is None:
        parts.declared[section][name] = place
        return True
    hint = "give one of them another name, or join them"
    reading.note(code, f"the {what} `{name}` is taken", place, hint, (first, "the first one"))
    return False
