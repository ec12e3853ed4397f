"""The grammar of conditions: a mapping of exactly one key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from handover_rules import ruleset as model
from handover_rules.problems import closest, did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, ListOf, OneOrMany, Table, Values
from handover_rules.rulefile.patterns import PhraseItems, RegexText
from handover_rules.rulefile.reading import Invalid, Reading, Use, wrong
from handover_rules.rulefile.scalars import Flag, NameIn, Number, Scalar, Slug, Text, Whole, slug
from handover_rules.rulefile.shape import Schema, reference_to
from handover_rules.ruleset import Condition, Place

__all__ = ["CONDITIONS", "NamedBound", "OneCondition"]


@dataclass(frozen=True)
class NamedBound:
    """A bound as written: a number, or a threshold's name after `$`. Linking turns names into numbers."""

    value: float | None
    threshold: str | None
    place: Place


class _Bound:
    expects = "a number from 0 to 1, or the name of a threshold such as `$ai`"

    def schema(self) -> Schema:
        return {"anyOf": [Number(0, 1).schema(), {"type": "string", "pattern": r"^\$[a-z0-9]"}]}

    def read(self, node: nodes.Node, reading: Reading) -> NamedBound:
        if isinstance(node, nodes.Scalar) and node.text.startswith("$"):
            name = Slug().read(replace(node, text=node.text[1:]), reading)
            reading.uses.append(Use("thresholds", name, node.place))
            return NamedBound(None, name, node.place)
        if isinstance(node, nodes.Scalar) and slug(node.text) == node.text and node.text[:1].isalpha():
            hint = f"write `${node.text}` for the threshold of that name"
            raise wrong(node, self.expects, reading, hint)
        return NamedBound(Number(0, 1).read(node, reading), None, node.place)


@dataclass(frozen=True)
class UnlinkedScore:
    """A score condition before its threshold is looked up."""

    detector: str
    bound: NamedBound
    place: Place


class OneCondition:
    """A condition: a mapping of exactly one key, the name of the condition."""

    expects = "one condition, such as `phrase:` or `any:`"

    def schema(self) -> Schema:
        return reference_to("condition")

    @property
    def table(self) -> Table:
        """The conditions as keys, of which one is to be there."""
        return _CONDITION

    def definition(self) -> Schema:
        """What `schema` refers to, since conditions stand in conditions."""
        return self.table.schema() | {"minProperties": 1, "maxProperties": 1}

    def read(self, node: nodes.Node, reading: Reading) -> Condition:
        if isinstance(node, nodes.Sequence):
            hint = "write `any:` (one is enough) or `all:` (every one) above the list"
            message = "a list stands here, and it does not say whether one is enough"
            raise reading.fail("E302", message, node.place, hint)
        if isinstance(node, nodes.Scalar):
            hint = "there are no conditions in words: `phrase: ...`, `score: {of: ai, at_least: $ai}`"
            raise wrong(node, self.expects, reading, "" if node.is_null else hint)
        if isinstance(node, nodes.Broken) or node.partial:
            raise Invalid
        if len(node.entries) != 1:
            raise _not_one(node, reading)
        key, value = node.entries[0]
        condition = CONDITIONS.get(key.text)
        if condition is None:
            raise _unknown(key, value, reading)
        read: Condition = condition.build(condition.kind.read(value, reading), key.place)
        return read


def _unknown(key: nodes.Scalar, value: nodes.Node, reading: Reading) -> Invalid:
    first, _, rest = key.text.replace(":", " ").partition(" ")
    alone = isinstance(value, nodes.Scalar) and value.is_null
    glued = alone and rest and first in CONDITIONS
    hint = f"write `{first}: {rest}`" if glued else did_you_mean(key.text, CONDITIONS)
    reading.note("E303", f"there is no condition {quoted(key.text)}", key.place, hint)
    meant = closest(key.text, CONDITIONS)
    if meant is not None and not alone:
        CONDITIONS[meant].kind.read(value, reading)  # for its own problems
    return Invalid()


def _not_one(node: nodes.Mapping, reading: Reading) -> Invalid:
    if not node.entries:
        return reading.fail("E302", "no condition stands here", node.place, "such as `{phrase: talk to a person}`")
    first, second = node.entries[0][0], node.entries[1][0]
    message = f"a condition has exactly one key, and here {quoted(second.text)} follows {quoted(first.text)}"
    hint = "put them under `all:` (every one) or `any:` (one is enough), each with a `- ` before it"
    if second.text not in CONDITIONS and first.text in CONDITIONS:
        hint = f"indent {quoted(second.text)} if it belongs to {quoted(first.text)}"
    return reading.fail("E302", message, second.place, hint)


class _TrueOnly(Flag):
    expects = "`true`"

    def schema(self) -> Schema:
        return {"enum": [True]}

    def parse(self, text: str) -> bool:
        if not super().parse(text):
            raise self.not_this(text, "write `not: {accepted_offer: true}`")
        return True


class _CustomerKind:
    expects = "a mapping such as `{tier: gold}`"

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": OneOrMany(Text()).schema(), "minProperties": 1}

    def read(self, node: nodes.Node, reading: Reading) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        if not node.entries:
            raise reading.fail("E301", "the mapping is empty", node.place, "name what must be known of the customer")
        return tuple((key.text, OneOrMany(Text()).read(value, reading)) for key, value in node.entries)


class _Path(Scalar[tuple[str, ...]]):
    expects = "a path such as `message.type`"

    def parse(self, text: str) -> tuple[str, ...]:
        steps = tuple(text.split("."))
        if not all(steps) or any(char.isspace() for char in text):
            raise self.not_this(text, "names of fields, with a `.` between them")
        return steps


class _FieldKind:
    expects = "`{path: ..., is: ...}`, with `at_least` or `matches` in place of `is` where needed"
    table = Table(
        "a field condition",
        (
            Key(
                "path",
                _Path(),
                required=True,
                about="Where the value stands in the channel's own event: names of fields with a `.` between them.",
                example="data.type",
            ),
            Key(
                "is",
                OneOrMany(Text(empty=True)),
                about="True when the value is this text, or one of these.",
                example="[image, video]",
            ),
            Key("at_least", Number(), about="True when the value is a number and not below this one.", example="2"),
            Key(
                "matches",
                RegexText(),
                about="True when this regular expression finds something in the value.",
                example="^ORDER-",
            ),
        ),
    )

    def schema(self) -> Schema:
        # `path`, and exactly one of the others.
        return self.table.schema() | {"minProperties": 2, "maxProperties": 2}

    def read(self, node: nodes.Node, reading: Reading) -> Values:
        values = self.table.read(node, reading)
        given = [name for name in ("is", "at_least", "matches") if values[name] is not None]
        if len(given) != 1:
            message = f"a field condition has exactly one of `is`, `at_least` and `matches`, and here are {len(given)}"
            raise reading.fail("E302", message, node.place, "such as `field: {path: raw.type, is: image}`")
        return values


@dataclass(frozen=True)
class _Spec:
    """How one condition is read, and made from what was read. `about` says when it is true."""

    kind: Any
    build: Callable[[Any, Place], Any]
    about: str
    example: str


def _window(name: str, at_least: str, within_turns: str) -> Table:
    return Table(
        name,
        (
            Key("at_least", Whole(1, 40), required=True, about=at_least, example="2"),
            Key("within_turns", Whole(1, 40), about=within_turns, example="3"),
        ),
    )


_LANGUAGE = Text("a language code such as `en`")
_DETECTOR = NameIn("the name of a detector", section="detectors")

CONDITIONS: dict[str, _Spec] = {
    "all": _Spec(
        ListOf(OneCondition(), "a list of conditions"),
        lambda v, at: model.All(v, at),
        "True when every one of these conditions is.",
        "[{lang: de}, {phrase: agent}]",
    ),
    "any": _Spec(
        ListOf(OneCondition(), "a list of conditions"),
        lambda v, at: model.Any(v, at),
        "True when at least one of these conditions is.",
        "[{phrase: agent}, {score: {of: ai, at_least: $ai}}]",
    ),
    "not": _Spec(
        OneCondition(),
        lambda v, at: model.Not(v, at),
        "True when this condition is false. Where it is unknown, since a score is missing, so is this.",
        "{hours: office}",
    ),
    "phrase": _Spec(
        PhraseItems(),
        lambda v, at: model.Phrases(v, False, at),
        "True when one of these phrases stands anywhere in the message, as whole words. Capitals, accents and "
        "punctuation do not matter.",
        "- talk to (a|an)? <person>\n- connect me",
    ),
    "whole": _Spec(
        PhraseItems(),
        lambda v, at: model.Phrases(v, True, at),
        "True when one of these phrases is the whole message, with nothing before or behind it.",
        "- agent\n- agent please",
    ),
    "regex": _Spec(
        OneOrMany(RegexText()),
        lambda v, at: model.Regex(v, at),
        "True when one of these regular expressions (RE2 syntax) finds something in the message as it was written. "
        "Words are better found by `phrase`.",
        "RMA-[0-9]+",
    ),
    "score": _Spec(
        Table(
            "a score condition",
            (
                Key("of", _DETECTOR, required=True, about="The detector: a name under `detectors:`.", example="ai"),
                Key(
                    "at_least",
                    _Bound(),
                    required=True,
                    about="The lowest score that is enough: a number from 0 to 1, or `$name` for the threshold of that "
                    "name.",
                    example="$ai",
                ),
            ),
            "{of: ai, at_least: $ai}",
        ),
        lambda v, at: UnlinkedScore(v["of"], v["at_least"], at),
        "True when the detector's score is at or above the bound, false when it is below, and unknown when it could "
        "not answer.",
        "{of: ai, at_least: $ai}",
    ),
    "unavailable": _Spec(
        OneOrMany(_DETECTOR),
        lambda v, at: model.UnavailableIs(v, at),
        "True when the detector, or one of these, was asked and could not answer: no key, too slow, over budget.",
        "ai",
    ),
    "failures": _Spec(
        _window(
            "a failures condition",
            "How many times the bot must have failed to answer.",
            "Only the bot's last so many turns count. Without it, all since the bot took the conversation.",
        ),
        lambda v, at: model.Failures(v["at_least"], v["within_turns"], at),
        "True when the bot has failed to answer at least so many times.",
        "{at_least: 2, within_turns: 3}",
    ),
    "repeats": _Spec(
        _window(
            "a repeats condition",
            "How many earlier messages must say nearly the same: 2 means that it is said for the third time.",
            "Only the customer's last so many messages count. Without it, all since the bot took the conversation.",
        ),
        lambda v, at: model.Repeats(v["at_least"], v["within_turns"], at),
        "True when the customer says nearly the same again: messages of three words or more that share most of their "
        "words.",
        "{at_least: 2, within_turns: 5}",
    ),
    "turns": _Spec(
        Table(
            "a turns condition",
            (
                Key(
                    "at_least",
                    Whole(1, 10_000),
                    required=True,
                    about="How many messages the customer must have written, this one included.",
                    example="6",
                ),
            ),
        ),
        lambda v, at: model.Turns(v["at_least"], at),
        "True when the customer has written at least so many messages since the bot took the conversation.",
        "{at_least: 6}",
    ),
    "accepted_offer": _Spec(
        _TrueOnly(),
        lambda _, at: model.AcceptedOffer(at),
        "True when the bot has offered a person (`then: ask`), the offer is open, and the message is a short yes.",
        "true",
    ),
    "hours": _Spec(
        OneOrMany(NameIn("the name of opening hours", section="hours")),
        lambda v, at: model.Hours(v, at),
        "True while it is inside of these opening hours, which have a name under `hours:`. For outside, put it under "
        "`not`.",
        "office",
    ),
    "lang": _Spec(
        OneOrMany(_LANGUAGE),
        lambda v, at: model.Lang(tuple(x.casefold() for x in v), at),
        "True when the message is in this language, or in one of these. The language comes with the message, or is "
        "recognised.",
        "[es, pt]",
    ),
    "channel": _Spec(
        OneOrMany(Text()),
        lambda v, at: model.Channel(v, at),
        "True when the message came by this channel, or by one of these.",
        "whatsapp",
    ),
    "customer": _Spec(
        _CustomerKind(),
        lambda v, at: model.Customer(v, at),
        "True when all of this is known of the customer; a list of values means any of them. The service knows `name`, "
        "`lead_status` and `lead_score`.",
        "{lead_status: [qualified, customer]}",
    ),
    "field": _Spec(
        _FieldKind(),
        lambda v, at: model.Field(
            v["path"],
            v["is"] or (),
            v["at_least"],
            v["matches"][0] if v["matches"] else None,
            at,
        ),
        "True when a value of the channel's own event is as said. For what no other condition looks at.",
        "{path: data.type, is: image}",
    ),
}

_CONDITION = Table(
    "a condition",
    tuple(Key(name, spec.kind, about=spec.about, example=spec.example) for name, spec in CONDITIONS.items()),
)
