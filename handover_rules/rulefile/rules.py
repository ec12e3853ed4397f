"""The grammar of a rule and of the tests in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from handover_rules.problems import closest
from handover_rules.rulefile import nodes
from handover_rules.rulefile.actions import PRIORITY
from handover_rules.rulefile.conditions import OneCondition
from handover_rules.rulefile.kinds import Key, ListOf, Loose, MapOf, Table, Values
from handover_rules.rulefile.reading import Reading, Use, wrong
from handover_rules.rulefile.scalars import Choice, Flag, NameIn, Number, Scalar, Slug, Span, Text, Whole
from handover_rules.ruleset import BeforeTurn, Given, Rule, RuleTest, Settings

__all__ = ["RESERVED_NAMES", "RULE"]

DEFAULT_PRIORITY = 50


class _GivenScore(Scalar[float | None]):
    expects = "a score from 0 to 1, or `unavailable`"

    def parse(self, text: str) -> float | None:
        if text == "unavailable":
            return None
        if text[:1].isalpha():
            raise self.not_this(text)
        return Number(0, 1).parse(text)


@dataclass(frozen=True)
class _LocalTime(Text):
    expects: str = "a local time such as `2026-03-02 10:30`"

    def parse(self, text: str) -> str:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.not_this(text) from None
        if moment.tzinfo is not None:
            raise ValueError("this is local time of the ruleset's time zone\nleave the offset out")
        return text


class _Before:
    """`{customer: ...}`, `{bot: ...}` or `{bot_failed: ...}`."""

    expects = "a turn: `customer: ...`, `bot: ...` or `bot_failed: ...`"

    def read(self, node: nodes.Node, reading: Reading) -> BeforeTurn:
        if not isinstance(node, nodes.Mapping) or len(node.entries) != 1:
            raise wrong(node, self.expects, reading)
        key, value = node.entries[0]
        who = Choice(("customer", "bot", "bot_failed")).read(key, reading)
        text = Text(exact=True, empty=True).read(value, reading)
        return BeforeTurn("customer" if who == "customer" else "bot", text, who == "bot_failed")


_CIRCUMSTANCES: dict[str, Any] = {
    "lang": Text("a language code such as `en`"),
    "channel": Text(),
    "customer": MapOf(Text(), lambda _, value, __: value, Text()),
    "event": Loose(),
    "now": _LocalTime(),
    "offered": Flag(),
    "before": ListOf(_Before(), "a list of turns"),
}

# `given` holds detectors' scores beside these, so no detector may be called so.
RESERVED_NAMES = frozenset(_CIRCUMSTANCES)


class _Given:
    """Scores by the name of their detector, and the circumstances of the message."""

    expects = "a mapping such as `{ai: 0.2}`"

    def read(self, node: nodes.Node, reading: Reading) -> Given:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        scored = {key.text: key.place for key, value in node.entries if _is_score(key.text, value)}
        reading.uses.extend(Use("detectors", name, place) for name, place in scored.items())
        named = (Key(name, _GivenScore()) for name in scored)
        values = Table("`given`", (*(Key(name, kind) for name, kind in _CIRCUMSTANCES.items()), *named)).read(
            node, reading
        )
        scores = {name: values[name] for name in scored}
        return Given(
            MappingProxyType(scores),
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
    number_like = isinstance(value, nodes.Scalar) and (value.text == "unavailable" or not value.text[:1].isalpha())
    return number_like or closest(name, RESERVED_NAMES) is None


class _Test:
    expects = "a test such as `{say: can i talk to someone, expect: handover}`"
    table = Table(
        "a test",
        (
            Key("say", Text(exact=True, empty=True), required=True),
            Key("given", _Given(), default=Given()),
            Key("expect", Choice(("handover", "ask", "stay", "none")), required=True),
            Key(
                "tags", ListOf(NameIn("the id of a rule", section="rules"), "a list of ids of `tag` rules", empty=True)
            ),
        ),
    )

    def read(self, node: nodes.Node, reading: Reading) -> RuleTest:
        values = self.table.read(node, reading)
        return RuleTest(values["say"], values["given"], values["expect"], values["tags"], values.place)


_SETTINGS = Table(
    "`set`",
    (Key("priority", PRIORITY), Key("queue", NameIn(section="queues")), Key("sla", Span()), Key("topic", Slug())),
)


class _Settings:
    expects = _SETTINGS.expects

    def read(self, node: nodes.Node, reading: Reading) -> Settings:
        values = _SETTINGS.read(node, reading)
        return Settings(values["priority"], values["queue"], values["sla"], values["topic"])


class _Rule:
    expects = "a rule, which begins with `- id: ...`"
    table = Table(
        "a rule",
        (
            Key("id", Slug(), required=True),
            Key("priority", Whole(0, 1000), default=DEFAULT_PRIORITY),
            Key("owner", Text(), default=""),
            Key("why", Text(), default=""),
            Key("when", OneCondition(), required=True),
            Key("unless", ListOf(OneCondition(), "a list of conditions"), default=()),
            Key("then", Choice(("handover", "ask", "stay", "tag")), required=True),
            Key("set", _Settings(), default=Settings()),
            Key(
                "do",
                ListOf(NameIn("the name of an action list", section="actions"), "a list of names of `actions`"),
                default=(),
            ),
            Key("tests", ListOf(_Test(), "a list of tests"), default=()),
        ),
    )

    def read(self, node: nodes.Node, reading: Reading) -> Rule:
        values: Values = self.table.read(node, reading)
        if values["then"] == "stay" and (values["do"] or "set" in values.places):
            where = values.places["do" if values["do"] else "set"]
            hint = "remove it, or say `then: handover`"
            raise reading.fail(
                "E308", "a `stay` rule decides that nothing happens, so it can do or set nothing", where, hint
            )
        id_place = values.places["id"]
        return Rule(
            values["id"],
            values["priority"],
            values["when"],
            values["unless"],
            values["then"],
            values["set"],
            values["do"],
            values["why"],
            values["owner"],
            values["tests"],
            id_place,
        )


RULE = _Rule()
