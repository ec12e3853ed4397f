"""How problems are shown."""

from __future__ import annotations

import pytest

from handover_rules.problems import Problem, closest, did_you_mean, one_line, quoted
from handover_rules.rulefile.render import as_json, as_text, summary
from handover_rules.rulefile.source import Source
from handover_rules.ruleset import Place

ERROR = Problem("E103", "a rule has no key `wehn`", Place("a.yaml", 2, 3, 4), "did you mean `when`?")
WARNING = Problem("W406", "no model", Place("a.yaml", 1, 1))


def shown(line: str, column: int, length: int = 1) -> list[str]:
    """The excerpt of a problem in a file of one line: the line and what is under it."""
    source = Source("a.yaml", line)
    text = as_text([Problem("E101", "no", Place("a.yaml", 1, column, length))], {"a.yaml": source})
    return [row.partition("|")[2][1:] for row in text.split("\n")[3:]]


def test_problem_is_a_block_with_place_excerpt_and_help() -> None:
    source = Source("a.yaml", "rules:\n  wehn: x\n")
    related = Problem("E104", "twice", Place("a.yaml", 2, 3), related=(Place("b.yaml", 7, 1), "the first one"))
    assert as_text([ERROR, related], {"a.yaml": source}) == (
        "error[E103]: a rule has no key `wehn`\n"
        "  --> a.yaml:2:3\n"
        "    |\n"
        "  2 |   wehn: x\n"
        "    |   ^^^^\n"
        "  help: did you mean `when`?\n"
        "\n"
        "error[E104]: twice\n"
        "  --> a.yaml:2:3\n"
        "    |\n"
        "  2 |   wehn: x\n"
        "    |   ^\n"
        "  the first one is at b.yaml:7:1"
    )


def test_file_without_text_has_no_excerpt() -> None:
    assert as_text([WARNING], {}) == "warning[W406 model-missing]: no model\n  --> a.yaml:1:1"


def test_caret_knows_wide_and_combining_characters() -> None:
    assert shown("为什么 x", 5) == ["为什么 x", "       ^"]
    assert shown("e\u0301 x", 4) == ["e\u0301 x", "  ^"]


def test_long_line_is_cut_around_the_caret() -> None:
    line, caret = shown("a" * 500 + "!" + "b" * 500, 501)
    assert len(line) == 110
    assert line[caret.index("^")] == "!"


def test_characters_that_would_move_the_cursor_are_not_printed() -> None:
    line, caret = shown("a\x1b[31m\u202eb!", 8)
    assert line == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b!"
    assert caret.index("^") == 7


def test_json_has_the_same_facts() -> None:
    assert as_json([ERROR]) == [
        {
            "code": "E103",
            "severity": "error",
            "rule": None,
            "message": "a rule has no key `wehn`",
            "file": "a.yaml",
            "line": 2,
            "column": 3,
            "length": 4,
            "hint": "did you mean `when`?",
            "related": None,
        }
    ]


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        ([], "no problems"),
        ([ERROR], "1 error"),
        ([WARNING, WARNING], "2 warnings"),
        ([WARNING, ERROR, ERROR], "2 errors, 1 warning"),
    ],
)
def test_summary(problems: list[Problem], expected: str) -> None:
    assert summary(problems) == expected


def test_closest_and_its_hint() -> None:
    assert closest("wehn", ["when", "then"]) == "when"
    assert closest("WHEN", ["when"]) == "when"
    assert closest("colour", ["when", "then"]) is None
    assert closest("x" * 10_000, ["when"]) is None
    assert did_you_mean("colour", ["when", "then"]) == "known here: `then`, `when`"
    assert did_you_mean("colour", []) == ""
    assert did_you_mean("q", [f"name-{number}" for number in range(100)]) == ""


def test_texts_in_messages_are_short_and_on_one_line() -> None:
    assert quoted("a\n  b\x1b") == "`a b\N{REPLACEMENT CHARACTER}`"
    assert quoted("x" * 100) == "`" + "x" * 37 + "...`"
    assert len(one_line("word " * 1000)) == 300
