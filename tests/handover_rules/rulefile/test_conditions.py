"""Conditions: what each one is read as, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from handover_rules import ruleset as model
from handover_rules.ruleset import Condition

BASE = """
ruleset: shop
thresholds: {ai: 0.7}
detectors: {ai: {kind: linear, cost: 1, model: model.json}}
hours: {office: {days: mon-fri, from: 09:00, to: 18:00}}
phrases: {person: [human, agent]}
rules:
  - id: asked
    then: handover
    when: """


def condition(look: Any, text: str) -> Condition:
    """The condition that a text in one line is read as."""
    examined = look(f"{BASE}{text}\n")
    assert examined.problems == ()
    read: Condition = examined.ruleset.rules[0].when
    return read


def said(look: Any, text: str) -> list[tuple[str, str]]:
    """Code and hint of every problem of a condition."""
    return [(problem.code, problem.hint) for problem in look(f"{BASE}{text}\n").problems]


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("{score: {of: ai, at_least: $ai}}", model.ScoreAtLeast, {"detector": "ai", "bound": 0.7, "threshold": "ai"}),
        ("{score: {of: ai, at_least: 0.03}}", model.ScoreAtLeast, {"bound": 0.03, "threshold": None}),
        ("{unavailable: ai}", model.UnavailableIs, {"detectors": ("ai",)}),
        ("{failures: {at_least: 2}}", model.Failures, {"at_least": 2, "within_turns": None}),
        ("{repeats: {at_least: 2, within_turns: 4}}", model.Repeats, {"at_least": 2, "within_turns": 4}),
        ("{turns: {at_least: 8}}", model.Turns, {"at_least": 8}),
        ("{accepted_offer: true}", model.AcceptedOffer, {}),
        ("{hours: office}", model.Hours, {"names": ("office",)}),
        ("{lang: [en, pt-BR]}", model.Lang, {"languages": ("en", "pt-br")}),
        ("{lang: no}", model.Lang, {"languages": ("no",)}),  # Norwegian, and not false
        ("{channel: whatsapp}", model.Channel, {"channels": ("whatsapp",)}),
        (
            "{customer: {tier: [gold, vip], id: 0123}}",
            model.Customer,
            {"values": (("tier", ("gold", "vip")), ("id", ("0123",)))},
        ),
        (
            "{field: {path: raw.type, is: [image, on]}}",
            model.Field,
            {"path": ("raw", "type"), "values": ("image", "on")},
        ),
        ("{field: {path: raw.size, at_least: -3}}", model.Field, {"at_least": -3.0, "values": (), "matches": None}),
        ("{field: {path: a, matches: '^x'}}", model.Field, {"matches": "^x"}),
    ],
)
def test_leaves(look: Any, text: str, kind: type, fields: dict[str, object]) -> None:
    read = condition(look, text)
    assert isinstance(read, kind)
    assert {name: getattr(read, name) for name in fields} == fields


def test_phrases_and_regexes_keep_their_places(look: Any) -> None:
    read = condition(look, '{any: [{phrase: "talk to a <person>"}, {whole: [agent]}, {regex: [abc, "d"]}]}')
    assert isinstance(read, model.Any)
    phrase, whole, regex = read.children
    assert isinstance(phrase, model.Phrases)
    assert isinstance(whole, model.Phrases)
    assert isinstance(regex, model.Regex)
    assert (phrase.whole, whole.whole) == (False, True)
    assert phrase.phrases[0].phrase.source == "talk to a <person>"
    assert [(text, place.length) for text, place in regex.patterns] == [("abc", 3), ("d", 3)]
    assert phrase.place.line == regex.place.line == 10


def test_conditions_nest(look: Any) -> None:
    read = condition(look, "{all: [{not: {score: {of: ai, at_least: $ai}}}, {any: [{turns: {at_least: 2}}]}]}")
    assert isinstance(read, model.All)
    negation, either = read.children
    assert isinstance(negation, model.Not)
    assert isinstance(negation.child, model.ScoreAtLeast)
    assert negation.child.bound == 0.7  # thresholds are looked up at any depth
    assert isinstance(either, model.Any)


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("{phrse: agent}", "E303", "did you mean `phrase`?"),
        ("{phrase agent}", "E303", "write `phrase: agent`"),
        ("{score: $ai}", "E105", "such as `{of: ai, at_least: $ai}`"),
        ("{score: {of: ai, at_least: ai}}", "E105", "write `$ai` for the threshold of that name"),
        ("{score: {of: $ai, at_least: 0.5}}", "E115", "write `ai`"),
        ("{score: {of: ai, at_least: 70}}", "E107", "70 % is written `0.7`"),
        ("{accepted_offer: false}", "E107", "write `not: {accepted_offer: true}`"),
        ("{failures: 2}", "E105", ""),
        ("{failures: {at_least: 0}}", "E107", ""),
        ("[{phrase: agent}]", "E302", "write `any:` (one is enough) or `all:` (every one) above the list"),
        ("{hours: closed}", "E306", "known here: `office`"),
        ("{regex: '(?<=a)b'}", "E207", "put what must also be there into a second condition under `all:`"),
        ("{regex: '(?P<a>x)(?P=a)'}", "E207", "write the repeated part out"),
        ("{customer: gold}", "E105", ""),
    ],
)
def test_bad_conditions(look: Any, text: str, code: str, hint: str) -> None:
    assert said(look, text) == [(code, hint)]


def test_several_conditions_at_once_ask_for_any_or_all(look: Any) -> None:
    ((code, hint),) = said(look, "{phrase: agent, lang: en}")
    assert code == "E302"
    assert "`all:`" in hint
    assert "`any:`" in hint


def test_a_phrase_that_yaml_would_change_is_refused(look: Any) -> None:
    assert [code for code, _ in said(look, "{phrase: [talk to a person, agent]}")] == ["E202"]
    assert [code for code, _ in said(look, "\n      phrase:\n        - one\n          two")] == ["E208"]
    assert [code for code, _ in said(look, "\n      phrase:\n        -one")] == ["E208"]
    assert [code for code, _ in said(look, "\n      phrase: order #1")] == ["E203"]
