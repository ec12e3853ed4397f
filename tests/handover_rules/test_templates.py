"""Templates: what is found when rules load, how they render, and what `redact` takes out."""

from __future__ import annotations

import pytest

from handover_rules.errors import TemplateFailed
from handover_rules.templates import PROMPT_VARIABLES, VARIABLES, check, find, redact, render

VALUES = {"message": {"text": "hello", "id": "1"}, "contact": {"phone": "+49", "name": ""}, "scores": {"ai": 0.7}}


def faults(source: str) -> list[tuple[str, str]]:
    """Kind and word of every fault of a template in an action."""
    return [(fault.kind, fault.word) for fault in check(source, VARIABLES)[0]]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "plain text, 100 % of it",
        "{{ message.text }}",
        "{{ contact.name or contact['phone'] }}",
        "{{ message.text | redact | upper }}",
        "{% if decision.queue is defined %}{{ decision.queue }}{% else %}-{% endif %}",
        "{% for tag in decision.tags %}{{ loop.index }}: {{ tag }}{% endfor %}",
        "{% set who = contact.name %}{{ who }}",
        "{# a note #}{% raw %}{{ x }}{% endraw %}",
    ],
)
def test_good_templates(source: str) -> None:
    assert faults(source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ message.text }", [("syntax", "")]),
        ("{% if contact.name %}", [("syntax", "")]),
        ("{{ " + "(" * 9000 + "1" + ")" * 9000 + " }}", [("syntax", "")]),
        ("{{ " + "1" * 9000 + " }}", [("syntax", "")]),
        ("{% include 'x' %}", [("syntax", "include")]),
        ("{% extends 'x' %}", [("syntax", "extends")]),
        ("{% import 'x' as y %}", [("syntax", "import")]),
        ("{% macro a() %}{% endmacro %}", [("syntax", "macro")]),
        ("{{ mesage.text }}", [("variable", "mesage")]),
        ("{{ message.txt }} {{ contact['nme'] }}", [("variable", "txt"), ("variable", "nme")]),
        ("{{ range(9) }}", [("variable", "range")]),
        ("{{ loop.index }}", [("variable", "loop")]),
        ("{{ message.__class__ }}", [("variable", "__class__")]),
        ("{{ message.text | redacted }}", [("filter", "redacted")]),
        ("{{ 1 is evn }}", [("filter", "evn")]),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_faults_are_found_before_a_value_is_there(source: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(faults(source)) == sorted(expected)


def test_faults_know_their_line_and_what_there_is() -> None:
    (fault,), _ = check("Hello.\n{{ mesage.text }}", VARIABLES)
    assert (fault.line, fault.word, "message" in fault.choices) == (2, "mesage", True)


def test_scores_are_named() -> None:
    assert check("{{ scores.ai }} {{ scores['local'] }}", VARIABLES) == ([], {"ai", "local"})


def test_prompts_have_variables_of_their_own() -> None:
    assert check("{% for turn in conversation %}{{ turn.text }}{% endfor %}", PROMPT_VARIABLES) == ([], set())
    assert [fault.word for fault in check("{{ contact.phone }}", PROMPT_VARIABLES)[0]] == ["contact"]


@pytest.mark.parametrize(
    ("word", "text", "at"),
    [
        ("name", "name {{ contact.name }}", 16),
        ("name", "{{ filename }} {{ name }}", 18),
        ("name", "the name", None),
        ("x", "{% if y %}{{ x", 13),
    ],
)
def test_find_looks_only_inside_of_the_template(word: str, text: str, at: int | None) -> None:
    assert find(word, text) == at


def test_render_fills_in_values_and_keeps_the_last_line_end() -> None:
    assert render("{{ message.text }}: {{ contact.name or contact.phone }}\n", VALUES, "here") == "hello: +49\n"


@pytest.mark.parametrize(
    "source",
    [
        "{{ nothing }}",
        "{{ message.nothing }}",
        "{{ message.text.nothing }}",
        "{{ 1 / 0 }}",
        "{{ message.text + 1 }}",
        "{{ 'x' | round }}",
    ],
)
def test_render_is_strict_and_says_where(source: str) -> None:
    with pytest.raises(TemplateFailed, match=r"^rules\.yaml:3:9: the template cannot be rendered: "):
        render(source, VALUES, "rules.yaml:3:9")


@pytest.mark.parametrize(
    "source",
    [
        "{{ message.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ message['__class__'] }}",
        "{{ message | attr('__class__') }}",
        "{{ message.text.format.__globals__ }}",
        "{{ '{0.__class__}'.format(message) }}",
        "{{ message.update({'text': 'changed'}) }}",
        "{{ decision.tags.append(1) }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_sandbox_refuses_what_leads_out_of_the_values(source: str) -> None:
    with pytest.raises(TemplateFailed):
        render(source, {**VALUES, "decision": {"tags": []}}, "here")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call +49 170 1234567 now", "call [number] now"),
        ("call 0170/123-4567", "call [number]"),
        ("(555) 123-4567", "[number]"),
        ("+49 (0) 170\u00a01234\u2011567", "[number]"),
        ("my card 4111 1111 1111 1111!", "my card [number]!"),
        ("4111-1111-1111-1111", "[number]"),
        ("write to Ana.Ruiz+x@mail.example.com.", "write to [e-mail]."),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [iban] please"),
        ("DE89370400440532013000", "[iban]"),
        ("GB29NWBK60161331926819", "[iban]"),
        ("order 1234567", "order [number]"),
        ("order #AB-123456", "order #AB-[number]"),
        ("١٢٣٤٥٦٧٨", "[number]"),
        ("at 10:30 or 14:00", "at 10:30 or 14:00"),
        ("I waited 3 weeks and 12345 seconds", "I waited 3 weeks and 12345 seconds"),
        ("2 of 10, 99.95 EUR", "2 of 10, 99.95 EUR"),
        ("", ""),
    ],
)
def test_redact(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_redact_takes_any_value() -> None:
    assert redact(None) == "None"
    assert redact(12345678) == "[number]"


@pytest.mark.parametrize("source", ["{{ 9**9**9 }}", "{{ 'a' * 10**9 }}", "{{ message.text * 1000000000 }}"])
def test_a_template_cannot_fill_the_memory(source: str) -> None:
    with pytest.raises(TemplateFailed, match="not available in templates"):
        render(source, {"message": {"text": "a"}}, "rules.yaml:1:1")
