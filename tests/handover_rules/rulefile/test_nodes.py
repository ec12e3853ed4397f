"""YAML text -> nodes: what was typed stays, and every node knows its place."""

from __future__ import annotations

import pytest

from handover_rules.problems import Problem
from handover_rules.rulefile.nodes import MAX_DEPTH, Broken, Mapping, Node, Scalar, Sequence, parse
from handover_rules.rulefile.source import Source
from handover_rules.ruleset import Place


def read(text: str) -> tuple[Node | None, list[Problem]]:
    """The root of a text, and the problems."""
    problems: list[Problem] = []
    return parse(Source("rules.yaml", text), problems), problems


def value(text: str) -> Node:
    """The value of the only key of a text without problems."""
    root, problems = read(text)
    assert not problems
    assert isinstance(root, Mapping)
    ((_, node),) = root.entries
    return node


@pytest.mark.parametrize("typed", ["no", "on", "Yes", "22:30", "0123", "1e3", "0x1F", "1_000", "2026-03-02", ".5", "="])
def test_what_was_typed_stays(typed: str) -> None:
    assert value(f"key: {typed}\n") == Scalar(typed, Place("rules.yaml", 1, 6, len(typed)))


@pytest.mark.parametrize("typed", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_null(typed: str) -> None:
    node = value(f"key: {typed}\n")
    assert isinstance(node, Scalar)
    assert node.is_null


@pytest.mark.parametrize("typed", ["'null'", '"~"', "''", "none", "nil"])
def test_quoted_or_other_words_are_not_null(typed: str) -> None:
    node = value(f"key: {typed}\n")
    assert isinstance(node, Scalar)
    assert not node.is_null


def test_places_count_from_one_and_measure_what_is_written() -> None:
    root, _ = read("a: {b: 'x y'}\nlist:\n  - one\n  - über uns\n")
    assert isinstance(root, Mapping)
    (_, flow), (key, items) = root.entries
    assert isinstance(flow, Mapping)
    assert isinstance(items, Sequence)
    assert flow.place == Place("rules.yaml", 1, 4)
    assert (flow.entries[0][1].place.column, flow.entries[0][1].place.length) == (8, 5)
    assert (key.place.line, key.place.length) == (2, 4)
    assert items.place == Place("rules.yaml", 3, 3)
    assert (items.items[1].place.line, items.items[1].place.column, items.items[1].place.length) == (4, 5, 8)


def test_block_mapping_stands_at_its_first_key() -> None:
    root, _ = read("rules:\n  first: 1\n  second: 2\n")
    assert isinstance(root, Mapping)
    place = root.entries[0][1].place
    assert (place.line, place.column, place.length) == (2, 3, 5)


@pytest.mark.parametrize(
    ("text", "offset", "column"),
    [
        ("key: talk to me\n", 5, 11),
        ("key: 'talk to me'\n", 5, 12),
        ('key: "talk to me"\n', 5, 12),
        ("key: 'it''s me'\n", 5, 6),  # the escape shifts what follows: the whole text is meant
        ('key: "\\u0074alk"\n', 2, 6),
    ],
)
def test_part_of_a_text_has_its_own_place(text: str, offset: int, column: int) -> None:
    node = value(text)
    assert isinstance(node, Scalar)
    assert node.part(offset, 2).column == column


def test_part_of_a_block_text_has_its_own_line() -> None:
    node = value("key: |\n\n    first\n      second word\n")
    assert isinstance(node, Scalar)
    place = node.part(node.text.index("word"), 4)
    assert (place.line, place.column, place.length) == (4, 14, 4)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("key: text # comment\n", True),
        ("key: text\n", False),
        ("key: 'text' # comment\n", False),
        ("key: text#1\n", False),
        ("key: [a, b] # comment\n", False),
        ("key: text\n# comment\n", False),
    ],
)
def test_comment_behind_a_plain_text_is_seen(text: str, cut: bool) -> None:
    node = value(text)
    last = node.items[-1] if isinstance(node, Sequence) else node
    assert isinstance(last, Scalar)
    assert last.cut is cut


def test_lines_of_a_text_are_counted() -> None:
    node = value("key: one\n  two\n  three\n")
    assert isinstance(node, Scalar)
    assert (node.text, node.lines) == ("one two three", 3)


def test_duplicate_key_keeps_the_first_and_names_both() -> None:
    root, (problem,) = read("a: 1\nb: 2\na: 3\n")
    assert isinstance(root, Mapping)
    assert [(key.text, node.text) for key, node in root.entries if isinstance(node, Scalar)] == [("a", "1"), ("b", "2")]
    assert (problem.code, problem.place.line) == ("E104", 3)
    assert problem.related == (Place("rules.yaml", 1, 1), "the first one")


def test_alias_and_tagged_value_are_broken_and_reported_once() -> None:
    root, problems = read("a: &x 1\nb: *x\nc: !!str no\n")
    assert isinstance(root, Mapping)
    assert [problem.code for problem in problems] == ["E108", "E108", "E109"]
    assert [type(node) for _, node in root.entries] == [Scalar, Broken, Broken]


@pytest.mark.parametrize("text", ["<<: {a: 1}\nb: 2\n", "{{ a }}: 1\n"])
def test_mapping_that_lost_an_entry_says_so(text: str) -> None:
    root, problems = read(text)
    assert isinstance(root, Mapping)
    assert root.partial
    assert problems


def test_depth_is_limited() -> None:
    deep, problems = read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert isinstance(deep, Sequence)
    assert not problems
    deeper, (problem,) = read("[" * 100_000)
    assert deeper is None
    assert problem.code == "E111"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "--- # nothing\n...\n"])
def test_file_without_content_has_no_root_and_no_problem(text: str) -> None:
    assert read(text) == (None, [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_every_line_end_of_yaml_counts(end: str) -> None:
    root, _ = read(f"a: 1{end}b: 2{end}")
    assert isinstance(root, Mapping)
    assert [key.place.line for key, _ in root.entries] == [1, 2]
