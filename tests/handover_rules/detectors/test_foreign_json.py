from __future__ import annotations

import pytest

from handover_rules.detectors.foreign_json import member, number, strict_json


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": 1, "a": 2}', '[{"a": {"b": 1, "b": 1}}]', "[NaN]", "Infinity", "[" * 100_000]
)
def test_what_readers_would_not_agree_on_is_nothing(text: str) -> None:
    assert strict_json(text) is None


def test_a_value_is_read_as_it_is() -> None:
    assert strict_json(' {"a": [1, null, "x"]} ') == {"a": [1, None, "x"]}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("a", 1, "b"), 2),
        (("a", 2), None),
        (("a", "b"), None),
        (("a", 0, "b"), None),
        ((0,), None),
        (("c", "d", "e"), None),
        ((), {"a": [None, {"b": 2}]}),
    ],
)
def test_a_member_is_found_by_its_path_or_there_is_nothing(path: tuple[str | int, ...], found: object) -> None:
    assert member({"a": [None, {"b": 2}]}, *path) == found


@pytest.mark.parametrize(("value", "found"), [(0, 0.0), (-2.5, -2.5), (10**20, 1e20)])
def test_a_number_is_one(value: object, found: float) -> None:
    assert number(value) == found
    assert isinstance(number(value), float)


@pytest.mark.parametrize("value", [True, False, None, "1", [1], 10**400, float("inf"), float("nan")])
def test_nothing_else_is(value: object) -> None:
    assert number(value) is None
