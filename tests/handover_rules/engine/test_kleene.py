"""The tables of sets of values, against Kleene's definitions: "and" is the least, "or" the greatest of two values."""

from __future__ import annotations

from itertools import product

import pytest

from handover_rules.engine.kleene import ANYTHING, BOTH, EITHER, FALSE, NEGATED, TRUE, UNKNOWN

RANK = {FALSE: 0, UNKNOWN: 1, TRUE: 2}
VALUE = {rank: value for value, rank in RANK.items()}
SETS = range(8)
PAIRS = list(product(SETS, SETS))


def members(values: int) -> list[int]:
    return [value for value in RANK if values & value]


def together(values: list[int]) -> int:
    return sum(set(values))


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_sets_combine_value_by_value(one: int, other: int) -> None:
    pairs = list(product(members(one), members(other)))
    assert BOTH[one][other] == together([VALUE[min(RANK[a], RANK[b])] for a, b in pairs])
    assert EITHER[one][other] == together([VALUE[max(RANK[a], RANK[b])] for a, b in pairs])


@pytest.mark.parametrize("one", SETS)
def test_a_set_is_negated_value_by_value(one: int) -> None:
    assert NEGATED[one] == together([VALUE[2 - RANK[value]] for value in members(one)])
    assert NEGATED[NEGATED[one]] == one


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_de_morgan(one: int, other: int) -> None:
    assert NEGATED[BOTH[one][other]] == EITHER[NEGATED[one]][NEGATED[other]]


def test_what_settles_and_what_does_not() -> None:
    assert BOTH[FALSE][ANYTHING] == FALSE
    assert EITHER[TRUE][ANYTHING] == TRUE
    assert BOTH[TRUE][ANYTHING] == EITHER[FALSE][ANYTHING] == ANYTHING
    assert BOTH[UNKNOWN][ANYTHING] == FALSE | UNKNOWN
    assert EITHER[UNKNOWN][ANYTHING] == UNKNOWN | TRUE
