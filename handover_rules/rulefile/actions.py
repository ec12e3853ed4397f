"""The grammar of actions: what can be done, with which parameters, and the templates in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from handover_rules import templates
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, MapOf, Table
from handover_rules.rulefile.reading import Invalid, Kind, Reading, wrong
from handover_rules.rulefile.scalars import Choice, Number, Slug, Span, Text
from handover_rules.rulefile.problems import did_you_mean
from handover_rules.ruleset import Action, Place

__all__ = ["ACTIONS", "LANGUAGE", "PRIORITY", "OneAction", "TemplateText"]

PRIORITY = Choice(("low", "medium", "high", "urgent"))

_CODES = {"syntax": "E503", "variable": "E504", "filter": "E505"}


@dataclass(frozen=True)
class TemplateText:
    """A text with `{{ variables }}`, checked against those that exist where it stands."""

    variables: Mapping[str, frozenset[str] | None] = field(default_factory=lambda: templates.VARIABLES)
    expects: str = "a text, in which `{{ message.text }}` and the like are filled in"

    def read(self, node: nodes.Node, reading: Reading) -> str:
        if isinstance(node, nodes.Mapping) and node.flow:
            raise wrong(node, self.expects, reading, 'a text that begins with `{{` goes in quotes: "{{ ... }}"')
        text = Text(self.expects, empty=True).read(node, reading)
        faults, scores = templates.check(text, self.variables)
        for fault in faults:
            hint = did_you_mean(fault.word, fault.choices) if fault.word else "write variables as `{{ message.text }}`"
            if fault.word == "agent":
                hint = "`agent` is known only where somebody was assigned: in the text `assigned`"
            reading.note(_CODES[fault.kind], fault.message, _at(node, fault, text), hint)
        if faults:
            raise Invalid
        reading.scores_named.extend((name, node.place) for name in sorted(scores))
        return text


def _at(node: nodes.Node, fault: templates.Fault, text: str) -> Place:
    """The place of the word that is meant, where the text stands on one line of the file; else the text's place."""
    place = node.place
    offset = text.find(fault.word) if fault.word else -1
    if offset < 0 or "\n" in text or not isinstance(node, nodes.Scalar):
        return place
    start = offset + (0 if node.plain else 1)
    return Place(place.file, place.line, place.column + start, len(fault.word)) if start < place.length else place


LANGUAGE = Slug("a language code such as `en`")
_TEXT = TemplateText()
_NO_AGENT = TemplateText({name: fields for name, fields in templates.VARIABLES.items() if name != "agent"})


@dataclass(frozen=True)
class _Localised:
    """One text for everybody, or a text for each language."""

    text: TemplateText = _TEXT
    expects: str = "a text, or a text for each language (`en: ...`)"

    def read(self, node: nodes.Node, reading: Reading) -> dict[str, str] | str:
        if isinstance(node, nodes.Mapping) and node.entries:
            return MapOf(self.text, lambda _, text, __: str(text), LANGUAGE).read(node, reading)
        return self.text.read(node, reading)


def _data() -> Kind[dict[str, str]]:
    return MapOf(_TEXT, lambda _, text, __: str(text), Text("a name"), "a mapping from names to texts")


_LOCALISED, _WITHOUT_AGENT = _Localised(), _Localised(_NO_AGENT)

# In the order in which a handover usually runs them; every key may be left out unless it is `required`.
ACTIONS: dict[str, Table] = {
    "contact.update": Table(
        "contact.update action", (Key("lead_status", Text()), Key("add_score", Number(-1000, 1000)))
    ),
    "lead.create": Table(
        "lead.create action",
        (Key("priority", PRIORITY), Key("status", Text()), Key("source", Text()), Key("trigger", _TEXT)),
    ),
    "activity.log": Table(
        "activity.log action",
        (
            Key("type", Slug(), required=True),
            Key("title", _TEXT, required=True),
            Key("description", _TEXT),
            Key("metadata", _data()),
        ),
    ),
    "task.create": Table(
        "task.create action", (Key("title", _TEXT, required=True), Key("due_in", Span()), Key("priority", PRIORITY))
    ),
    "bot.disable": Table("bot.disable action", ()),
    "agent.assign": Table("agent.assign action", (Key("queue", _TEXT),)),
    "slack.post": Table("slack.post action", (Key("text", _TEXT, required=True),)),
    "webhook.post": Table("webhook.post action", (Key("event", Slug(), required=True), Key("data", _data()))),
    "reply": Table(
        "reply action",
        (
            Key("text", _WITHOUT_AGENT),
            Key("assigned", _LOCALISED),
            Key("nobody", _WITHOUT_AGENT),
            Key("closed", _WITHOUT_AGENT),
        ),
    ),
}


@dataclass(frozen=True)
class OneAction:
    """An action: a mapping of exactly one key, the action's kind, and under it the parameters."""

    expects: str = "an action, such as `bot.disable: {}`"

    def read(self, node: nodes.Node, reading: Reading) -> Action:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        if len(node.entries) != 1:
            hint = "begin each action with `- `, and indent its parameters below it"
            raise reading.fail("E302", "an action has exactly one key, its kind", node.place, hint)
        kind, params = node.entries[0]
        table = ACTIONS.get(kind.text)
        if table is None:
            hint = did_you_mean(kind.text, ACTIONS)
            raise reading.fail("E502", f"there is no action `{kind.text}`", kind.place, hint)
        values = table.read(params, reading)
        given = {name: value for name, value in values.items() if value is not None}
        if kind.text == "reply" and (not given or ("text" in given and len(given) > 1)):
            hint = "give `text`, or some of `assigned`, `nobody`, `closed` (which of them is sent depends on what happened)"
            raise reading.fail("E106", "a reply needs to know what to say", kind.place, hint)
        return Action(kind.text, MappingProxyType(given), kind.place)
