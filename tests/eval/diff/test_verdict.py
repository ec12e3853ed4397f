"""No worse, worse, or not enough data to say."""

from __future__ import annotations

from math import ceil
from typing import Literal

import pytest

from eval.diff.paired import Paired, paired
from eval.diff.verdict import Judgement, judge, together


def _moved(up: int, down: int, n: int) -> Paired:
    found = paired([*[(None, 1)] * up, *[(None, -1)] * down, *[(None, 0)] * (n - up - down)])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("worse", "better", "n", "verdict"),
    [
        (0, 0, 200, "no worse"),
        (2, 3, 400, "no worse"),
        (3, 20, 100, "no worse"),
        (0, 0, 60, "not enough data to say"),
        (3, 1, 100, "not enough data to say"),
        (30, 1, 100, "worse"),
        # The bound alone would say `worse`, on five messages.
        (5, 0, 50, "not enough data to say"),
        (6, 0, 50, "worse"),
    ],
)
def test_a_fall_and_a_rise_are_judged_alike(worse: int, better: int, n: int, verdict: str) -> None:
    assert judge(_moved(better, worse, n), 0.02, harm="fall").verdict == verdict
    assert judge(_moved(worse, better, n), 0.02, harm="rise").verdict == verdict


def test_without_a_message_nothing_is_said() -> None:
    assert judge(None, 0.02, harm="fall") == Judgement("not enough data to say", 0.02, None, None)


@pytest.mark.parametrize(("worse", "better", "n"), [(0, 0, 60), (1, 1, 60), (2, 1, 100), (4, 0, 60)])
@pytest.mark.parametrize("harm", ["fall", "rise"])
def test_so_many_more_messages_end_the_doubt(worse: int, better: int, n: int, harm: Literal["fall", "rise"]) -> None:
    def judged(times: int) -> Judgement:
        up, down = (worse, better) if harm == "rise" else (better, worse)
        return judge(_moved(times * up, times * down, times * n), 0.02, harm=harm)

    more = judged(1).more
    assert more is not None
    assert judged(ceil(1 + more / n)).more is None
    assert judged(int(1 + 0.9 * more / n)).more is not None


def test_a_change_of_just_the_margin_is_never_settled() -> None:
    assert judge(_moved(0, 2, 100), 0.02, harm="fall").more is None
    assert judge(_moved(0, 0, 100), 0, harm="fall").more is None


def test_one_bad_respect_makes_the_whole_worse() -> None:
    good, bad, open_ = (
        Judgement(verdict, 0, None, None) for verdict in ("no worse", "worse", "not enough data to say")
    )
    assert together([good, good]) == "no worse"
    assert together([good, open_]) == "not enough data to say"
    assert together([open_, bad]) == "worse"
