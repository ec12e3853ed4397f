"""What `suggest` makes of chance, and what the held-out half has to say of a phrase that looks telling."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from eval.dataset import read_dataset, read_rows
from eval.decisions import decide_all
from eval.learning.evidence import Half, Heard, hear
from eval.learning.report import nothing_in_words
from eval.learning.suggest import suggest
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from handover_rules.text import tokens
from tests.eval.learning.conftest import write

MESSAGES = Path(__file__).parents[3] / "datasets" / "messages" / "en.jsonl"
SHUFFLES = 40
KNOWS_NOTHING = (
    "ruleset: deaf\nrules:\n  - id: asked\n    when:\n      phrase:\n        - abracadabra\n    then: handover\n"
)


@pytest.fixture
def ruleset(tmp_path: Path) -> Ruleset:
    """One rule that no message fires."""
    (tmp_path / "deaf.yaml").write_text(KNOWS_NOTHING, encoding="utf-8")
    return load_ruleset(tmp_path)


def _shuffled(heard: list[Heard], random: Random) -> list[Heard]:
    """The messages with the labels of their groups dealt out anew."""
    labels = {one.group: one.row.label for one in heard}
    dealt = dict(zip(labels, random.sample(list(labels.values()), len(labels)), strict=True))
    return [replace(one, row=replace(one.row, label=dealt[one.group])) for one in heard]


def test_labels_that_mean_nothing_are_seldom_taken_for_a_finding(ruleset: Ruleset) -> None:
    """A permutation test: in at most one of twenty, as the level of the test for chance has it."""
    dataset = read_dataset([MESSAGES])
    heard = hear(dataset, decide_all(ruleset, dataset, {}, Path("answers.jsonl")), "strict")[::3]
    assert sum(one.missed for one in heard) > 200
    found = [suggest(ruleset, _shuffled(heard, Random(seed)), most=10) for seed in range(SHUFFLES)]
    assert min(one.tried for one in found) > 10
    assert sum(bool(one.suggestions) for one in found) <= SHUFFLES / 20


@pytest.mark.parametrize(
    ("missed", "others", "handed_over", "proposed"),
    [(0, 0, 0, False), (1, 0, 0, True), (8, 1, 0, False), (9, 1, 0, True), (0, 0, 9, False), (1, 1, 8, True)],
)
def test_what_the_held_out_half_does_not_confirm_is_not_proposed(
    ruleset: Ruleset, tmp_path: Path, missed: int, others: int, handed_over: int, proposed: bool
) -> None:
    """It does where the phrase catches a group there, and nine need a person for each that does not."""
    write(tmp_path / "data.jsonl", [{"text": "any", "label": label} for label in (0, 1)])
    rows = list(read_rows(tmp_path / "data.jsonl"))

    def heard(what: str, number: int, label: int, half: Half, *, handover: bool = False) -> list[Heard]:
        texts = [f"{what} {one}" for one in range(number)]
        return [Heard(rows[label], tuple(tokens(text)), f"{half} {label} {text}", handover, half) for text in texts]

    found = suggest(
        ruleset,
        [
            *heard("how large is it", 60, 0, "mined"),
            *heard("how large is it", 60, 0, "held out"),
            *heard("fetch the porter", 10, 1, "mined"),
            *heard("fetch the porter", missed, 1, "held out"),
            *heard("fetch the porter", others, 0, "held out"),
            *heard("do fetch the porter", handed_over, 1, "held out", handover=True),
        ],
        most=10,
    )
    assert [one.phrase for one in found.suggestions] == ["fetch the porter"][: int(proposed)]
    if not proposed:
        assert found.unconfirmed == found.tried
        assert "the held-out half did not confirm them" in nothing_in_words(10, found)
