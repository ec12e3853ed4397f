"""The grammar of conditions: a mapping of exactly one key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handover_rules import ruleset as model
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, ListOf, OneOrMany, Table, Values
from handover_rules.rulefile.reading import Reading, wrong
from handover_rules.rulefile.scalars import Flag, Number, Slug, Text, Whole
from handover_rules.rulefile.patterns import PhraseItems, RegexText
from handover_rules.rulefile.problems import did_you_mean
from handover_rules.ruleset import Condition, Place

__all__ = ["CONDITIONS", "NamedBound", "OneCondition"]


@dataclass(frozen=True)
class NamedBound:
    """A bound as written: a number, or a threshold's name after `$`. Linking turns names into numbers."""

    value: float | None
    threshold: str | None
    place: Place


@dataclass(frozen=True)
class _Bound:
    expects: str = "a number from 0 to 1, or the name of a threshold such as `$ai`"

    def read(self, node: nodes.Node, reading: Reading) -> NamedBound:
        if isinstance(node, nodes.Scalar) and node.text.startswith("$"):
            return NamedBound(None, node.text[1:], node.place)
        if isinstance(node, nodes.Scalar) and node.text[:1].isalpha():
            hint = f"write `${node.text}` for the threshold of that name"
            raise wrong(node, self.expects, reading, hint)
        return NamedBound(Number(0, 1).read(node, reading), None, node.place)


@dataclass(frozen=True)
class UnlinkedScore:
    """A score condition before its threshold is looked up."""

    detector: str
    bound: NamedBound
    place: Place


@dataclass(frozen=True)
class OneCondition:
    """A condition: a mapping of exactly one key, the name of the condition."""

    expects: str = "one condition, such as `phrase:` or `any:`"

    def read(self, node: nodes.Node, reading: Reading) -> Condition:
        if isinstance(node, nodes.Sequence):
            hint = "write `any:` (one is enough) or `all:` (every one) above the list"
            raise reading.fail("E302", "a list stands here, and it does not say whether one is enough", node.place, hint)
        if isinstance(node, nodes.Scalar):
            hint = "there are no conditions in words: `phrase: ...`, `score: {of: ai, at_least: $ai}`"
            raise wrong(node, self.expects, reading, hint)
        if len(node.entries) != 1:
            names = ", ".join(f"`{key.text}`" for key, _ in node.entries) or "none"
            hint = "put them under `all:` (every one) or `any:` (one is enough), each with a `- ` before it"
            raise reading.fail("E302", f"a condition has exactly one key, and here are {names}", node.place, hint)
        key, value = node.entries[0]
        condition = CONDITIONS.get(key.text)
        if condition is None:
            raise reading.fail("E303", f"there is no condition `{key.text}`", key.place, did_you_mean(key.text, CONDITIONS))
        read: Condition = condition.build(condition.kind.read(value, reading), key.place)
        return read


@dataclass(frozen=True)
class _TrueOnly(Flag):
    expects: str = "`true`"

    def parse(self, text: str) -> bool:
        if not super().parse(text):
            raise ValueError("this must be `true`\nwrite `not: {accepted_offer: true}`")
        return True


@dataclass(frozen=True)
class _CustomerKind:
    expects: str = "a mapping such as `{tier: gold}`"

    def read(self, node: nodes.Node, reading: Reading) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        if not node.entries:
            raise reading.fail("E301", "the mapping is empty", node.place, "name what must be known of the customer")
        return tuple((key.text, OneOrMany(Text()).read(value, reading)) for key, value in node.entries)


@dataclass(frozen=True)
class _FieldKind:
    expects: str = "`{path: ..., is: ...}`, with `at_least` or `matches` in place of `is` where needed"
    table: Table = Table(
        "field condition",
        (
            Key("path", Text(), required=True),
            Key("is", OneOrMany(Text(empty=True))),
            Key("at_least", Number(-1e18, 1e18)),
            Key("matches", RegexText()),
        ),
    )

    def read(self, node: nodes.Node, reading: Reading) -> Values:
        values = self.table.read(node, reading)
        given = [name for name in ("is", "at_least", "matches") if values[name] is not None]
        if len(given) != 1:
            raise reading.fail("E106", "a field condition has one of `is`, `at_least`, `matches`", node.place)
        return values


@dataclass(frozen=True)
class _Spec:
    """How one condition is read, and made from what was read."""

    kind: Any
    build: Callable[[Any, Place], Any]


def _window(name: str) -> Table:
    return Table(name, (Key("at_least", Whole(1, 40), required=True), Key("within_turns", Whole(1, 40))))


_LANGUAGE = Text("a language code such as `en`")

CONDITIONS: dict[str, _Spec] = {
    "all": _Spec(ListOf(OneCondition(), "a list of conditions"), lambda v, at: model.All(v, at)),
    "any": _Spec(ListOf(OneCondition(), "a list of conditions"), lambda v, at: model.Any(v, at)),
    "not": _Spec(OneCondition(), lambda v, at: model.Not(v, at)),
    "phrase": _Spec(PhraseItems(), lambda v, at: model.Phrases(v, False, at)),
    "whole": _Spec(PhraseItems(), lambda v, at: model.Phrases(v, True, at)),
    "regex": _Spec(OneOrMany(RegexText()), lambda v, at: model.Regex(v, at)),
    "score": _Spec(
        Table("score condition", (Key("of", Slug(), required=True), Key("at_least", _Bound(), required=True))),
        lambda v, at: UnlinkedScore(v["of"], v["at_least"], at),
    ),
    "unavailable": _Spec(OneOrMany(Slug()), lambda v, at: model.UnavailableIs(v, at)),
    "failures": _Spec(_window("failures condition"), lambda v, at: model.Failures(v["at_least"], v["within_turns"], at)),
    "repeats": _Spec(_window("repeats condition"), lambda v, at: model.Repeats(v["at_least"], v["within_turns"], at)),
    "turns": _Spec(
        Table("turns condition", (Key("at_least", Whole(1, 10_000), required=True),)),
        lambda v, at: model.Turns(v["at_least"], at),
    ),
    "accepted_offer": _Spec(_TrueOnly(), lambda _, at: model.AcceptedOffer(at)),
    "hours": _Spec(OneOrMany(Slug()), lambda v, at: model.Hours(v, at)),
    "lang": _Spec(OneOrMany(_LANGUAGE), lambda v, at: model.Lang(tuple(x.casefold() for x in v), at)),
    "channel": _Spec(OneOrMany(Text()), lambda v, at: model.Channel(v, at)),
    "customer": _Spec(_CustomerKind(), lambda v, at: model.Customer(v, at)),
    "field": _Spec(
        _FieldKind(),
        lambda v, at: model.Field(
            tuple(v["path"].split(".")),
            v["is"] or (),
            v["at_least"],
            v["matches"][0] if v["matches"] else None,
            at,
        ),
    ),
}
