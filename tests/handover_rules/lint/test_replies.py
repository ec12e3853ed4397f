"""Languages: codes that no message can have, and replies that lack one."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding, Linting

TEXT = """
default_language: en
rules: [{id: one, when: {phrase: agent}, then: handover, do: [tell, tell_more]}]
actions:
  tell:
    - reply:
        assigned: {en: Somebody is here., es: Ya le atienden.}
        nobody: {en: You are next., es: Usted es el siguiente.}
  tell_more:
    - reply: {text: Thank you.}
"""


def test_replies_in_all_languages(found: Finding) -> None:
    assert found(TEXT) == []


def test_a_reply_that_lacks_a_language(found: Finding) -> None:
    assert found(TEXT.replace(", es: Usted es el siguiente.", "")) == [("W507", "nobody")]
    assert found(TEXT.replace("text: Thank you.", "text: {es: Gracias.}")) == [("W507", "text")]


def test_a_reply_that_lacks_the_default_language(found: Finding) -> None:
    assert found(TEXT.replace("default_language: en", "default_language: de")) == [
        ("W507", "assigned"),
        ("W507", "nobody"),
    ]


@pytest.mark.parametrize(
    ("code", "hint"),
    [("english", "`en`"), ("pt-br", "`pt`"), ("EN_us", "`en`"), ("xx", ""), ("espanol", "`es`"), ("ger", "")],
)
def test_what_is_no_language(linting: Linting, code: str, hint: str) -> None:
    text = f"rules: [{{id: one, when: {{all: [{{lang: [{code}, de]}}, {{phrase: agent}}]}}, then: handover}}]"
    found = [problem for problem in linting(text).problems if problem.code == "W320"]
    assert len(found) == 1
    assert hint in found[0].hint


def test_a_text_in_no_language(found: Finding) -> None:
    text = TEXT.replace("es: Ya", "spanish: Ya").replace("es: Usted", "spanish: Usted")
    assert found(text) == [("W320", "spanish"), ("W320", "spanish")]


def test_a_default_language_that_is_none(found: Finding) -> None:
    rules = "default_language: english\nrules: [{id: one, when: {phrase: agent}, then: handover}]\n"
    assert found(rules) == [("W320", "english")]


def test_actions_of_one_language(found: Finding) -> None:
    text = """
    default_language: en
    rules:
      - {id: es, when: {all: [{lang: es}, {phrase: agente}]}, then: handover, do: [responder]}
      - {id: en, when: {all: [{lang: [en]}, {phrase: agent}]}, then: handover, do: [answer]}
    actions:
      responder: [{reply: {nobody: {es: Ya le atienden.}}}]
      answer: [{reply: {nobody: {en: Please wait.}}}]
    """
    assert found(text) == []
    assert found(text.replace("lang: es}", "lang: [es, en]}")) == [("W507", "nobody")]


@pytest.mark.parametrize(
    "when",
    [
        "when: {any: [{lang: es}, {lang: it}]}",
        "when: {any: [{all: [{lang: es}, {phrase: agente}]}, {all: [{lang: it}, {phrase: agente}]}]}",
        "when: {all: [{phrase: agente}, {not: {lang: en}}]}",
        "when: {phrase: agente}, unless: [{lang: en}]",
    ],
)
def test_actions_that_a_language_never_reaches(found: Finding, when: str) -> None:
    text = f"""
    default_language: en
    rules:
      - {{id: south, {when}, then: handover, do: [tell]}}
      - {{id: rest, priority: 10, when: {{phrase: person}}, then: handover, do: [say]}}
    actions:
      tell: [{{reply: {{nobody: {{es: Ya le atienden., it: Arriviamo.}}}}}}]
      say: [{{reply: {{nobody: {{es: Ya le atienden., it: Arriviamo., en: You are next.}}}}}}]
    """
    assert found(text) == []
    assert found(text.replace(", it: Arriviamo.}}}]\n      say", "}}}]\n      say")) == [("W507", "nobody")]


def test_filipino_has_a_code_of_three_letters(found: Finding) -> None:
    assert found("rules: [{id: one, when: {all: [{lang: fil}, {phrase: tao}]}, then: handover}]") == []
