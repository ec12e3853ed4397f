"""Whether conversations are handed over on time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.figures.metrics import wilson
from eval.figures.timing import Timing, timing

Make = Callable[..., Row]


@pytest.fixture
def judged(make_row: Make) -> Callable[..., Timing | None]:
    """The timing of conversations, each written as its customer's messages.

    A message is label ("." 0, "!" 1, "?" ambiguous, " " without) and what is decided ("h" handover, "a" ask, "-" none,
    "x" not decided).
    """

    def judge(*talks: str, **changes: Any) -> Timing | None:
        rows, said = [], []
        for name, talk in enumerate(talks):
            for turn, (mark, outcome) in enumerate(talk.split(",")):
                row = make_row(f"{name}:{turn}", label={"!": 1, " ": None}.get(mark, 0), ambiguous=mark == "?")
                positive = {"category": "urgent"} if mark == "!" else {}
                values = {"conversation_id": str(name), "turn": turn, **positive, **changes}
                rows.append(make_row(row.id, label=row.label, ambiguous=row.ambiguous, **values))
                chosen: Any = {"h": "handover", "a": "ask", "-": "none"}.get(outcome)
                said.append(chosen and Prediction(row.id, chosen, None, None, "", {}))
        return timing(DataFile("talks.jsonl", "", tuple(rows)), said, "strict")

    return judge


def test_each_conversation_is_on_time_early_late_never_or_needless(judged: Callable[..., Timing | None]) -> None:
    found = judged(".-,!h", ".h,!-", "!-,!h", ".-,!-", ".-,.h", ".-,.-")
    assert found == Timing(
        6, wilson(1, 4), wilson(1, 4), wilson(1, 4), wilson(1, 4), wilson(1, 2), offered=0, turns_early=1, turns_late=1
    )


def test_a_debatable_moment_before_the_right_one_is_on_time(judged: Callable[..., Timing | None]) -> None:
    found = judged("?h,!-", "?h,.-", ".h,?-,!h")
    assert found is not None
    assert (found.on_time, found.early, found.needless) == (wilson(1, 2), wilson(1, 2), wilson(0, 1))
    assert found.turns_early == 2


def test_how_many_turns_is_a_median_of_the_customers_messages(judged: Callable[..., Timing | None]) -> None:
    found = judged("!-,.h,.h", "!-,.-,.h", "!-,.-,.-,.-,.h", ".h,.-,.-,!h")
    assert found is not None
    assert (found.turns_late, found.turns_early) == (2, 3)


def test_an_offer_at_the_right_moment_is_said(judged: Callable[..., Timing | None]) -> None:
    found = judged(".-,!a", "!a,.h", "?h,!a")
    assert found is not None
    assert (found.offered, found.never, found.late, found.on_time) == (2, wilson(1, 3), wilson(1, 3), wilson(1, 3))


def test_what_is_said_after_a_person_came_is_no_missed_moment(judged: Callable[..., Timing | None]) -> None:
    found = judged(".-,!-, x", ".-,.-, x, x")
    assert found is not None
    assert (found.conversations, found.never) == (2, wilson(1, 1))


def test_conversations_that_cannot_be_judged_are_left_out(judged: Callable[..., Timing | None]) -> None:
    assert judged("!h") is None
    assert judged(" -,!h") is None
    assert judged(".-,!h", conversation_id=None, turn=None) is None
