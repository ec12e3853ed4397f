"""The grammar of actions: what can be done, with which parameters, and the templates in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from handover_rules import templates
from handover_rules.problems import closest, did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, MapOf, Table
from handover_rules.rulefile.reading import Invalid, Reading, Use, wrong
from handover_rules.rulefile.scalars import Address, Choice, NameIn, Slug, Span, Text, Whole
from handover_rules.rulefile.shape import Schema, Shaped, reference_to
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

    def schema(self) -> Schema:
        return Text(empty=True).schema()

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

    def schema(self) -> Schema:
        return {"anyOf": [self.text.schema(), self._by_language.schema() | {"minProperties": 1}]}

    @property
    def _by_language(self) -> MapOf[str]:
        return MapOf(self.text, lambda _, text, __: str(text), LANGUAGE)

    def read(self, node: nodes.Node, reading: Reading) -> dict[str, str] | str:
        if isinstance(node, nodes.Mapping) and node.entries:
            return self._by_language.read(node, reading)
        return self.text.read(node, reading)


def _data() -> Shaped[dict[str, str]]:
    return MapOf(_TEXT, lambda _, text, __: str(text), Text("a name"), "a mapping from names to texts")


class _QueueName:
    """A queue's name, or a template that gives one."""

    expects = "a queue's name, or a template such as `{{ decision.queue }}`"

    def schema(self) -> Schema:
        return Text().schema()

    def read(self, node: nodes.Node, reading: Reading) -> str:
        templated = isinstance(node, nodes.Scalar) and "{" in node.text
        return (_TEXT if templated else NameIn(self.expects, section="queues")).read(node, reading)


_LOCALISED, _WITHOUT_AGENT = _Localised(), _Localised(_NO_AGENT)

# In the order in which a handover usually runs them; every key may be left out unless it is `required`.
ACTIONS: dict[str, Table] = {
    "contact.update": Table(
        "a contact.update action",
        (
            Key("lead_status", Text(), about="The contact's new lead status.", example="qualified"),
            Key(
                "add_score",
                Whole(-1000, 1000),
                about="Points that are added to the contact's lead score; taken away, when below 0.",
                example="25",
            ),
        ),
        about="Sets the contact's lead status, and adds to its lead score.",
        example="{lead_status: qualified, add_score: 25}",
    ),
    "lead.create": Table(
        "a lead.create action",
        (
            Key("priority", PRIORITY, about="How urgent the lead is.", example="high"),
            Key("status", Text(), about="The lead's status.", example="qualified"),
            Key("source", Text(), about="Where the lead comes from.", example="whatsapp"),
            Key(
                "trigger",
                _TEXT,
                about="What made it a lead. Without it, that is the customer's message.",
                example='"{{ message.text }}"',
            ),
        ),
        about="Writes a lead for the contact.",
        example="{priority: high, status: qualified, source: whatsapp}",
    ),
    "activity.log": Table(
        "an activity.log action",
        (
            Key("type", Slug(), required=True, about="What kind of activity it is.", example="support_request"),
            Key("title", _TEXT, required=True, about="The headline in the CRM.", example="Handover requested"),
            Key("description", _TEXT, about="The text below the headline.", example='"{{ message.text }}"'),
            Key(
                "metadata",
                _data(),
                about="Further values, by names of your own.",
                example='rule: "{{ rule.id }}"\nlanguage: "{{ message.language }}"',
            ),
        ),
        about="Writes into the CRM that something happened with the contact.",
        example="{type: support_request, title: Handover requested}",
    ),
    "task.create": Table(
        "a task.create action",
        (
            Key(
                "title",
                _TEXT,
                required=True,
                about="What is to be done.",
                example='"Reply to {{ contact.name or contact.phone }}"',
            ),
            Key("due_in", Span(), about="When it is due, from now. Without it, the rule's `sla`.", example="15m"),
            Key("priority", PRIORITY, about="How urgent the task is.", example="high"),
        ),
        about="Writes a task that a person is to do.",
        example='{title: "Reply to {{ contact.phone }}", due_in: 15m}',
    ),
    "bot.disable": Table(
        "a bot.disable action",
        (),
        about="Says that the bot goes quiet. Every handover does it; written here, it is seen by who reads the rules.",
        example="{}",
    ),
    "agent.assign": Table(
        "an agent.assign action",
        (
            Key(
                "queue",
                _QueueName(),
                about="The queue to wait in: a name under `queues:`, or a template that gives one.",
                example='"{{ decision.queue }}"',
            ),
        ),
        about="Gives the handover to an agent with the skills of the queue who is free, or has it wait there for one.",
        example='{queue: "{{ decision.queue }}"}',
    ),
    "slack.post": Table(
        "a slack.post action",
        (
            Key(
                "text",
                _TEXT,
                required=True,
                about="What the team reads. `| redact` leaves out e-mail addresses and long numbers.",
                example='"{{ rule.id }}: {{ message.text | redact }}"',
            ),
        ),
        about="Alerts the team in Slack.",
        example='{text: "{{ message.text | redact }}"}',
    ),
    "teams.post": Table(
        "a teams.post action",
        (
            Key(
                "text",
                _TEXT,
                required=True,
                about="What the team reads, as plain text. `| redact` leaves out e-mail addresses and long numbers.",
                example='"{{ rule.id }}: {{ message.text | redact }}"',
            ),
        ),
        about="Alerts the team in Microsoft Teams.",
        example='{text: "{{ message.text | redact }}"}',
    ),
    "email.send": Table(
        "an email.send action",
        (
            Key("to", Address(), required=True, about="Who gets it.", example="care@shop.example"),
            Key(
                "subject", _TEXT, required=True, about="The subject, in one line.", example='"Handover: {{ rule.id }}"'
            ),
            Key(
                "text",
                _TEXT,
                required=True,
                about="What they read, as plain text. `| redact` leaves out e-mail addresses and long numbers.",
                example='"{{ message.text | redact }}"',
            ),
        ),
        about="Sends an e-mail to the team.",
        example='{to: care@shop.example, subject: Handover, text: "{{ message.text | redact }}"}',
    ),
    "webhook.post": Table(
        "a webhook.post action",
        (
            Key("event", Slug(), required=True, about="What the other program calls it.", example="handover"),
            Key(
                "data",
                _data(),
                about="What it is told, by names of your own, beside the conversation it is about.",
                example='rule: "{{ rule.id }}"\ntext: "{{ message.text | redact }}"',
            ),
        ),
        about="Sends an event to a program of your own.",
        example='{event: handover, data: {rule: "{{ rule.id }}"}}',
    ),
    "reply": Table(
        "a reply action",
        (
            Key(
                "text",
                _WITHOUT_AGENT,
                about="Always sent. Either this, or texts for what happened.",
                example="{en: Shall I bring in a colleague?, es: ¿Le paso con un compañero?}",
            ),
            Key(
                "assigned",
                _LOCALISED,
                about="Sent when an agent was found; only here `agent` is known.",
                example='"{{ agent.name }} is with you now."',
            ),
            Key(
                "nobody",
                _WITHOUT_AGENT,
                about="Sent when no agent is free: somebody reads it later.",
                example="All colleagues are busy. You are next.",
            ),
            Key(
                "closed",
                _WITHOUT_AGENT,
                about="Sent outside of all opening hours. Without it, the text of `nobody`.",
                example='"We are closed now, and answer from 9:00."',
            ),
        ),
        about="Answers the customer, in one text for all or one for each language. What happened decides which.",
        example="{nobody: {en: You are next., es: Usted es el siguiente.}}",
    ),
}

_ACTION = Table(
    "an action", tuple(Key(kind, table, about=table.about, example=table.example) for kind, table in ACTIONS.items())
)


class OneAction:
    """An action: a mapping of exactly one key, the action's kind, and under it the parameters."""

    expects = "an action, such as `bot.disable: {}`"

    def schema(self) -> Schema:
        return reference_to("action")

    @property
    def table(self) -> Table:
        """The kinds of action as keys, of which one is to be there."""
        return _ACTION

    def definition(self) -> Schema:
        """What `schema` refers to."""
        return self.table.schema() | {"minProperties": 1, "maxProperties": 1}

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
