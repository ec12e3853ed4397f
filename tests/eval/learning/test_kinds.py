"""Who decides messages of a kind, and which rule a message therefore belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.dataset import Row, read_dataset
from eval.deciders import Prediction
from eval.learning.kinds import Kinds, likely_rule
from handover_rules.decision import Outcome
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from tests.eval.learning.conftest import write

ROWS = [
    {"text": "a", "label": 1, "language": "de", "category": "request"},
    {"text": "b", "label": 1, "language": "DE", "category": "complaint"},
    {"text": "c", "label": 1, "language": "en", "category": "request"},
    {"text": "d", "label": 0, "language": "fr", "category": "request"},
    {"text": "e", "label": 1},
]


@pytest.fixture
def rows(tmp_path: Path) -> tuple[Row, ...]:
    """German: a request and a complaint; English: a request; French: a false one; and one of which nothing is known."""
    write(tmp_path / "data.jsonl", ROWS)
    return read_dataset([tmp_path / "data.jsonl"]).files[0].rows


@pytest.fixture
def ruleset(folder: Path) -> Ruleset:
    """`asked` hands over; `by-channel` does not."""
    return load_ruleset(folder / "rules")


def _said(row: Row, rule: str | None, outcome: Outcome = "handover") -> Prediction:
    return Prediction(row.id, outcome, rule, None, "", {})


def test_the_nearest_are_of_the_language_and_category_else_of_the_language(rows: tuple[Row, ...]) -> None:
    request, complaint, english, french, unknown = rows
    kinds: Kinds[str] = Kinds()
    kinds.add("one", complaint)
    kinds.add("two", english)
    assert kinds.nearest(request) == {"one": 1}
    kinds.add("two", request)
    kinds.add("two", request)
    assert kinds.nearest(request) == {"two": 2}
    assert kinds.nearest(complaint) == {"one": 1}
    assert not kinds.nearest(french)
    assert not kinds.nearest(unknown)


def test_a_message_that_a_rule_decided_belongs_to_it(ruleset: Ruleset, rows: tuple[Row, ...]) -> None:
    assert likely_rule(ruleset, rows[0], _said(rows[0], "by-channel", "stay"), []) == "by-channel"


def test_else_to_the_one_that_rightly_hands_over_most_of_its_kind(ruleset: Ruleset, rows: tuple[Row, ...]) -> None:
    request, complaint, english, french, unknown = rows
    decided = [
        (complaint, _said(complaint, "by-channel")),
        (english, _said(english, "english")),
        (french, _said(french, "wrongly")),
        (unknown, None),
        (request, _said(request, None, "none")),
    ]
    assert likely_rule(ruleset, request, decided[-1][1], decided) == "by-channel"
    assert likely_rule(ruleset, french, None, decided) == "asked", "a false alarm tells nothing"
    assert likely_rule(ruleset, unknown, None, decided) == "asked"
