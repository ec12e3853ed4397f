"""The grammar of a rule."""

from __future__ import annotations

from handover_rules.rulefile import nodes
from handover_rules.rulefile.actions import PRIORITY
from handover_rules.rulefile.allowing import ALLOW
from handover_rules.rulefile.conditions import OneCondition
from handover_rules.rulefile.kinds import Key, ListOf, Table, Values
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.scalars import Choice, NameIn, Slug, Span, Text, Whole
from handover_rules.rulefile.shape import Schema, reference_to
from handover_rules.rulefile.tests import RESERVED_NAMES, OneTest
from handover_rules.ruleset import Rule, Settings

__all__ = ["RESERVED_NAMES", "RULE"]

DEFAULT_PRIORITY = 50


_SETTINGS = Table(
    "`set`",
    (
        Key(
            "priority",
            PRIORITY,
            about="How urgent the handover is. Where several rules set it, the highest counts.",
            example="high",
        ),
        Key("queue", NameIn(section="queues"), about="Where it waits: a name under `queues:`.", example="general"),
        Key(
            "sla",
            Span(),
            about="How soon a person must answer. Where several rules set it, the shortest counts.",
            example="15m",
        ),
        Key(
            "topic", Slug(), about="What it is about: a name of your own, for reports and templates.", example="billing"
        ),
    ),
)


class _Settings:
    expects = _SETTINGS.expects
    table = _SETTINGS

    def schema(self) -> Schema:
        return self.table.schema()

    def read(self, node: nodes.Node, reading: Reading) -> Settings:
        values = _SETTINGS.read(node, reading)
        return Settings(values["priority"], values["queue"], values["sla"], values["topic"])


class _Rule:
    expects = "a rule, which begins with `- id: ...`"
    table = Table(
        "a rule",
        (
            Key(
                "id",
                Slug(),
                required=True,
                about="The rule's name in logs, reports and tests. No two rules have the same.",
                example="asked-for-a-person",
            ),
            Key(
                "priority",
                Whole(0, 1000),
                default=DEFAULT_PRIORITY,
                about="Rules are tried from the highest priority to the lowest, and the first that fires decides.",
                example="90",
            ),
            Key("owner", Text(), default="", about="Who answers for the rule.", example="care-team"),
            Key(
                "why",
                Text(),
                default="",
                about="What the rule is for. It is the reason that decisions give.",
                example="The customer asks for a person in plain words.",
            ),
            Key(
                "when",
                OneCondition(),
                required=True,
                about="The condition under which the rule fires. Several are joined by `all` or `any`.",
                example="{phrase: talk to a person}",
            ),
            Key(
                "unless",
                ListOf(OneCondition(), "a list of conditions"),
                default=(),
                about="Exceptions: the rule does not fire when one of these is true.",
                example="[{phrase: are you a person}]",
            ),
            Key(
                "then",
                Choice(
                    ("handover", "ask", "stay", "tag"),
                    (
                        "A person takes over; `set` and `do` are carried out.",
                        "The bot offers a person and waits; a short yes fires `accepted_offer`.",
                        "No handover, whatever rules of lower priority say.",
                        "Decides nothing itself; adds its `set` and `do` to a handover.",
                    ),
                ),
                required=True,
                about="What happens when the rule fires.",
                example="handover",
            ),
            Key(
                "set",
                _Settings(),
                default=Settings(),
                about="What the handover is like: its priority, queue, time to answer and topic.",
                example="{priority: high, queue: general, sla: 15m}",
            ),
            Key(
                "do",
                ListOf(NameIn("the name of an action list", section="actions"), "a list of names of `actions`"),
                default=(),
                about="What is done, in this order: names under `actions:`.",
                example="[take_over, tell_the_team]",
            ),
            Key(
                "tests",
                ListOf(OneTest(), "a list of tests"),
                default=(),
                about="Messages, and what must be decided about them: at least one that fires the rule, and one that "
                "looks alike and does not.",
                example="- {say: can i talk to someone, expect: handover}\n- {say: where is my parcel, expect: none}",
            ),
            Key(
                "allow",
                ALLOW,
                default=(),
                about="Checks that are switched off for this rule, each with the reason why.",
                example="{stretched-word: Customers write it so.}",
            ),
        ),
    )

    def schema(self) -> Schema:
        return reference_to("rule")

    def definition(self) -> Schema:
        """What `schema` refers to."""
        return self.table.schema()

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
            values["allow"],
            id_place,
        )


RULE = _Rule()
