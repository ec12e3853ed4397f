"""Characters and words in phrases that are not what they look like."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding, Linting
from tests.handover_rules.lint.test_repetition import rules


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        (["help me", "heeelp me"], [("W212", "heeelp me")]),
        (["agent 1000"], []),
        (["plsss"], [("W212", "plsss")]),
        (["schifffahrt"], []),
        (["www"], []),
        (["kaffeeersatz"], []),
        (["henry viii"], []),
    ],
)
def test_stretched_words(found: Finding, phrases: list[str], expected: list[tuple[str, str]]) -> None:
    assert found(rules(*phrases)) == expected


@pytest.mark.parametrize(
    ("word", "strange"),
    [("p\u0435rson", "U+0435"), ("ч\u0435лов\u0065к", "U+0065")],
)
def test_the_letter_of_the_rarer_script_is_the_strange_one(linting: Linting, word: str, strange: str) -> None:
    (problem,) = (one for one in linting(rules(word)).problems if one.code == "W209")
    assert strange in problem.message


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("talk to a p\u0435rson", "W209"),  # Cyrillic
        ("talk to a \u0440\u0435\u0440", "W209"),  # a word that is Cyrillic as a whole
        ("talk to a per\u00adson", "W209"),  # a soft hyphen
        ("talk to a\u200bperson", "W209"),
        ("talk to \u202ea person", "W209"),
        ("человек", ""),
        ("позовите человека", ""),
        ("سلام\u200cعلیکم", ""),  # Persian joins with it
        ("ग्राहक सेवा", ""),
        ("müssen wir persönlich sprechen", ""),
        ("πράκτορας", ""),
        ("人工客服", ""),
    ],
)
def test_characters(found: Finding, phrase: str, code: str) -> None:
    expected = [code] if code else []
    assert [one for one, _ in found(rules(phrase))] == expected
    listed = f"phrases:\n  words:\n    - {phrase}\n" + rules("say <words>")
    assert [one for one, _ in found(listed)] == expected
    if "'" not in phrase:
        assert [one for one, _ in found(f"rules: [{{id: a, when: {{regex: '{phrase}'}}, then: handover}}]")] == expected


@pytest.mark.parametrize(
    "phrase",
    [
        "DVD-диск", "VR-очки", "IT-отдел", "(agent|агент)", "у меня iphone", "το email μου", "с <words>", "у iphone",
        "SIMка", "WhatsAppом", "για refund", "email και sms",
    ],
)  # fmt: skip
def test_two_scripts_side_by_side_are_no_mistake(found: Finding, phrase: str) -> None:
    assert (
        found(rules(phrase, rest="phrases:\n  words: [human]\n") + "  - {id: b, when: {phrase: <words>}, then: tag}\n")
        == []
    )


def test_the_word_that_is_meant_has_no_foreign_letter_left(linting: Linting) -> None:
    (problem,) = (one for one in linting(rules("talk to \u0441\u043e\u0440")).problems if one.code == "W209")
    assert problem.hint == "write `cop`"


@pytest.mark.parametrize("regex", ["(?i)оператор", "(?m)оператор", r"\bагент\b", "[a-zа-я]+ агент"])
def test_the_signs_of_a_regex_are_no_letters(found: Finding, regex: str) -> None:
    assert found(f"rules: [{{id: a, when: {{regex: '{regex}'}}, then: handover}}]") == []


def test_a_word_is_written_as_it_is_spelt(linting: Linting) -> None:
    (problem,) = (one for one in linting(rules("hellllo there")).problems if one.code == "W212")
    assert "`hello` or `helo`" in problem.hint
