"""Conditions that can never be true, or always are."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding, Linting

HEAD = """
hours:
  office: {days: mon-fri, from: 09:00, to: 18:00}
  weekend: {days: sat-sun, from: 00:00, to: 24:00}
  lunch: {days: mon-fri, from: 12:00, to: 13:00}
  always: {days: mon-sun, from: 00:00, to: 24:00}
detectors:
  local: {kind: linear, cost: 1, model: model.json}
  ai: {kind: openai, cost: 100, model: gpt, prompt: ask.j2}
rules:
  - id: one
    then: handover
"""


def of(found: Finding, when: str, unless: str = "") -> list[tuple[str, str]]:
    """The problems of a rule's conditions; what nothing uses does not count."""
    rest = f"    unless: {unless}\n" if unless else ""
    return [one for one in found(f"{HEAD}    when: {when}\n{rest}") if one[0] != "W318"]


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        ("{all: [{lang: en}, {lang: es}]}", "all"),
        ("{all: [{lang: en}, {phrase: agent}, {any: [{lang: es}, {lang: [de, fr]}]}]}", "all"),
        ("{all: [{score: {of: ai, at_least: 0.8}}, {not: {score: {of: ai, at_least: 0.7}}}]}", "all"),
        ("{all: [{unavailable: ai}, {score: {of: ai, at_least: 0.8}}]}", "all"),
        ("{all: [{unavailable: ai}, {not: {score: {of: ai, at_least: 0.8}}}]}", "all"),
        ("{all: [{hours: office}, {not: {hours: office}}]}", "all"),
        ("{all: [{hours: office}, {hours: weekend}]}", "all"),
        ("{all: [{hours: lunch}, {not: {hours: office}}]}", "all"),
        ("{all: [{channel: web}, {channel: [whatsapp, sms]}]}", "all"),
        ("{all: [{customer: {tier: gold}}, {customer: {vip: true, tier: [silver, basic]}}]}", "all"),
        ("{all: [{field: {path: a.b, is: image}}, {field: {path: a.b, is: [text, audio]}}]}", "all"),
        ("{all: [{turns: {at_least: 5}}, {not: {turns: {at_least: 3}}}]}", "all"),
        ("{all: [{phrase: talk to an agent}, {not: {phrase: agent}}]}", "all"),
        ('{all: [{phrase: "are you real"}, {whole: agent}]}', "all"),
        ("{all: [{not: {any: [{lang: en}, {lang: es}]}}, {lang: es}]}", "all"),
        ("{failures: {at_least: 4, within_turns: 3}}", "failures"),
        ("{any: [{phrase: agent}, {repeats: {at_least: 3, within_turns: 2}}]}", "repeats"),
        ("{not: {hours: always}}", "hours"),  # as W311, below
    ],
)
def test_never_true(found: Finding, when: str, meant: str) -> None:
    ((code, text),) = of(found, when)
    assert code == ("W311" if meant == "hours" else "W310")
    assert text == meant


def test_never_true_two_levels_deep(found: Finding) -> None:
    when = "{all: [{lang: en}, {any: [{phrase: agent}, {all: [{lang: es}, {phrase: agente}]}]}]}"
    assert of(found, when) == [("W310", "all")]


@pytest.mark.parametrize(
    "when",
    [
        "{all: [{lang: [en, es]}, {lang: [es, de]}]}",
        "{all: [{score: {of: ai, at_least: 0.8}}, {not: {score: {of: local, at_least: 0.7}}}]}",
        "{all: [{score: {of: ai, at_least: 0.7}}, {not: {score: {of: ai, at_least: 0.8}}}]}",
        "{all: [{unavailable: [ai, local]}, {score: {of: ai, at_least: 0.8}}]}",
        "{all: [{hours: office}, {not: {hours: lunch}}]}",
        "{all: [{customer: {tier: gold}}, {customer: {vip: true}}]}",
        "{all: [{phrase: agent}, {not: {phrase: talk to an agent}}]}",
        "{failures: {at_least: 3, within_turns: 3}}",
        "{any: [{lang: en}, {lang: es}]}",
        "{any: [{unavailable: ai}, {score: {of: ai, at_least: 0.8}}]}",
        "{regex: 'agents?'}",
    ],
)
def test_what_can_be_true_and_false(found: Finding, when: str) -> None:
    assert of(found, when) == []


@pytest.mark.parametrize(
    "regex",
    [r"^[^?]*$", r"^[\s\S]{0,20}$", r"^$", r"\b", "(agent|x)", r"[?^$]*x", r"\A\s*\z", r"\s*\z", r"\B", r"(\$|[\]^])"],
)
def test_a_regex_that_is_bound_to_something(found: Finding, regex: str) -> None:
    assert of(found, f"{{regex: '{regex}'}}") == []


def test_what_is_told_of_a_not_is_about_what_stands_in_it(linting: Linting) -> None:
    def told(when: str) -> str:
        (problem,) = (one for one in linting(f"{HEAD}    when: {when}\n").problems if one.code in ("W310", "W311"))
        return problem.message

    assert "can never be true" in told("{not: {all: [{lang: en}, {lang: es}]}}")
    assert "is true for every message" in told("{not: {any: [{hours: office}, {not: {hours: office}}]}}")


def test_a_score_that_is_always_high_enough_is_so_where_there_is_one(linting: Linting) -> None:
    either = "{any: [{score: {of: ai, at_least: 0.5}}, {not: {score: {of: ai, at_least: 0.7}}}]}"
    for when in (either, "{score: {of: ai, at_least: 0}}"):
        (problem,) = (one for one in linting(f"{HEAD}    when: {when}\n").problems if one.code == "W311")
        assert "whenever the detector answers" in problem.message


def test_deep_nesting_takes_no_time(found: Finding) -> None:
    deep = "{phrase: agent}"
    for level in range(12):
        deep = f"{{{'any' if level % 2 else 'all'}: [{{turns: {{at_least: {level + 2}}}}}, {deep}]}}"
    flat = "{phrase: human}"
    for level in range(15):
        flat = f"{{any: [{{turns: {{at_least: {level + 2}}}}}, {flat}]}}"
    of(found, deep)
    of(found, flat, f"[{deep}]")
    bushy = [f"{{turns: {{at_least: {number + 2}}}}}" for number in range(128)]
    while len(bushy) > 1:
        word = "any" if len(bushy) in (2, 8, 32, 128) else "all"
        bushy = [f"{{{word}: [{one}, {other}]}}" for one, other in zip(bushy[::2], bushy[1::2], strict=True)]
    of(found, bushy[0], f"[{bushy[0]}]")


@pytest.mark.parametrize(
    ("when", "meant"),
    [
        ("{turns: {at_least: 1}}", "turns"),
        ("{score: {of: ai, at_least: 0}}", "score"),
        ("{hours: [office, always]}", "hours"),
        ("{regex: '(agent)?'}", "regex"),
        ("{regex: '[?^$]*'}", "regex"),
        ("{any: [{phrase: agent}, {not: {phrase: agent}}]}", "any"),
        ("{any: [{hours: office}, {phrase: agent}, {not: {hours: office}}]}", "any"),
        ("{any: [{lang: en}, {not: {lang: [en, es]}}, {not: {lang: en}}]}", "any"),
        ("{all: [{phrase: agent}, {turns: {at_least: 1}}]}", "turns"),
    ],
)
def test_always_true(found: Finding, when: str, meant: str) -> None:
    assert of(found, when) == [("W311", meant)]


def test_a_veto_that_is_true_whenever_the_rule_is(found: Finding) -> None:
    assert of(found, '{phrase: ["talk to an agent"]}', "[{phrase: agent}]") == [("W310", "phrase")]
    assert of(found, "{phrase: [refund, money]}", "[{phrase: refund}, {phrase: money}]") == [("W310", "phrase")]
    assert of(found, "{phrase: [refund, money]}", "[{phrase: refund}, {phrase: coins}]") == []
    assert of(found, "{phrase: agent}", '[{phrase: ["talk to an agent"]}]') == []


def test_a_veto_that_never_is(found: Finding) -> None:
    assert of(found, "{lang: en}", "[{lang: es}]") == [("W310", "lang")]


def test_an_exception_may_repeat_what_holds_anyway(found: Finding) -> None:
    exception = "{not: {all: [{lang: en}, {phrase: insurance agent}]}}"
    assert of(found, f"{{all: [{{lang: en}}, {{phrase: agent}}, {exception}]}}") == []
    assert of(found, "{all: [{lang: en}, {phrase: agent}, {any: [{lang: de}, {phrase: bill}]}]}") == [("W310", "lang")]


def test_conditions_are_named_as_they_are_written(linting: Linting) -> None:
    low, high = (f"{{score: {{of: local, at_least: {bound}}}}}" for bound in (0.3, 0.5))
    (problem,) = (
        one for one in linting(f"{HEAD}    when: {{any: [{low}, {{not: {high}}}]}}").problems if one.code == "W311"
    )
    assert "`score` or `not: ...`" in problem.message
