"""How the files of a ruleset merge into one whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from handover_rules.problems import closest, did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.reading import Invalid, Reading, wrong
from handover_rules.rulefile.rules import RULE
from handover_rules.rulefile.scalars import slug
from handover_rules.rulefile.syntax import hidden_character
from handover_rules.rulefile.toplevel import MAPS, SECTIONS, SINGLE
from handover_rules.ruleset import (
    Action,
    DetectorSpec,
    OpeningHours,
    PhraseList,
    PhraseSource,
    Place,
    Queue,
    Rule,
    Threshold,
)

__all__ = ["Parts", "check_named", "id_of", "merge"]

_SINGLE = {key.name: key.kind for key in SINGLE}
_MAPS = {key.name: key.kind for key in MAPS}
_SECTIONS = tuple(key.name for key in SECTIONS.keys)


@dataclass(slots=True)
class Parts:
    """What all files of a ruleset say together, before names are looked up.

    `declared` has every name of a section and its place, of things that could not be read too: a rule that names
    something broken is not told that the thing is unknown. `unread` has the sections whose names cannot be told.
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

    unread: set[str] = field(default_factory=set)

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
            wrong(root, "a mapping with sections such as `rules:`", reading, hint)
            parts.unread.update(_SECTIONS)
            continue
        if root.partial:
            parts.unread.update(_SECTIONS)
        for key, value in root.entries:
            _section(key, value, parts, reading)
    return parts


def check_named(parts: Parts, place: Place, reading: Reading) -> None:
    """Note at `place` that the ruleset has no name, if it has none."""
    if not parts.declared["ruleset"] and "ruleset" not in parts.unread:
        reading.note("E106", "the ruleset has no name", place, "add `ruleset: my-ruleset` at the top of one file")


def _section(key: nodes.Scalar, value: nodes.Node, parts: Parts, reading: Reading) -> None:
    name: str | None = key.text
    if name not in _SECTIONS:
        hidden = hidden_character(key.text)
        hint = f"remove the invisible character {hidden}" if hidden else did_you_mean(key.text, _SECTIONS)
        reading.note("E103", f"there is no section {quoted(key.text)}", key.place, hint)
        name = closest(key.text, _SECTIONS)  # what was probably meant is read on
    if name is None:
        return
    if isinstance(value, nodes.Scalar) and value.is_null and name not in _SINGLE:
        hint = "remove the line, or put something under it"
        reading.note("E113", f"nothing stands under `{name}:`", key.place, hint)
        parts.unread.add(name)
    elif name == "rules":
        _rules(value, parts, reading)
    elif name in _SINGLE:
        _single(name, key, value, parts, reading)
    else:
        _map(name, value, parts, reading)


def _single(name: str, key: nodes.Scalar, value: nodes.Node, parts: Parts, reading: Reading) -> None:
    first = parts.declared[name].setdefault(name, key.place)
    if first is not key.place:
        message = f"`{name}:` stands in two files, and only one of them could count"
        reading.note("E114", message, key.place, "remove one", (first, "the first one"))
    try:
        parts.single[name] = _SINGLE[name].read(value, reading)
    except Invalid:
        return


def _map(section: str, value: nodes.Node, parts: Parts, reading: Reading) -> None:
    kind = _MAPS[section]
    target = getattr(parts, section)
    if not isinstance(value, nodes.Mapping):
        wrong(value, kind.expects, reading)
        parts.unread.add(section)
        return
    if value.partial:
        parts.unread.add(section)
    for entry in value.entries:
        new = _declare(parts, section, entry[0], reading)
        try:
            found = kind.read(nodes.Mapping((entry,), value.place), reading)
        except Invalid:
            continue
        if new:
            target.update(found)


def _rules(value: nodes.Node, parts: Parts, reading: Reading) -> None:
    if not isinstance(value, nodes.Sequence):
        wrong(value, "a list of rules", reading, "begin each rule with `- id: ...`")
        parts.unread.add("rules")
        return
    for item in value.items:
        given = id_of(item)
        if given is None:
            parts.unread.add("rules")
        new = given is None or _declare(parts, "rules", given, reading)
        try:
            rule = RULE.read(item, reading)
        except Invalid:
            continue
        if new:
            parts.rules.append(rule)


def id_of(item: nodes.Node) -> nodes.Scalar | None:
    """The id of a rule as it is written, None where there is none."""
    if not isinstance(item, nodes.Mapping):
        return None
    found = next((value for key, value in item.entries if key.text == "id"), None)
    return found if isinstance(found, nodes.Scalar) and not found.is_null else None


def _declare(parts: Parts, section: str, name: nodes.Scalar, reading: Reading) -> bool:
    """Note a name as declared; False, with a problem, when it was already."""
    declared = parts.declared[section]
    first = declared.get(name.text)
    if first is None:
        declared[name.text] = name.place
        # A misspelt name (`Person`) is reported as such; who uses the right one is not told that it is unknown.
        declared.setdefault(slug(name.text), name.place)
        return True
    code, what = ("E305", "the rule id") if section == "rules" else ("E114", f"the name in `{section}:`,")
    hint = "give one of them another name, or make one of the two"
    reading.note(code, f"{what} {quoted(name.text)} is taken", name.place, hint, (first, "the first one"))
    return False
