"""The list that a phrase is added to."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.dataset import read_dataset
from eval.learning.evidence import Heard
from eval.learning.targets import Targets
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from handover_rules.text import tokens
from tests.eval.learning.conftest import RULES, write

ENGLISH, GERMAN = 9, 11  # the lines of the lists' last phrases


def _heard(folder: Path, *rows: tuple[str, str | None, str | None]) -> list[Heard]:
    """Messages that need a person, none of them handed over: text, language, category."""
    write(folder / "data.jsonl", [{"text": a, "label": 1, "language": b, "category": c} for a, b, c in rows])
    read = read_dataset([folder / "data.jsonl"]).files[0].rows
    return [Heard(row, tuple(tokens(row.text)), row.id, handover=False, half="mined") for row in read]


@pytest.fixture
def ruleset(folder: Path) -> Ruleset:
    """One rule that hands over, with an English list and a German one."""
    return load_ruleset(folder / "rules")


def test_the_list_that_finds_most_of_the_kind_is_the_best(folder: Path, ruleset: Ruleset) -> None:
    heard = _heard(
        folder,
        ("ein mensch bitte", "de", "request"),
        ("a human bitte", "de", "complaint"),
        ("a human please", "en", "request"),
        ("ruf mich an", "de", "request"),
        ("schlecht", "de", "complaint"),
        ("was nun", "de", "other"),
        ("rappelez-moi", "fr", "request"),
    )
    targets = Targets(ruleset, heard, None)
    *_, request, complaint, other, french = heard
    assert targets.best([request]).last.place.line == GERMAN
    assert targets.best([complaint]).last.place.line == ENGLISH
    assert targets.best([other, request]).last.place.line == GERMAN, "by the language, where no category is the same"
    assert targets.best([french]).last.place.line == ENGLISH, "the first, where none finds any of the kind"
    assert targets.best([]).last.place.line == ENGLISH


def test_what_needs_nobody_says_nothing(folder: Path, ruleset: Ruleset) -> None:
    write(folder / "data.jsonl", [{"text": "ein mensch", "label": 0, "language": "de"}])
    (row,) = read_dataset([folder / "data.jsonl"]).files[0].rows
    said = Heard(row, ("ein", "mensch"), row.id, handover=True, half="mined")
    assert Targets(ruleset, [said], None).best([said]).last.place.line == ENGLISH


def test_the_indentation_is_that_of_the_list(folder: Path, ruleset: Ruleset) -> None:
    target = Targets(ruleset, [], None).best([])
    line = RULES.splitlines()[target.last.place.line - 1]
    assert line == " " * target.indent + "- a human"


def test_a_rule_without_a_list_cannot_be_named(ruleset: Ruleset) -> None:
    assert Targets(ruleset, [], "asked").best([]).rule == "asked"
    with pytest.raises(UsageError, match="does not have a list under `phrase:`"):
        Targets(ruleset, [], "by-channel")
    with pytest.raises(UsageError, match="no rule 'nobody'"):
        Targets(ruleset, [], "nobody")


def test_a_ruleset_needs_a_list_that_makes_a_rule_fire(folder: Path) -> None:
    only = "ruleset: shop\nrules:\n  - {id: a, when: {all: [{phrase: b}, {turns: {at_least: 2}}]}, then: handover}\n"
    (folder / "rules" / "shop.yaml").write_text(only, encoding="utf-8")
    with pytest.raises(UsageError, match="no handover rule has a list"):
        Targets(load_ruleset(folder / "rules"), [], None)
