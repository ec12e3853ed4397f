"""No worse, worse, or not enough data to say."""

from __future__ import annotations

from math import ceil
from typing import Literal

import numpy as np
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


def test_five_conversations_are_too_few_however_many_messages_they_have() -> None:
    def judged(fallen: int) -> str:
        steps = [(f"c{i}", -1 if i < fallen else 0) for i in range(50) for _ in range(3)]
        return judge(paired(steps), 0.02, harm="fall").verdict

    assert judged(5) == "not enough data to say"
    assert judged(6) == "worse"


def test_one_conversation_does_not_make_the_whole_worse() -> None:
    found = judge(paired([*[("long", -1)] * 50, *[(None, 0)] * 999]), 0.02, harm="fall")
    assert found.verdict == "not enough data to say"
    # With six that move alike it may be told; to move fifty messages more is not enough.
    assert found.more is not None
    assert found.more >= 5 * 1_049
    worse = [(f"long {i}", -1) for i in range(6) for _ in range(50)]
    assert judge(paired([*worse, *[(None, 0)] * 999]), 0.02, harm="fall").verdict == "worse"


@pytest.mark.parametrize(
    ("conversations", "length", "falls", "lone_falls"), [(5, 40, 0.099, 0.0), (30, 20, 0.05, 0.0), (30, 20, 0.02, 0.02)]
)
def test_long_conversations_among_lone_messages_are_rarely_misjudged(
    conversations: int, length: int, falls: float, lone_falls: float
) -> None:
    """The true fall is at most the margin, or just the margin where lone messages fall as often: worse is wrong, and so
    is no worse there. One verdict in twenty may be wrong."""
    rng = np.random.default_rng(2)
    verdicts = []
    for _ in range(100):
        lone = [(None, -int(fell)) for fell in rng.random(900) < lone_falls]
        long = [(i, -int(fell)) for i, fell in enumerate(rng.random(conversations) < falls) for _ in range(length)]
        verdicts.append(judge(paired([*lone, *long]), 0.02, harm="fall").verdict)
    assert verdicts.count("worse") <= 5
    if lone_falls:
        assert verdicts.count("no worse") <= 5


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
