from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.ledger.ledger import Account, Ledger, With
from handover_rules.detectors import Answer, AnswerStore, Query
from handover_rules.detectors.openai_request import openai_fingerprint
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import OpenAISpec
from handover_rules.signals import Score
from tests.eval.ledger.conftest import ROWS

Keep = Callable[..., Ledger]
Write = Callable[..., Path]


@pytest.fixture
def ledger(keep: Keep, write_rows: Write) -> Ledger:
    return keep(write_rows(ROWS))


def rule(ledger: Ledger, name: str) -> Account:
    (found,) = (line.account for line in ledger.rules if line.rule == name)
    return found


def phrase(ledger: Ledger, text: str) -> Account:
    (found,) = (line.account for line in ledger.phrases if line.text == text)
    return found


def counted(account: Account) -> tuple[int, ...]:
    return (account.fired, account.decided, account.right, account.wrong)


def without(account: Account) -> tuple[int, int]:
    return (account.other_rule, account.other_outcome)


def alone(account: Account) -> tuple[int, ...]:
    return (account.caught_alone, account.missed_alone, account.false_alarms_alone, account.spared_alone)


def test_what_is_counted(ledger: Ledger) -> None:
    assert (ledger.messages, ledger.positives, ledger.negatives) == (12, 6, 4)
    assert [(file.path, file.rows) for file in ledger.files] == [(ledger.files[0].path, 12)]
    (use,) = ledger.detectors
    # Neither what "asked", "chat" and "angry" decide nor anything else is a question to the AI.
    assert (use.name, use.asked, use.answered, use.unavailable) == ("ai", 3, 0, {"not_recorded": 3})


@pytest.mark.parametrize(
    ("name", "figures", "others", "changes"),
    [
        # Fired: both, one, false, two rules, ambiguous, unlabelled. "two rules" would be caught by "angry" as well.
        ("asked", (6, 6, 3, 1), (6, 5), (2, 0, 1, 0)),
        # It decides "kept quiet" rightly and "missed" wrongly; both would be handed over by "angry".
        ("chat", (2, 2, 1, 1), (2, 2), (0, 1, 0, 1)),
        ("angry", (4, 1, 1, 0), (1, 1), (1, 0, 0, 0)),
        ("ai", (0, 0, 0, 0), (0, 0), (0, 0, 0, 0)),
        # An offer is not a handover, so nothing is caught by it.
        ("unsure", (1, 1, 1, 0), (1, 1), (0, 0, 0, 0)),
        ("greeting", (1, 0, 0, 0), (0, 0), (0, 0, 0, 0)),
    ],
)
def test_rules(
    ledger: Ledger, name: str, figures: tuple[int, ...], others: tuple[int, int], changes: tuple[int, ...]
) -> None:
    account = rule(ledger, name)
    assert counted(account) == figures
    assert without(account) == others
    assert alone(account) == changes


@pytest.mark.parametrize(
    ("text", "figures", "others", "changes"),
    [
        # In both, one, false, two rules, vetoed, unlabelled; "human please" makes do without it.
        ("<person> please", (6, 5, 3, 1), (3, 3), (1, 0, 1, 0)),
        ("human please", (2, 2, 2, 0), (0, 0), (0, 0, 0, 0)),
        ("someone real", (1, 1, 0, 0), (1, 1), (0, 0, 0, 0)),
        ("just kidding", (1, 0, 0, 0), (1, 1), (0, 0, 0, 1)),
        ("terrible joke", (2, 2, 1, 1), (2, 2), (0, 1, 0, 1)),
        ("terrible", (4, 1, 1, 0), (1, 1), (1, 0, 0, 0)),
        ("!!!$", (1, 0, 0, 0), (0, 0), (0, 0, 0, 0)),
        ("<goods> lost", (1, 1, 1, 0), (1, 1), (0, 0, 0, 0)),
        ("hello", (1, 0, 0, 0), (0, 0), (0, 0, 0, 0)),
    ],
)
def test_phrases(
    ledger: Ledger, text: str, figures: tuple[int, ...], others: tuple[int, int], changes: tuple[int, ...]
) -> None:
    account = phrase(ledger, text)
    assert counted(account) == figures
    assert without(account) == others
    assert alone(account) == changes


def test_another_rule_may_decide_alike(keep: Keep, write_rows: Write) -> None:
    ledger = keep(write_rows([{"id": "both", "text": "terrible, someone real", "label": 1}]))
    for account in (rule(ledger, "asked"), phrase(ledger, "someone real")):
        assert (without(account), account.caught_alone) == ((1, 0), 0)
    assert without(phrase(ledger, "terrible")) == (0, 0)


def test_proportions_have_their_n(ledger: Ledger) -> None:
    account = rule(ledger, "asked")
    assert account.precision is not None
    assert account.recall_lost is not None
    assert (account.precision.hits, account.precision.n) == (3, 4)
    assert account.precision.low < 0.75 < account.precision.high
    assert (account.recall_lost.hits, account.recall_lost.n) == (2, 6)
    assert rule(ledger, "greeting").precision is None


def test_overlaps_and_conflicts_name_the_most_frequent_partner(ledger: Ledger) -> None:
    angry = rule(ledger, "angry")
    assert (angry.overlaps, angry.overlaps_most_with) == (1, With("asked", 1))
    assert (angry.conflicts, angry.conflicts_most_with) == (2, With("chat", 2))
    assert (rule(ledger, "asked").overlaps, rule(ledger, "asked").conflicts) == (1, 0)
    # A tag fires beside others without being for or against them.
    assert (rule(ledger, "greeting").overlaps, rule(ledger, "greeting").conflicts) == (0, 0)
    # The phrase is in two messages on which its rule fires together with another one, or would veto.
    assert phrase(ledger, "terrible").conflicts == 2
    assert phrase(ledger, "just kidding").overlaps == 0


def test_ai_calls_saved(ledger: Ledger) -> None:
    # All but "two rules", which "angry" would decide before the AI is asked.
    assert rule(ledger, "asked").ai_calls_saved == 5
    assert rule(ledger, "chat").ai_calls_saved == 0
    assert rule(ledger, "angry").ai_calls_saved == 1
    # Below the AI in the order, so asked about already.
    assert rule(ledger, "unsure").ai_calls_saved == 0
    assert phrase(ledger, "<person> please").ai_calls_saved == 3


def test_entries_of_lists(ledger: Ledger) -> None:
    assert [(line.list, line.text, line.used, line.messages) for line in ledger.entries] == [
        ("person", "human", True, 2),
        ("person", "agent", True, 3),
        ("person", "clerk", True, 1),
        ("thing", "parcel", True, 1),
        ("goods", "<thing>", True, 1),
        ("goods", "box", True, 0),
        ("forgotten", "robot", False, 0),
        ("forgotten", "human", False, 0),
    ]


def test_dead_is_what_never_fired(ledger: Ledger) -> None:
    dead = ledger.dead()
    assert [line.rule for line in dead.rules] == ["ai"]
    assert dead.phrases == ()
    assert [(line.text, line.place.line) for line in dead.entries] == [("box", 5), ("robot", 6), ("human", 6)]


def test_only_one_rule(ledger: Ledger) -> None:
    asked = ledger.only("asked")
    assert [line.rule for line in asked.rules] == ["asked"]
    assert [(line.part, line.kind, line.text, line.place.line) for line in asked.phrases] == [
        ("when", "phrase", "<person> please", 14),
        ("when", "phrase", "human please", 15),
        ("when", "phrase", "someone real", 16),
        ("unless", "phrase", "just kidding", 18),
    ]


def test_the_view_decides_which_labels_count(keep: Keep, write_rows: Write) -> None:
    broad = keep(write_rows(ROWS), view="broad")
    assert (broad.messages, broad.positives, broad.negatives) == (12, 7, 4)
    assert counted(phrase(broad, "someone real")) == (1, 1, 1, 0)
    assert phrase(broad, "someone real").caught_alone == 1


def test_files_count_together(keep: Keep, write_rows: Write) -> None:
    together = keep(write_rows(ROWS[:5], "a.jsonl"), write_rows(ROWS[5:], "b.jsonl"))
    one = keep(write_rows(ROWS))
    assert (together.rules, together.phrases, together.entries) == (one.rules, one.phrases, one.entries)


def test_without_the_rule_a_recorded_answer_decides(keep: Keep, shop: Path, write_rows: Write, tmp_path: Path) -> None:
    spec = load_ruleset(shop).detectors["ai"]
    assert isinstance(spec, OpenAISpec)
    AnswerStore(tmp_path / "answers.jsonl").append(
        Answer(Query(text).key(), "ai", openai_fingerprint(spec, None), Score(score))
        for text, score in (("agent please", 0.9), ("good evening", 0.7))
    )
    ledger = keep(write_rows(ROWS))
    # "one" would be caught by the AI: only "both" is caught by "asked" alone.
    assert rule(ledger, "asked").caught_alone == 1
    assert phrase(ledger, "<person> please").caught_alone == 0
    assert counted(rule(ledger, "ai")) == (1, 1, 0, 1)
    assert alone(rule(ledger, "ai")) == (0, 0, 1, 0)
    # Asked about what no phrase decided, not about what would have been asked without one.
    assert (ledger.detectors[0].asked, ledger.detectors[0].answered) == (3, 1)


def test_history_counts(keep: Keep, shop: Path, write_rows: Write) -> None:
    path = shop / "shop.yaml"
    rules = "  - {id: failed, priority: 75, when: {failures: {at_least: 2}}, then: handover}\n"
    path.write_text(path.read_text(encoding="utf-8") + rules, encoding="utf-8")
    turn = {"conversation_id": "c", "label": 1}
    ledger = keep(
        write_rows(
            [
                {**turn, "id": "1", "turn": 1, "text": "the blue one"},
                {**turn, "id": "2", "turn": 2, "text": "Sorry?", "speaker": "bot", "bot_failed": True},
                {**turn, "id": "3", "turn": 3, "text": "Sorry?", "speaker": "bot", "bot_failed": True},
                {**turn, "id": "4", "turn": 4, "text": "the one with the lid"},
            ]
        )
    )
    assert (ledger.messages, ledger.positives) == (2, 2)
    assert counted(rule(ledger, "failed")) == (1, 1, 1, 0)


def test_times_are_there_only_when_asked_for(keep: Keep, write_rows: Write) -> None:
    rows = write_rows(ROWS)
    without, measured = keep(rows), keep(rows, times=True)
    assert {line.microseconds for line in (*without.rules, *without.phrases)} == {None}
    assert all(line.microseconds is not None for line in (*measured.rules, *measured.phrases))
