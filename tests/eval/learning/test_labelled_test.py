"""`handover add-test`: a message becomes a test of a rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from tests.eval.learning.conftest import RULES, write

Run = Callable[..., Result]

TALK = [
    {"id": "t1", "text": "do you have: lamps", "conversation_id": "c", "turn": 1},
    {"id": "t2", "text": "Sorry, what?", "speaker": "bot", "bot_failed": True, "conversation_id": "c", "turn": 2},
    {"id": "t3", "text": "stop it", "label": 0, "language": "DE", "channel": "sms", "conversation_id": "c", "turn": 3},
    {"id": "t4", "text": "One moment.", "speaker": "human", "conversation_id": "c", "turn": 4},
    {"id": "t5", "text": "ok", "label": 1, "conversation_id": "c", "turn": 5},
    {"id": "o1", "text": "A person?", "speaker": "bot", "bot_offered": True, "conversation_id": "o", "turn": 1},
    {"id": "o2", "text": "yes", "label": 1, "conversation_id": "o", "turn": 2},
    {"id": "alone", "text": "a real human", "label": 1},
    {"id": "unlabelled", "text": "a very human one"},
]


@pytest.fixture(autouse=True)
def _talk(folder: Path) -> None:
    write(folder / "talk.jsonl", TALK)


def _refused(result: Result) -> str:
    assert isinstance(result.exception, UsageError)
    assert Path("rules/shop.yaml").read_text() == RULES
    return str(result.exception)


def test_a_typed_message_is_written_and_tried(run: Run) -> None:
    result = run("add-test", "asked", "a human, now", "--expect", "handover")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "rules/shop.yaml:18",
        '      - {say: "a human, now", expect: handover}',
        "The test passes.",
    ]


def test_a_test_that_fails_is_written_with_the_reason(run: Run) -> None:
    result = run("add-test", "asked", "a person", "--expect", "handover")
    assert result.exit_code == 0, result.output
    assert "expected handover, and it was none" in result.stdout
    assert "`human` is missing" in result.stdout or "where `human` is expected" in result.stdout
    assert load_ruleset("rules").rules[0].tests[-1].say == "a person"


def test_a_labelled_message_brings_what_was_said_before_and_what_rules_look_at(run: Run) -> None:
    result = run("add-test", "by-channel", "--data", "talk.jsonl", "--row", "t3", "--expect", "stay")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1:] == [
        "    tests:",
        "      - say: stop it",
        "        given:",
        "          lang: de",
        "          channel: sms",
        "          before:",
        '            - customer: "do you have: lamps"',
        "            - bot_failed: Sorry, what?",
        "        expect: stay",
        "The test passes.",
    ]


def test_an_offer_of_the_bots_is_brought_along(run: Run) -> None:
    result = run("add-test", "asked", "--data", "talk.jsonl", "--row", "o2")
    assert "offered: true" in result.stdout


def test_the_label_says_what_to_expect(run: Run) -> None:
    run("add-test", "asked", "--data", "talk.jsonl", "--row", "alone")
    run("add-test", "asked", "--data", "talk.jsonl", "--row", "t3")
    assert [test.expect for test in load_ruleset("rules").rules[0].tests] == ["handover", "handover", "none"]


def test_circumstances_can_be_given(run: Run, folder: Path) -> None:
    rules = folder / "rules" / "shop.yaml"
    (folder / "rules" / "m.json").write_text("{}")
    rules.write_text(RULES + "detectors:\n  ai: {kind: linear, cost: 1, model: m.json}\n", encoding="utf-8")
    result = run("add-test", "asked", "hi", "--expect", "none", "--given", "ai=0.25", "--given", "lang=no")
    assert result.exit_code == 0, result.output
    assert '- {say: hi, given: {ai: 0.25, lang: "no"}, expect: none}' in result.stdout
    run("add-test", "asked", "ho", "--expect", "none", "--given", "ai=unavailable")
    run("add-test", "asked", "hu", "--expect", "none", "--given", "ai=unknown")
    *_, unavailable, unknown = load_ruleset("rules").rules[0].tests
    assert unavailable.given.signals == {"ai": None}
    assert unknown.given.unknown == {"ai"}
    for given, message in (
        ("ai=2", "expected a score from 0 to 1, `unavailable` or `unknown`"),
        ("ai=yes", "expected a score from 0 to 1"),
        ("ai=nan", "expected a score from 0 to 1"),
        ("ai", "--given ai: expected NAME=VALUE, such as ai=0.2, ai=unavailable or ai=unknown"),
        ("ai=", "expected NAME=VALUE, such as ai=0.2"),
        ("lang=", "expected NAME=VALUE, such as lang=de"),
        ("channel", "expected NAME=VALUE, such as channel=whatsapp"),
        ("au=1", "expected NAME=VALUE; known here: `ai`, `channel`, `lang`"),
    ):
        result = run("add-test", "asked", "hey", "--expect", "none", "--given", given)
        assert isinstance(result.exception, UsageError), given
        assert message in str(result.exception)


def test_nothing_is_written_twice(run: Run) -> None:
    assert "has this test already" in _refused(run("add-test", "asked", "a human please", "--expect", "handover"))


def test_what_others_should_not_read_is_named(run: Run, folder: Path) -> None:
    warning = "handover: the test holds a number or an address: replace it before you commit\n"
    number = "a human on +49 151 23456789"
    talk = [
        {"text": number, "conversation_id": "c", "turn": 1},
        {"text": "a human", "label": 1, "conversation_id": "c", "turn": 2},
    ]
    write(folder / "talk.jsonl", talk)
    for message in ((number,), ("mail jo@example.com",), ("--data", "talk.jsonl", "--row", "r1")):
        result = run("add-test", "asked", *message, "--expect", "handover")
        assert result.exit_code == 0, result.output
        assert result.stderr == warning
    assert run("add-test", "asked", "a human for room 12", "--expect", "handover").stderr == ""
    assert len(load_ruleset("rules").rules[0].tests) == 5


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_message_is_refused(run: Run, text: str) -> None:
    assert "the message is empty" in _refused(run("add-test", "asked", text, "--expect", "none"))


def test_what_cannot_be_a_test_is_refused(run: Run) -> None:
    row = ("add-test", "asked", "--data", "talk.jsonl", "--row")
    assert "not said by the customer" in _refused(run(*row, "t2"))
    assert "said to a person who had taken over" in _refused(run(*row, "t5"))
    assert "has no label" in _refused(run(*row, "unlabelled"))
    assert "no row with the id 'x'" in _refused(run(*row, "x"))
    assert "say what to expect" in _refused(run("add-test", "asked", "hi"))
    assert "either the message's TEXT, or --data" in _refused(run("add-test", "asked", "--data", "talk.jsonl"))
    assert "either the message's TEXT, or --data" in _refused(run(*row, "alone", "hi"))
