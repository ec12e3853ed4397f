"""The grammar of actions: what can be done, with which parameters, and the templates in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from handover_rules import templates
from handover_rules.problems import closest, did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, MapOf, Table
from handover_rules.rulefile.reading import Invalid, Kind, Reading, Use, wrong
from handover_rules.rulefile.scalars import Choice, NameIn, Slug, Span, Text, Whole
from handover_rules.ruleset import Action, Place

__all__ = ["ACTIONS", "LANGUAGE", "PRIORITY", "OneAction", "TemplateText"]

PRIORITY = Choice(("low", "medium", "high", "urgent"))

_SYNTAX = "a variable is written `{{ message.text }}`, a choice `{% if ... %} ... {% endif %}`"
_CODES = {"syntax": "E503", "variable": "E504", "filter": "E505"}


@dataclass(frozen=True)
class TemplateText:
    """A text with `{{ variables }}`, checked against those that exist where it stands."""

    variables: Mapping[str, frozenset[str] | None] = field(default_factory=lambda: templates.VARIABLES)
    expects: str = "a text, in which `{{ message.text }}` and the like are filled in"

    def read(self, node: nodes.Node, reading: Reading) -> str:
        text = Text(self.expects, empty=True, exact=True).read(node, reading)
        assert isinstance(node, nodes.Scalar)  # Text reads nothing else

        def place(word: str) -> Place:
            offset = templates.find(word, text) if word else None
            return node.place if offset is None else node.part(offset, len(word))

        scores = note_faults(text, self.variables, lambda fault: place(fault.word), reading)
        reading.uses.extend(Use("detectors", name, place(name)) for name in sorted(scores))
        return text


def note_faults(
    text: str,
    variables: Mapping[str, frozenset[str] | None],
    place: Callable[[templates.Fault], Place],
    reading: Reading,
) -> set[str]:
    """Note what is wrong in a template; the detectors whose scores it uses. Raises Invalid when something is wrong."""
    faults, scores = templates.check(text, variables)
    for fault in faults:
        hint = did_you_mean(fault.word, fault.choices) if fault.choices else _SYNTAX
        if fault.word == "agent" and fault.choices == tuple(_NO_AGENT.variables):
            hint = "`agent` is known only where somebody was assigned: in the text `assigned`"
        reading.note(_CODES[fault.kind], fault.message, place(fault), hint)
    if faults:
        raise Invalid
    return scores


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


class _QueueName:
    """A queue's name, or a template that gives one."""

    expects = "a queue's name, or a template such as `{{ decision.queue }}`"

    def read(self, node: nodes.Node, reading: Reading) -> str:
        templated = isinstance(node, nodes.Scalar) and "{" in node.text
        return (_TEXT if templated else NameIn(self.expects, section="queues")).read(node, reading)


_LOCALISED, _WITHOUT_AGENT = _Localised(), _Localised(_NO_AGENT)

# In the order in which a handover usually runs them; every key may be left out unless it is `required`.
ACTIONS: dict[str, Table] = {
    "contact.update": Table(
        "a contact.update action", (Key("lead_status", Text()), Key("add_score", Whole(-1000, 1000)))
    ),
    "lead.create": Table(
        "a lead.create action",
        (Key("priority", PRIORITY), Key("status", Text()), Key("source", Text()), Key("trigger", _TEXT)),
    ),
    "activity.log": Table(
        "an activity.log action",
        (
            Key("type", Slug(), required=True),
            Key("title", _TEXT, required=True),
            Key("description", _TEXT),
            Key("metadata", _data()),
        ),
    ),
    "task.create": Table(
        "a task.create action", (Key("title", _TEXT, required=True), Key("due_in", Span()), Key("priority", PRIORITY))
    ),
    "bot.disable": Table("a bot.disable action", ()),
    "agent.assign": Table("an agent.assign action", (Key("queue", _QueueName()),)),
    "slack.post": Table("a slack.post action", (Key("text", _TEXT, required=True),)),
    "webhook.post": Table("a webhook.post action", (Key("event", Slug(), required=True), Key("data", _data()))),
    "reply": Table(
        "a reply action",
        (
            Key("text", _WITHOUT_AGENT),
            Key("assigned", _LOCALISED),
            Key("nobody", _WITHOUT_AGENT),
            Key("closed", _WITHOUT_AGENT),
        ),
    ),
}


class OneAction:
    """An action: a mapping of exactly one key, the action's kind, and under it the parameters."""

    expects = "an action, such as `bot.disable: {}`"

    def read(self, node: nodes.Node, reading: Reading) -> Action:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        if node.partial:
            raise Invalid
        if len(node.entries) != 1:
            raise _not_one(node, reading)
        kind, params = node.entries[0]
        table = ACTIONS.get(kind.text)
        if table is None:
            reading.note(
                "E502", f"there is no action {quoted(kind.text)}", kind.place, did_you_mean(kind.text, ACTIONS)
            )
            meant = closest(kind.text, ACTIONS)
            if meant is not None:
                ACTIONS[meant].read(params, reading)  # for its own problems
            raise Invalid
        values = table.read(params, reading)
        given = {name: value for name, value in values.items() if value is not None}
        if kind.text == "reply":
            _check_reply(given, kind.place, reading)
        return Action(kind.text, MappingProxyType(given), kind.place)


def _not_one(node: nodes.Mapping, reading: Reading) -> Invalid:
    if not node.entries:
        return reading.fail("E302", "no action stands here", node.place, "such as `- bot.disable: {}`")
    first, second = node.entries[0][0], node.entries[1][0]
    if first.text in ACTIONS and second.text not in ACTIONS:
        hint = f"indent {quoted(second.text)} so that it stands below {quoted(first.text)}, two columns further in"
    else:
        hint = "begin each action with `- `"
    message = f"an action has exactly one key, its kind, and here a second one follows, {quoted(second.text)}"
    return reading.fail("E302", message, second.place, hint)


def _check_reply(given: Mapping[str, object], place: Place, reading: Reading) -> None:
    if not given:
        hint = "give `text`, or some of `assigned`, `nobody`, `closed` (which of them is sent depends on what happened)"
        raise reading.fail("E106", "a reply must have a text", place, hint)
    if "text" in given and len(given) > 1:
        message = "a reply has either `text`, which is always sent, or texts for what happened"
        raise reading.fail("E302", message, place, "remove `text`, or the others")
