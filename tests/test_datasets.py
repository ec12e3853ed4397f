"""The shipped data: readable, as the datasheet says, and with nothing on both sides of the split."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from eval.dataset import Row, read_rows

FOLDER = Path(__file__).parent.parent / "datasets"
LANGUAGES = ("en", "es", "pt", "fr", "de", "it", "ar", "hi")
MESSAGES, TALKS, INJECTIONS = (
    [FOLDER / kind / f"{language}.jsonl" for language in LANGUAGES] for kind in ("messages", "dialogues", "injections")
)
REQUESTS = {"explicit_request", "contact_request"}
POSITIVE = REQUESTS | {"complaint", "urgent", "problem_report"}
NEGATIVE = {"hard_negative", "none"}
# Why a person is due in a conversation, beside what its message itself says.
MOMENTS = POSITIVE | {"bot_failed", "accepted_offer", "repeats"}

# Texts that share so much of their spelling are near-duplicates (cosine of TF-IDF of character n-grams).
_ALIKE = 0.8


def _rows(files: list[Path]) -> list[Row]:
    return [row for file in files for row in read_rows(file)]


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold())) or text


def _told(table: str, row: str) -> dict[str, str]:
    """A row of the table of the datasheet whose header begins with `table`."""
    lines = iter((FOLDER / "README.md").read_text(encoding="utf-8").splitlines())
    header = next(line for line in lines if line.startswith(f"| {table} |"))
    line = next(line for line in lines if line.startswith(f"| {row} |"))
    names, cells = ([cell.strip() for cell in text.strip("|").split("|")] for text in (header, line))
    return dict(zip(names, cells, strict=True))


def test_there_is_a_file_of_each_kind_for_each_language_and_no_other() -> None:
    assert sorted(FOLDER.rglob("*.jsonl")) == sorted([*MESSAGES, *TALKS, *INJECTIONS])


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.stem)
def test_the_datasheet_counts_the_messages(file: Path) -> None:
    rows = list(read_rows(file))
    counted = Counter(row.category for row in rows)
    found = {
        "messages in": file.stem,
        "all": len(rows),
        "positive": sum(row.label == 1 for row in rows),
        "ambiguous": sum(row.ambiguous for row in rows),
        **{category: counted[category] for category in POSITIVE | NEGATIVE},
    }
    assert _told("messages in", file.stem) == {name: str(value) for name, value in found.items()}


@pytest.mark.parametrize("file", TALKS, ids=lambda file: file.stem)
def test_the_datasheet_counts_the_conversations(file: Path) -> None:
    rows = list(read_rows(file))
    injections = list(read_rows(FOLDER / "injections" / file.name))
    found = {
        "conversations in": file.stem,
        "all": len({row.conversation_id for row in rows}),
        "turns": len(rows),
        "need a person": sum(row.label == 1 for row in rows),
        "injections": len(injections),
        "positive": sum(row.label == 1 for row in injections),
    }
    assert _told("conversations in", file.stem) == {name: str(value) for name, value in found.items()}


def test_labels_follow_the_categories() -> None:
    for row in _rows(MESSAGES):
        assert row.category in (POSITIVE if row.label == 1 else NEGATIVE), row.id
    for row in _rows(INJECTIONS):
        assert row.label in (0, 1), row.id
        assert (row.category or "").startswith("injection_"), row.id


@pytest.mark.parametrize("files", [MESSAGES, TALKS, INJECTIONS], ids=["messages", "dialogues", "injections"])
def test_every_row_has_its_language_a_split_and_an_id_of_its_own(files: list[Path]) -> None:
    for file in files:
        for row in read_rows(file):
            assert row.language == file.stem, row.id
            assert row.split in ("train", "test"), row.id
    ids = [row.id for row in _rows(files)]
    assert len(set(ids)) == len(ids)


def test_a_conversation_has_one_right_moment_or_none() -> None:
    for _, group in groupby(_rows(TALKS), key=lambda row: row.conversation_id):
        rows = list(group)
        customer = [row for row in rows if row.speaker == "customer"]
        moments = [number for number, row in enumerate(customer) if row.label == 1]
        name = rows[0].conversation_id
        assert len(moments) <= 1, name
        assert len({row.split for row in rows}) == 1, name
        for row in customer[: moments[0]] if moments else customer:
            assert row.label == 0, row.id
        for number in moments:
            due = customer[number]
            assert due.category in MOMENTS, due.id
            assert not due.ambiguous, due.id
            # A person answers later, if at all.
            assert all(row.speaker != "human" for row in rows[: rows.index(due)]), due.id
            before = rows[: rows.index(due)]
            if due.category == "accepted_offer":
                assert before[-1].bot_offered, due.id
            if due.category == "bot_failed":
                said = [row for row in before if row.speaker == "bot"][-3:]
                assert sum(row.bot_failed for row in said) >= 2, due.id


def test_no_message_stands_twice() -> None:
    rows = _rows([*MESSAGES, *INJECTIONS])
    twice = [text for text, n in Counter((row.language, _folded(row.text)) for row in rows).items() if n > 1]
    assert twice == []


def test_no_group_is_on_both_sides_of_the_split() -> None:
    sides: dict[str, set[str | None]] = {}
    for row in _rows([*MESSAGES, *TALKS, *INJECTIONS]):
        sides.setdefault(row.group, set()).add(row.split)
    assert [group for group, splits in sides.items() if len(splits) > 1] == []


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.stem)
def test_no_near_duplicate_is_on_both_sides_of_the_split(file: Path) -> None:
    rows = list(read_rows(file))
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    spelled = grams.fit_transform(_folded(row.text) for row in rows)
    seen, unseen = (np.flatnonzero([row.split == split for row in rows]) for split in ("train", "test"))
    alike = (spelled[unseen] @ spelled[seen].T).tocoo()
    pairs = zip(alike.row, alike.col, alike.data, strict=True)
    both = [(rows[unseen[one]].text, rows[seen[other]].text) for one, other, share in pairs if share >= _ALIKE]
    assert both == []


def test_enough_of_everything() -> None:
    messages = _rows(MESSAGES)
    assert len(messages) >= 6000
    for language in LANGUAGES:
        rows = [row for row in messages if row.language == language]
        assert len(rows) >= 700
        for category in POSITIVE | NEGATIVE:
            assert sum(row.category == category for row in rows) >= 30, (language, category)
    # Half in each script.
    hindi = [any("\u0900" <= char <= "\u097f" for char in row.text) for row in messages if row.language == "hi"]
    assert 0.4 < sum(hindi) / len(hindi) < 0.6
    assert len({row.conversation_id for row in _rows(TALKS)}) >= 200
    assert len(_rows(INJECTIONS)) >= 150
    assert {row.category for row in _rows(TALKS) if row.label == 1} == MOMENTS
