"""Three verdicts: what each says, and what must never make one of them better or worse."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from eval.diff.paired import paired
from eval.diff.verdict import judge
from eval.figures.metrics import per_1000, wilson
from eval.figures.ranking import Estimate
from eval.gate.gates import Floor, Margin
from eval.gate.judging import judge_floor, judge_margin, worst
from handover_rules.ruleset import Place

Side = Literal["at_least", "at_most"]

PLACE = Place("gates.yaml")
# From bad to good.
ORDER = ["worse", "not enough data to say", "passed"]

counts = st.integers(20, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
limits = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


def floor(hits: int, n: int, limit: float, side: Side = "at_least", fewest: int = 20) -> str:
    return judge_floor(Floor("recall", side, limit, PLACE), wilson(hits, n), fewest).verdict


@pytest.mark.parametrize(
    ("hits", "n", "limit", "verdict"),
    [
        (85, 100, 0.85, "passed"),
        (100, 100, 1.0, "passed"),
        (84, 100, 0.85, "not enough data to say"),
        (76, 100, 0.85, "worse"),
        (0, 100, 0.0, "passed"),
        (20, 20, 0.5, "passed"),
        (19, 19, 0.5, "not enough data to say"),
        (0, 19, 0.5, "not enough data to say"),
        (0, 20, 0.5, "worse"),
        (0, 0, 0.5, "not enough data to say"),
    ],
)
def test_a_floor(hits: int, n: int, limit: float, verdict: str) -> None:
    assert floor(hits, n, limit) == verdict


def test_false_alarms_are_judged_per_1000() -> None:
    def verdict(alarms: int) -> str:
        return judge_floor(Floor("false_alarms", "at_most", 5, PLACE), per_1000(wilson(alarms, 1000)), 20).verdict

    assert [verdict(alarms) for alarms in (0, 5, 6, 30)] == ["passed", "passed", "not enough data to say", "worse"]


def test_a_figure_that_is_no_share_is_judged_alike() -> None:
    def verdict(value: float, low: float, high: float, n: int = 100) -> str:
        return judge_floor(
            Floor("average_precision", "at_least", 0.9, PLACE), Estimate(value, low, high, n), 20
        ).verdict

    assert verdict(0.9, 0.8, 0.95) == "passed"
    assert verdict(0.85, 0.8, 0.9) == "not enough data to say"
    assert verdict(0.85, 0.8, 0.89) == "worse"
    assert verdict(0.95, 0.9, 0.99, n=19) == "not enough data to say"


@given(counts, limits)
def test_a_verdict_says_what_figure_and_interval_say(count: tuple[int, int], limit: float) -> None:
    figure = wilson(*count)
    assert figure is not None
    verdict = floor(*count, limit)
    assert (verdict == "passed") == (figure.value >= limit)
    # Of 66 hits in 66, rounding leaves the end of the interval just below 1, where the figure is.
    assert (verdict == "worse") == (max(figure.value, figure.high) < limit)


@given(counts, limits, limits)
def test_a_higher_floor_is_never_easier_to_keep(count: tuple[int, int], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert ORDER.index(floor(*count, high)) <= ORDER.index(floor(*count, low))


@given(counts, limits)
def test_a_hit_more_never_makes_it_worse(count: tuple[int, int], limit: float) -> None:
    hits, n = count
    assume(hits < n)
    assert ORDER.index(floor(hits, n, limit)) <= ORDER.index(floor(hits + 1, n, limit))


@given(counts, limits)
def test_at_most_is_the_mirror_of_at_least(count: tuple[int, int], limit: float) -> None:
    hits, n = count
    figure = wilson(hits, n)
    assert figure is not None
    assume(min(abs(end - limit) for end in (figure.value, figure.low, figure.high)) > 1e-9)
    assert floor(hits, n, limit) == floor(n - hits, n, 1 - limit, "at_most")


@given(counts, limits, st.integers(1, 400))
def test_too_few_messages_say_nothing(count: tuple[int, int], limit: float, fewest: int) -> None:
    verdict = floor(*count, limit, fewest=fewest)
    assert verdict == (floor(*count, limit) if count[1] >= fewest else "not enough data to say")


@pytest.mark.parametrize(("n", "most"), [(20, 0.08), (50, 0.04), (100, 0.04), (1000, 0.03)])
@pytest.mark.parametrize("share", [0.6, 0.8, 0.9, 0.95])
def test_what_keeps_its_floor_is_hardly_ever_called_worse(n: int, most: float, share: float) -> None:
    """Where the truth is just the floor: about once in forty, as the interval promises; of few messages more often."""
    called_worse = sum(float(binom.pmf(hits, n, share)) for hits in range(n + 1) if floor(hits, n, share) == "worse")
    assert called_worse < most


def steps(up: int, down: int, n: int) -> list[tuple[None, int]]:
    return [*[(None, 1)] * up, *[(None, -1)] * down, *[(None, 0)] * (n - up - down)]


def change(up: int, down: int, n: int, margin: float = 0.02, figure: Any = "recall", fewest: int = 20) -> str:
    return judge_margin(Margin(figure, margin, PLACE), steps(up, down, n), fewest).verdict


@pytest.mark.parametrize(
    ("up", "down", "n", "verdict"),
    [
        (0, 0, 20, "no worse"),
        (0, 0, 19, "not enough data to say"),
        (0, 0, 0, "not enough data to say"),
        (5, 0, 50, "no worse"),
        (0, 1, 50, "not enough data to say"),
        (0, 1, 900, "no worse"),
        (0, 10, 60, "worse"),
        (0, 10, 10, "not enough data to say"),
    ],
)
def test_a_change(up: int, down: int, n: int, verdict: str) -> None:
    assert change(up, down, n) == verdict
    assert change(down, up, n, figure="false_alarms") == verdict


changes = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 500))


@given(changes, st.sampled_from([0.0, 0.002, 0.02, 0.1]))
def test_it_is_the_verdict_of_a_diff_where_something_became_wrong(moved: tuple[int, int, int], margin: float) -> None:
    up, down, others = moved
    n = up + down + others
    assume(n >= 20)
    said = judge(paired(steps(up, down, n)), margin, harm="fall").verdict
    assert change(up, down, n, margin) == (said if down else "no worse")


@given(changes, st.sampled_from([0.002, 0.02, 0.1]))
def test_a_message_more_that_becomes_right_never_makes_it_worse(moved: tuple[int, int, int], margin: float) -> None:
    up, down, others = moved
    n = up + down + others
    assume(others)
    order = ["worse", "not enough data to say", "no worse"]
    assert order.index(change(up, down, n, margin)) <= order.index(change(up + 1, down, n, margin))


def test_messages_of_a_conversation_count_as_one_that_moves() -> None:
    alone = [(number, -1) for number in range(8)] + [(None, 0)] * 92
    together = [("one", -1)] * 8 + [(None, 0)] * 92
    margin = Margin("recall", 0.02, PLACE)
    assert judge_margin(margin, alone, 20).verdict == "worse"
    assert judge_margin(margin, together, 20).verdict == "not enough data to say"


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        (["passed", "no worse"], "passed"),
        (["passed", "not enough data to say", "no worse"], "not enough data to say"),
        (["not enough data to say", "worse", "passed"], "worse"),
    ],
)
def test_together(verdicts: Any, verdict: str) -> None:
    assert worst(verdicts) == verdict
