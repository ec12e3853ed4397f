"""Rules that no test holds."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Linting


@pytest.mark.parametrize(
    ("then", "tests", "codes"),
    [
        ("handover", "[{say: agent, expect: handover}, {say: parcel, expect: none}]", []),
        ("handover", "[{say: agent, expect: handover}, {say: parcel, expect: stay}]", []),
        ("handover", "[{say: agent, expect: handover}]", ["W604"]),
        ("handover", "[{say: parcel, expect: none}]", ["W603"]),
        ("handover", "", ["W603", "W604"]),
        ("stay", "[{say: agent, expect: handover}]", ["W603"]),
        ("tag", "[{say: agent, expect: none, tags: [one]}, {say: parcel, expect: none, tags: []}]", []),
        ("tag", "[{say: agent, expect: none, tags: [one]}]", ["W604"]),
        ("tag", "[{say: agent, expect: none}, {say: parcel, expect: none}]", ["W603", "W604"]),
    ],
)
def test_positive_and_negative_tests(linting: Linting, then: str, tests: str, codes: list[str]) -> None:
    rest = f"    tests: {tests}\n" if tests else ""
    problems = linting(f"rules:\n  - id: one\n    when: {{phrase: agent}}\n    then: {then}\n{rest}").problems
    assert [problem.code for problem in problems] == codes
    assert all((problem.rule, problem.place.line, problem.place.column) == ("one", 3, 9) for problem in problems)


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        ("{say: agent, expect: handover}", "{say: agent, expect: handover}", ["W605"]),
        ("{say: agent, given: {lang: en}, expect: handover}", "{say: agent, expect: handover}", []),
        ("{say: agent, given: {}, expect: handover}", "{say: agent, expect: handover}", ["W605"]),
        ("{say: agent, expect: handover}", "{say: agent, expect: handover, tags: []}", []),
        ("{say: agent, given: {event: {a: [1]}}, expect: handover}", "{say: agent, expect: handover}", []),
        ("{say: agent, given: {now: 2026-03-02 10:00}, expect: handover}", "{say: agent, expect: handover}", []),
        (
            "{say: agent, given: {customer: {a: x, b: z}}, expect: handover}",
            "{say: agent, given: {customer: {b: z, a: x}}, expect: handover}",
            ["W605"],
        ),
    ],
)
def test_the_same_test_twice(linting: Linting, first: str, second: str, codes: list[str]) -> None:
    text = f"""
rules:
  - id: one
    when: {{phrase: agent}}
    then: handover
    tests:
      - {{say: parcel, expect: none}}
      - {first}
      - {second}
"""
    problems = linting(text).problems
    assert [problem.code for problem in problems] == codes
    assert all(problem.place.line == 10 for problem in problems)


def test_a_tag_is_tested_by_another_rules_tests(linting: Linting) -> None:
    text = """
rules:
  - {id: angry, when: {phrase: ridiculous}, then: tag}
  - id: asked
    when: {phrase: agent}
    then: handover
    tests:
      - {say: an agent, expect: handover, tags: []}
      - {say: ridiculous, expect: none, tags: [angry]}
"""
    assert linting(text).problems == ()
