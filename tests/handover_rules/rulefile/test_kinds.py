"""Kinds that hold other values: every problem in one pass, and none that follows from another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from handover_rules.problems import Problem
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import EnvValue, Key, ListOf, Loose, MapOf, OneOrMany, Table, WithEnv
from handover_rules.rulefile.reading import Invalid, Kind, Reading
from handover_rules.rulefile.scalars import EnvFlag, Flag, Number, Text, Whole
from handover_rules.rulefile.source import Source

TABLE = Table("a thing", (Key("name", Text(), required=True), Key("size", Whole(0, 9), default=1)))
SIZES = MapOf(Whole(0, 9), lambda _, value, __: value)
WORDS = OneOrMany(Text())
BOUND = WithEnv(Number(0, 1))
ENABLED = WithEnv(Flag(), default=True, env_kind=EnvFlag())


def read(kind: Kind[object], text: str, environ: Mapping[str, str] | None = None) -> tuple[object, list[Problem]]:
    """The value that a kind reads from YAML text, or Invalid, and the problems."""
    problems: list[Problem] = []
    node = nodes.parse(Source("rules.yaml", text), problems)
    assert node is not None
    try:
        return kind.read(node, Reading(problems, environ, Path())), problems
    except Invalid:
        return Invalid, problems


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (TABLE, "{name: x}", {"name": "x", "size": 1}),
        (TABLE, "name: x\nsize: 2", {"name": "x", "size": 2}),
        (ListOf(Text()), "[a, b]", ("a", "b")),
        (ListOf(Text(), empty=True), "[]", ()),
        (WORDS, "a", ("a",)),
        (WORDS, "- a\n- b", ("a", "b")),
        (SIZES, "{a: 1, b: 2}", {"a": 1, "b": 2}),
        (Loose(), "{a: [no, 0123, ~], b: {c: 'x'}}", {"a": ["no", "0123", None], "b": {"c": "x"}}),
        (BOUND, "0.7", EnvValue(0.7, None, False)),
        (BOUND, "{value: 0.7, env: X}", EnvValue(0.7, "X", False)),
        (ENABLED, "{env: X}", EnvValue(True, "X", False)),
    ],
)
def test_good_values(kind: Kind[object], text: str, expected: object) -> None:
    assert read(kind, text) == (expected, [])


@pytest.mark.parametrize(
    ("kind", "text", "codes"),
    [
        (TABLE, "{}", ["E106"]),
        (TABLE, "[a]", ["E105"]),
        (TABLE, "{nmae: x}", ["E103"]),  # and not: `name` is missing
        (TABLE, "{nmae: x, name: y}", ["E103"]),
        (TABLE, "{nmae: [x]}", ["E103", "E105"]),  # what was meant is read too
        (TABLE, "{name: x, y}", ["E202"]),
        (TABLE, "{name x}", ["E103"]),
        (TABLE, "{name: x, size: big, colour: blue}", ["E107", "E103"]),
        (TABLE, "{<<: {name: x}}", ["E108"]),
        (ListOf(Text()), "[]", ["E301"]),
        (ListOf(Text()), "a", ["E105"]),
        (ListOf(Whole(0, 9)), "[a, 1, b]", ["E107", "E107"]),
        (SIZES, "{A: 1, b: x, c: 3}", ["E115", "E107"]),
        (BOUND, "{value: 0.7}", ["E106"]),
        (BOUND, "{env: X}", ["E106"]),
        (BOUND, "{value: 7, env: x y}", ["E107", "E403"]),
    ],
)
def test_bad_values_are_all_reported_once(kind: Kind[object], text: str, codes: list[str]) -> None:
    value, problems = read(kind, text)
    assert value is Invalid
    assert [problem.code for problem in problems] == codes


def test_unknown_key_is_answered_with_the_closest_or_all() -> None:
    _, (close,) = read(TABLE, "{name: x, sise: 2}")
    _, (far,) = read(TABLE, "{name: x, colour: blue}")
    assert close.hint == "did you mean `size`?"
    assert far.hint == "known here: `name`, `size`"


def test_table_remembers_where_values_stand() -> None:
    problems: list[Problem] = []
    node = nodes.parse(Source("rules.yaml", "name: x\nsize: 2\n"), problems)
    assert node is not None
    values = TABLE.read(node, Reading(problems, None, Path()))
    assert (values.places["size"].line, values.places["size"].column) == (2, 7)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (None, EnvValue(0.7, "X", False)),
        ({}, EnvValue(0.7, "X", False)),
        ({"X": ""}, EnvValue(0.7, "X", False)),
        ({"X": "  "}, EnvValue(0.7, "X", False)),
        ({"X": " 0.9 "}, EnvValue(0.9, "X", True)),
    ],
)
def test_environment_replaces_a_value(environ: dict[str, str] | None, expected: EnvValue[float]) -> None:
    assert read(BOUND, "{value: 0.7, env: X}", environ) == (expected, [])


def test_environment_with_another_kind_of_value_is_an_error_that_does_not_show_it() -> None:
    value, (problem,) = read(BOUND, "{value: 0.7, env: X}", {"X": "sk-secret"})
    assert value is Invalid
    assert problem.code == "E404"
    assert problem.message == "what the environment variable X holds is not a number from 0 to 1"
    assert problem.place.column == 19
    assert "secret" not in problem.message + problem.hint


@pytest.mark.parametrize(
    ("said", "enabled"), [("1", True), ("yes", True), ("ON", True), ("0", False), ("False", False)]
)
def test_flags_in_the_environment_may_be_written_as_usual_there(said: str, enabled: bool) -> None:
    assert read(ENABLED, "{env: X}", {"X": said}) == (EnvValue(enabled, "X", True), [])
