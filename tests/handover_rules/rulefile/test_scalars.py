"""Kinds of single value, by table: what they read, what they refuse, and what they say then."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from handover_rules.problems import Problem
from handover_rules.rulefile.nodes import Scalar as Node
from handover_rules.rulefile.nodes import Sequence
from handover_rules.rulefile.reading import Invalid, Reading
from handover_rules.rulefile.scalars import (
    Choice,
    EnvFlag,
    EnvName,
    Flag,
    NameIn,
    Number,
    Scalar,
    Slug,
    Span,
    Text,
    TimeOfDay,
    Whole,
    slug,
)
from handover_rules.ruleset import Place

PLACE = Place("rules.yaml", 3, 7)
SCORE, COUNT, THEN = Number(0, 1), Whole(0, 10), Choice(("handover", "stay"))


def read(kind: Scalar[object], text: str) -> tuple[object, list[Problem]]:
    """The value read from a text, or Invalid, and the problems."""
    reading = Reading([], None, Path())
    try:
        return kind.read(Node(text, PLACE), reading), reading.problems
    except Invalid:
        return Invalid, reading.problems


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Text(), "no", "no"),
        (Text(), "0123", "0123"),
        (Slug(), "asked-for_a-person2", "asked-for_a-person2"),
        (SCORE, "0.7", 0.7),
        (SCORE, "1", 1.0),
        (SCORE, ".5", 0.5),
        (SCORE, "5e-1", 0.5),
        (SCORE, "0", 0.0),
        (Number(), "-1e3", -1000.0),
        (COUNT, "10", 10),
        (COUNT, "+3", 3),
        (Flag(), "true", True),
        (Flag(), "FALSE", False),
        (EnvFlag(), "1", True),
        (EnvFlag(), "off", False),
        (THEN, "stay", "stay"),
        (EnvName(), "AI_THRESHOLD", "AI_THRESHOLD"),
        (Span(), "15m", timedelta(minutes=15)),
        (Span(), "1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        (TimeOfDay(), "09:00", time(9)),
        (TimeOfDay(), "9:05", time(9, 5)),
        (TimeOfDay(), "24:00", None),
    ],
)
def test_good_values(kind: Scalar[object], text: str, expected: object) -> None:
    assert read(kind, text) == (expected, [])


@pytest.mark.parametrize(
    ("kind", "text", "code", "hint"),
    [
        (Text(), " ", "E107", ""),
        (Slug(), "Asked for a Person!", "E115", "write `asked-for-a-person`"),
        (Slug(), "مدير", "E115", "a name is written like `asked-for-a-person`"),
        (Slug(), "-a", "E115", "write `a`"),
        (Slug(), "a" * 81, "E115", ""),
        (SCORE, "70", "E107", "70 % is written `0.7`"),
        (SCORE, "82 %", "E107", "82 % is written `0.82`"),
        (SCORE, "0,7", "E107", "write `0.7`, with a point"),
        (SCORE, "1.01", "E107", ""),
        (SCORE, "-0.1", "E107", ""),
        (SCORE, "nan", "E107", ""),
        (SCORE, "inf", "E107", ""),
        (SCORE, "1_0", "E107", ""),
        (SCORE, "٠", "E107", ""),
        (Number(), "1e999", "E107", ""),
        (COUNT, "11", "E107", ""),
        (COUNT, "1.0", "E107", ""),
        (COUNT, "9" * 5000, "E107", ""),
        (Flag(), "yes", "E107", "write `true`"),
        (Flag(), "off", "E107", "write `false`"),
        (Flag(), "maybe", "E107", ""),
        (THEN, "handovr", "E107", "did you mean `handover`?"),
        (THEN, "xyz", "E107", ""),
        (EnvName(), "$AI", "E403", "write `AI`"),
        (EnvName(), "ai threshold", "E403", "write `AI_THRESHOLD`"),
        (EnvName(), "1A", "E403", ""),
        (Span(), "15", "E116", "write `15m` for minutes, `15s` for seconds"),
        (Span(), "15 minutes", "E116", "write `15m`"),
        (Span(), "0m", "E116", ""),
        (Span(), "1m1m", "E116", ""),
        (Span(), "soon", "E116", ""),
        (TimeOfDay(), "25:00", "E116", ""),
        (TimeOfDay(), "24:01", "E116", ""),
        (TimeOfDay(), "12:60", "E116", ""),
        (TimeOfDay(), "9", "E116", "write `09:00`"),
        (TimeOfDay(), "9.30", "E116", "write `09:30`"),
        (TimeOfDay(), "18h", "E116", "write `18:00`"),
    ],
)
def test_bad_values_say_what_to_write(kind: Scalar[object], text: str, code: str, hint: str) -> None:
    value, (problem,) = read(kind, text)
    assert value is Invalid
    assert (problem.code, problem.hint, problem.place) == (code, hint, PLACE)
    assert len(problem.message) <= 200


@pytest.mark.parametrize("kind", [Text(), Slug(), SCORE, COUNT, Flag(), THEN, EnvName(), Span(), TimeOfDay()])
def test_nothing_and_lists_are_refused_with_what_is_expected(kind: Scalar[object]) -> None:
    _, (missing,) = read(kind, "")
    assert missing.code == "E113"
    assert kind.expects in missing.message
    reading = Reading([], None, Path())
    with pytest.raises(Invalid):
        kind.read(Sequence((), PLACE), reading)
    assert reading.problems == [Problem("E105", f"this must be {kind.expects}, and it is a list", PLACE)]


def test_text_that_a_comment_cuts_is_refused_where_the_text_is_data() -> None:
    reading = Reading([], None, Path())
    cut = Node("order", PLACE, cut=True)
    assert Text().read(cut, reading) == "order"
    with pytest.raises(Invalid):
        Text(exact=True).read(cut, reading)
    assert [problem.code for problem in reading.problems] == ["E203"]


def test_name_is_noted_as_used() -> None:
    reading = Reading([], None, Path())
    NameIn(section="queues").read(Node("general", PLACE), reading)
    assert reading.uses == [("queues", "general", PLACE)]


@pytest.mark.parametrize(
    ("text", "name"),
    [("My Shop", "my-shop"), (" Ärger! ", "arger"), ("für-immer", "fur-immer"), ("*", ""), ("a" * 99, "a" * 80)],
)
def test_slug_makes_a_name_of_what_was_meant(text: str, name: str) -> None:
    assert slug(text) == name
