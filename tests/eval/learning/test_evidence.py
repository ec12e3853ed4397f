"""What counts as one piece of evidence, and that the two halves of the messages share none."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from eval.dataset import Row, read_dataset
from eval.deciders import Prediction
from eval.learning.evidence import Heard, hear
from handover_rules.text import tokens
from tests.eval.learning.conftest import write

ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": st.sampled_from(["Call me!", "call me", "help", "help us", "where is it", "thanks"])},
        optional={"group": st.sampled_from(["g", "h"]), "label": st.sampled_from([0, 1])},
    ),
    min_size=1,
    max_size=30,
)


def _heard(rows: list[dict[str, object]], handed_over: frozenset[str] = frozenset()) -> list[Heard]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.jsonl"
        write(path, rows)
        dataset = read_dataset([path])
    return hear(dataset, (tuple(_said(row, handed_over) for row in dataset.files[0].rows),), "broad")


def _said(row: Row, handed_over: frozenset[str]) -> Prediction:
    return Prediction(row.id, "handover" if row.id in handed_over else "none", None, None, "", {})


def _in_conversations(rows: list[dict[str, object]], length: int) -> list[dict[str, object]]:
    """The rows, each so many of them a conversation."""
    return [{**row, "conversation_id": f"c{number // length}", "turn": number} for number, row in enumerate(rows)]


@given(ROWS)
def test_no_text_and_no_group_is_in_both_halves(rows: list[dict[str, object]]) -> None:
    heard = _heard([{"label": 1, **row} for row in rows])
    halves: defaultdict[tuple[str, object], set[str]] = defaultdict(set)
    for row, one in zip(rows, heard, strict=True):
        kind = ("group", row["group"]) if "group" in row else ("text", one.tokens)
        halves[kind].add(one.half)
        halves["counted", one.group].add(one.half)
    assert len(heard) == len(rows)
    assert all(len(found) == 1 for found in halves.values())


@given(ROWS, st.integers(1, 5))
def test_no_conversation_is_in_both_halves(rows: list[dict[str, object]], length: int) -> None:
    bare = [{"label": 1, "text": row["text"]} for row in rows]
    heard = _heard(_in_conversations(bare, length))
    halves: defaultdict[str | None, set[str]] = defaultdict(set)
    for one in heard:
        halves[one.row.conversation_id].add(one.half)
    assert all(len(found) == 1 for found in halves.values())
    assert len({one.group for one in heard}) == len(halves)


def test_messages_that_differ_are_in_both_halves() -> None:
    heard = _heard([{"text": f"number {number}", "label": 1} for number in range(40)])
    assert len({one.group for one in heard}) == 40
    assert min(sum(one.half == half for one in heard) for half in ("mined", "held out")) > 10


def test_a_group_that_is_named_after_one_of_its_messages_is_one() -> None:
    rows = [{"text": "call me", "group": "r0"}, {"text": "do call me", "group": "r0"}, {"text": "call me"}]
    first, second, alone = _heard([{"label": 1, **row} for row in rows])
    assert first.group == second.group != alone.group


def test_a_message_is_missed_left_or_handed_over() -> None:
    rows = [{"text": f"{label} {number}", "label": label} for label in (0, 1) for number in (0, 1)]
    heard = _heard(rows, frozenset({"r0", "r2"}))
    assert [(one.missed, one.left, one.handover) for one in heard] == [
        (False, False, True),
        (False, True, False),
        (False, False, True),
        (True, False, False),
    ]
    assert [one.tokens for one in heard] == [tuple(tokens(str(row["text"]))) for row in rows]
