"""The grammar of the tests in a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from handover_rules.problems import closest
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, ListOf, Loose, MapOf, Table
from handover_rules.rulefile.reading import Reading, Use, wrong
from handover_rules.rulefile.scalars import Choice, Flag, NameIn, Number, Scalar, Text
from handover_rules.rulefile.shape import Schema
from handover_rules.ruleset import BeforeTurn, Given, RuleTest

__all__ = ["RESERVED_NAMES", "OneTest"]


class _GivenScore(Scalar[float | Literal["unknown"] | None]):
    expects = "a score from 0 to 1, `unavailable` or `unknown`"

    def schema(self) -> Schema:
        return {"anyOf": [Number(0, 1).schema(), {"enum": ["unavailable", "unknown"]}]}

    def parse(self, text: str) -> float | Literal["unknown"] | None:
        if text == "unavailable":
            return None
        if text == "unknown":
            return "unknown"
        if text[:1].isalpha():
            raise self.not_this(text)
        return Number(0, 1).parse(text)


@dataclass(frozen=True)
class _LocalTime(Text):
    expects: str = "a local time such as `2026-03-02 10:30`"

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}

    def parse(self, text: str) -> str:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.not_this(text) from None
        if moment.tzinfo is not None:
            raise ValueError("this is local time of the ruleset's time zone\nleave the offset out")
        if not 1900 <= moment.year <= 2999:  # time zones and spans are added to it
            raise ValueError("this must be a time in the years 1900 to 2999")
        return text


class _Before:
    """`{customer: ...}`, `{bot: ...}` or `{bot_failed: ...}`."""

    expects = "a turn: `customer: ...`, `bot: ...` or `bot_failed: ...`"
    table = Table(
        "a turn",
        tuple(
            Key(who, Text(exact=True, empty=True), about=about, example=example)
            for who, about, example in (
                ("customer", "What the customer wrote.", "where is my parcel"),
                ("bot", "What the bot answered.", "Parcels take two to four days."),
                ("bot_failed", "What the bot said when it had no answer.", '"Sorry, I did not get that."'),
            )
        ),
    )

    def schema(self) -> Schema:
        return self.table.schema() | {"minProperties": 1, "maxProperties": 1}

    def read(self, node: nodes.Node, reading: Reading) -> BeforeTurn:
        if not isinstance(node, nodes.Mapping) or len(node.entries) != 1:
            raise wrong(node, self.expects, reading)
        key, value = node.entries[0]
        who = Choice(("customer", "bot", "bot_failed")).read(key, reading)
        text = Text(exact=True, empty=True).read(value, reading)
        return BeforeTurn("customer" if who == "customer" else "bot", text, who == "bot_failed")


_CIRCUMSTANCES: tuple[Key[Any], ...] = (
    Key("lang", Text("a language code such as `en`"), about="The message's language.", example="es"),
    Key("channel", Text(), about="Where the message came from.", example="whatsapp"),
    Key(
        "customer",
        MapOf(Text(), lambda _, value, __: value, Text()),
        about="What is known of the customer.",
        example="lead_status: qualified",
    ),
    Key(
        "event",
        Loose(),
        about="The channel's own event, for `field` conditions.",
        example="{data: {type: image}}",
    ),
    Key(
        "now",
        _LocalTime(),
        about="When the message is written, in the ruleset's time zone.",
        example="2026-03-02 10:30",
    ),
    Key(
        "offered",
        Flag(),
        about="`true`: the bot has offered a person, and the customer may still say yes.",
        example="true",
    ),
    Key(
        "before",
        ListOf(_Before(), "a list of turns"),
        about="The conversation before the message, the oldest turn first.",
        example="- customer: where is my parcel\n- bot_failed: Which parcel?",
    ),
)

# `given` holds detectors' scores beside these, so no detector may be called so.
RESERVED_NAMES = frozenset(key.name for key in _CIRCUMSTANCES)


class _Given:
    """Scores by the name of their detector, and the circumstances of the message."""

    expects = "a mapping such as `{ai: 0.2}`"
    table = Table("`given`", _CIRCUMSTANCES)

    def schema(self) -> Schema:
        return self.table.schema() | {"additionalProperties": _GivenScore().schema()}

    def read(self, node: nodes.Node, reading: Reading) -> Given:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        scored = {key.text: key.place for key, value in node.entries if _is_score(key.text, value)}
        reading.uses.extend(Use("detectors", name, place) for name, place in scored.items())
        named = (Key(name, _GivenScore()) for name in scored)
        values = Table("`given`", (*_CIRCUMSTANCES, *named)).read(node, reading)
        scores = {name: values[name] for name in scored if values[name] != "unknown"}
        return Given(
            MappingProxyType(scores),
            frozenset(scored) - scores.keys(),
            values["lang"],
            values["channel"],
            MappingProxyType(values["customer"] or {}),
            MappingProxyType(values["event"] or {}),
            values["now"],
            bool(values["offered"]),
            values["before"] or (),
        )


def _is_score(name: str, value: nodes.Node) -> bool:
    """Whether a key under `given` names a detector, and is no slip in the name of a circumstance."""
    if name in RESERVED_NAMES:
        return False
    number_like = isinstance(value, nodes.Scalar) and (
        value.text in ("unavailable", "unknown") or not value.text[:1].isalpha()
    )
    return number_like or closest(name, RESERVED_NAMES) is None


class OneTest:
    """A test: what the customer writes, under which circumstances, and what must be decided."""

    expects = "a test such as `{say: can i talk to someone, expect: handover}`"
    table = Table(
        "a test",
        (
            Key(
                "say",
                Text(exact=True, empty=True),
                required=True,
                about="What the customer writes.",
                example="can i talk to someone",
            ),
            Key(
                "given",
                _Given(),
                default=Given(),
                about="Under which circumstances: the scores of detectors by their names (a number, `unavailable`, or "
                "`unknown` where the decision must not need it), and what is known of the conversation. A detector "
                "that is not named is unavailable.",
                example="{ai: 0.2}",
            ),
            Key(
                "expect",
                Choice(
                    ("handover", "ask", "stay", "none"),
                    (
                        "A person takes over.",
                        "The bot offers a person.",
                        "A `stay` rule keeps the bot.",
                        "No rule decides: the bot goes on.",
                    ),
                ),
                required=True,
                about="What the whole ruleset must decide. For the rule's own outcome, this rule must be the one.",
                example="handover",
            ),
            Key(
                "tags",
                ListOf(NameIn("the id of a rule", section="rules"), "a list of ids of `tag` rules", empty=True),
                about="The `tag` rules that must fire with it: these and no others. `[]`: none.",
                example="[angry]",
            ),
        ),
    )

    def schema(self) -> Schema:
        return self.table.schema()

    def read(self, node: nodes.Node, reading: Reading) -> RuleTest:
        values = self.table.read(node, reading)
        return RuleTest(values["say"], values["given"], values["expect"], values["tags"], values.place)
