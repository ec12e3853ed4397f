"""The shipped data: readable, as the datasheet says, and with no message on both sides of the split."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from eval.dataset import Row, read_rows

FOLDER = Path(__file__).parent.parent / "datasets"
FILES = sorted((FOLDER / "messages").glob("*.jsonl"))
POSITIVE = {"explicit_request", "contact_request", "complaint", "urgent", "problem_report"}
NEGATIVE = {"hard_negative", "none"}


def _rows() -> list[Row]:
    return [row for file in FILES for row in read_rows(file)]


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold())) or text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_datasheet_counts_what_is_there(file: Path) -> None:
    rows = list(read_rows(file))
    header, line = (
        next(line for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith(start))
        for start in ("| language |", f"| {file.stem} |")
    )
    columns = [name.strip() for name in header.strip("|").split("|")]
    told = dict(zip(columns, (cell.strip() for cell in line.strip("|").split("|")), strict=True))
    counted = Counter(row.category for row in rows)
    found = {
        "language": file.stem,
        "messages": len(rows),
        "positives": sum(row.label == 1 for row in rows),
        "ambiguous": sum(row.ambiguous for row in rows),
        **{category: counted[category] for category in POSITIVE | NEGATIVE},
    }
    assert told == {name: str(value) for name, value in found.items()}


def test_labels_follow_the_categories() -> None:
    for row in _rows():
        assert row.category in (POSITIVE if row.label == 1 else NEGATIVE), row.id
        assert row.language
        assert row.split in ("train", "test")


def test_ids_are_unique_and_no_message_stands_twice() -> None:
    rows = _rows()
    assert len({row.id for row in rows}) == len(rows)
    twice = [text for text, n in Counter((row.language, _folded(row.text)) for row in rows).items() if n > 1]
    assert twice == []


def test_no_group_is_on_both_sides_of_the_split() -> None:
    sides: dict[str, set[str | None]] = {}
    for row in _rows():
        sides.setdefault(row.group, set()).add(row.split)
    assert [group for group, splits in sides.items() if len(splits) > 1] == []


def test_enough_of_everything() -> None:
    rows = _rows()
    english = sum(row.language == "en" for row in rows)
    assert english >= 1000
    assert len(rows) - english >= 400
    assert 0.12 <= sum(row.label == 1 for row in rows) / len(rows) <= 0.18
