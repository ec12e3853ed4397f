"""What tests leave untried."""

from __future__ import annotations

from pathlib import Path

from handover_rules.ruletests import run_tests
from handover_rules.ruletests.coverage import Coverage, as_text, cover
from tests.handover_rules.engine.building import AI_AND_LOCAL, ruleset_of

RULES = (
    AI_AND_LOCAL
    + """\
rules:
  - id: asked
    priority: 90
    when:
      any:
        - phrase:
            - human
            - person
            - human being
        - whole: [agent]
        - all:
            - {score: {of: ai, at_least: 0.7}}
            - not: {lang: es}
    unless:
      - phrase: never mind
    then: handover
    tests: [TESTS]
  - id: stuck
    when: {failures: {at_least: 2}}
    then: handover
"""
)


def covered(folder: Path, *tests: str) -> Coverage:
    ruleset = ruleset_of(RULES.replace("[TESTS]", f"[{', '.join(tests)}]"), folder)
    return cover(ruleset, ruleset.rules, run_tests(ruleset, trace=True))


def lacking(coverage: Coverage, rule: str = "asked") -> list[tuple[int, str]]:
    """Line and what is lacking."""
    return [(one.standing.condition.place.line, one.lacking) for one in coverage.conditions[rule] if one.lacking]


def test_conditions_that_were_never_true_or_never_false(tmp_path: Path) -> None:
    coverage = covered(
        tmp_path, "{say: human, expect: handover}", "{say: hello, given: {ai: 0.2, lang: en}, expect: none}"
    )
    assert lacking(coverage) == [
        (14, "never true"),  # whole
        (15, "never true"),  # all
        (16, "never true"),  # score
        (17, "never false"),  # not
        (17, "never true"),  # lang
        (19, "never true"),  # unless
    ]
    assert coverage.silent == ("stuck",)


def test_everything_tried(tmp_path: Path) -> None:
    coverage = covered(
        tmp_path,
        "{say: a human being, expect: handover}",
        "{say: a person, expect: handover}",
        "{say: agent, expect: handover}",
        "{say: hello, given: {ai: 0.2, lang: en}, expect: none}",
        "{say: hello, given: {ai: 0.9, lang: en}, expect: handover}",
        "{say: hello, given: {ai: 0.9, lang: es}, expect: none}",
        "{say: never mind, given: {before: [{bot_failed: x}, {bot_failed: x}]}, expect: handover}",
    )
    assert lacking(coverage) == []
    assert lacking(coverage, "stuck") == []
    assert coverage.phrases["asked"] == (5, 5)
    assert coverage.silent == ()
    # The last test fails (another rule decided), and still counts as a try.
    assert as_text(coverage) == (
        "Coverage by 7 tests\n"
        "  rules       2 of 2 (100 %) fire in a test\n"
        "  conditions  9 of 9 (100 %) are true in one test and false in another\n"
        "  phrases     5 of 5 (100 %) occur in the message of a test"
    )


def test_a_condition_that_was_only_unknown(tmp_path: Path) -> None:
    coverage = covered(tmp_path, "{say: hello, expect: none}")
    assert (16, "never known") in lacking(coverage)
    assert (15, "never known") in lacking(coverage)


def test_two_conditions_of_one_line_are_two(tmp_path: Path) -> None:
    ruleset = ruleset_of(
        """
        rules:
          - id: a
            when: {any: [{phrase: x}, {phrase: x}, {all: [{phrase: x}, {phrase: y}]}]}
            then: handover
            tests: [{say: x, expect: handover}, {say: z, expect: none}]
        """,
        tmp_path,
    )
    coverage = cover(ruleset, ruleset.rules, run_tests(ruleset, trace=True))
    # Traces of a phrase that matched have the phrase's place, which is not the condition's.
    assert [one.lacking for one in coverage.conditions["a"]] == ["", "", "", "never true", "", "never true"]


def test_phrases_are_counted_though_a_trace_names_only_the_first(tmp_path: Path) -> None:
    coverage = covered(tmp_path, "{say: human being, expect: handover}")
    assert coverage.phrases == {"asked": (2, 5)}


def test_the_text_names_place_and_condition(tmp_path: Path) -> None:
    coverage = covered(
        tmp_path, "{say: human, expect: handover}", "{say: hello, given: {ai: 0.2, lang: en}, expect: none}"
    )
    assert as_text(coverage).replace(f"{tmp_path}/", "").splitlines() == [
        "Coverage by 2 tests",
        "  rules       1 of 2 (50 %) fire in a test",
        "  conditions  2 of 9 (22 %) are true in one test and false in another",
        "  phrases     1 of 5 (20 %) occur in the message of a test",
        "",
        "asked",
        "  never true    whole: `agent`  [rules.yaml:14]",
        "  never true    all of 2  [rules.yaml:15]",
        "  never true    score of ai >= 0.7  [rules.yaml:16]",
        "  never false   not lang: es  [rules.yaml:17]",
        "  never true    lang: es  [rules.yaml:17]",
        "  never true    unless phrase: `never mind`  [rules.yaml:19]",
        "  4 of 5 phrases occur in no test",
        "",
        "stuck, which no test makes fire",
        "  never true    failures: at least 2  [rules.yaml:23]",
    ]


def test_no_test_at_all(tmp_path: Path) -> None:
    ruleset = ruleset_of("rules: [{id: a, when: {phrase: x}, then: handover}]", tmp_path)
    coverage = cover(ruleset, ruleset.rules, [])
    assert lacking(coverage, "a") == [(2, "never known")]
    assert (coverage.silent, coverage.phrases) == (("a",), {"a": (0, 1)})
    assert "0 of 1 (0 %) fire" in as_text(coverage)
