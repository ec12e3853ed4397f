"""What a failed test says."""

from __future__ import annotations

from pathlib import Path

from handover_rules.ruletests import run_tests
from handover_rules.ruletests.failures import MAX_LINES, explained_failure
from tests.handover_rules.engine.building import AI_AND_LOCAL, ruleset_of

RULES = (
    AI_AND_LOCAL
    + """\
phrases:
  person: {words: [human, person], typos: 0}
rules:
  - id: asked
    priority: 90
    when:
      any:
        - phrase:
            - (speak|talk) to (a|an)? <person>
        - whole: [agent]
        - score: {of: ai, at_least: 0.7}
    unless:
      - phrase: never mind
    then: handover
    tests: [TEST]
  - id: stuck
    when: {failures: {at_least: 2}}
    then: handover
  - id: money
    when: {phrase: refund please}
    then: tag
"""
)


def told(folder: Path, test: str) -> list[str]:
    ruleset = ruleset_of(RULES.replace("TEST", test), folder)
    (result,) = run_tests(ruleset)
    assert not result.passed
    return [line.replace(f"{folder}/", "") for line in explained_failure(ruleset, result)]


def test_a_rule_that_should_have_fired(tmp_path: Path) -> None:
    given = "{ai: 0.65, before: [{bot_failed: Sorry?}]}"
    assert told(tmp_path, f"{{say: I want to talk to a persno, given: {given}, expect: handover}}") == [
        "FAILED asked: 'I want to talk to a persno'  [rules.yaml:19]",
        "  expected handover, and it was none",
        "  near misses",
        "    `(speak|talk) to (a|an)? <person>`: 1 word away, `persno` stands where `<person>` is expected"
        "  [rules.yaml:13]",
        "    asked: score of ai >= 0.7: 0.65 is 0.05 below 0.7  [rules.yaml:15]",
        "    stuck: failures: 1 is 1 below 2  [rules.yaml:21]",
        "  asked (priority 90, handover): false",
        "    false      any  [rules.yaml:11]",
        "    false        phrase did not match  [rules.yaml:12]",
        "    false        whole did not match  [rules.yaml:14]",
        "    false        score of ai >= 0.7: 0.65 is 0.05 below 0.7  [rules.yaml:15]",
        "    false      unless phrase did not match  [rules.yaml:17]",
    ]


def test_another_rule_that_decided_is_shown_too(tmp_path: Path) -> None:
    before = "{before: [{bot_failed: Sorry?}, {bot_failed: Sorry?}]}"
    lines = told(tmp_path, f"{{say: a talk please, given: {before}, expect: handover}}")
    assert lines[1] == "  handover as expected, but by `stuck` and not by `asked`"
    assert lines[-2:] == [
        "  stuck (priority 50, handover): fired",
        "    true       failures: 2 is 0 above 2  [rules.yaml:21]",
    ]
    assert "  asked (priority 90, handover): unknown" in lines


def test_a_rule_that_should_not_have_fired_shows_why_it_did_first(tmp_path: Path) -> None:
    assert told(tmp_path, "{say: agents, given: {ai: 0.71}, expect: none}")[2:] == [
        "  asked (priority 90, handover): fired",
        "    true       any  [rules.yaml:11]",
        "    false        phrase did not match  [rules.yaml:12]",
        "    false        whole did not match  [rules.yaml:14]",
        "    true         score of ai >= 0.7: 0.71 is 0.01 above 0.7  [rules.yaml:15]",
        "    false      unless phrase did not match  [rules.yaml:17]",
        "  near misses",
        "    asked: score of ai >= 0.7: 0.71 is 0.01 above 0.7  [rules.yaml:15]",
    ]


def test_no_phrase_is_near_where_a_veto_kept_the_rule_back(tmp_path: Path) -> None:
    lines = told(tmp_path, "{say: never mind to talk to a human, given: {ai: 0.1}, expect: handover}")
    assert lines[2] == "  asked (priority 90, handover): kept back by unless"
    assert "near misses" not in "\n".join(lines)
    assert lines[-1] == "    true       unless phrase: never mind  [rules.yaml:17]"


def test_what_is_unknown_is_shown_as_not_asked(tmp_path: Path) -> None:
    lines = told(tmp_path, "{say: talk to humans, given: {ai: unknown}, expect: handover}")
    assert lines[1] == "  the decision needs `ai`, which this test leaves unknown"
    assert lines[3].startswith("    `(speak|talk) to (a|an)? <person>`: 1 word away")
    assert "  asked (priority 90, handover): not asked" in lines
    assert "    not asked    score of ai >= 0.7 was not asked  [rules.yaml:15]" in lines


def test_words_that_are_missing_or_too_many(tmp_path: Path) -> None:
    text = "\n".join(told(tmp_path, "{say: agent now, expect: handover}"))
    assert "`agent`: 1 word away, `now` is one word too many  [rules.yaml:14]" in text
    text = "\n".join(told(tmp_path, "{say: talk human, expect: handover}"))
    assert "`(speak|talk) to (a|an)? <person>`: 1 word away, `to` is missing  [rules.yaml:13]" in text


def test_what_is_said_stands_on_one_line(tmp_path: Path) -> None:
    first = told(tmp_path, '{say: "a\\nb \\e[31m \\u202e' + "x" * 200 + '", expect: handover}')[0]
    assert first.isprintable()
    assert first.isascii() or "\N{REPLACEMENT CHARACTER}" in first
    first.encode()
    assert len(first) < 200


def test_many_conditions_are_cut_and_what_is_met_stays(tmp_path: Path) -> None:
    many = "\n".join(f"        - phrase: word{number}" for number in range(40))
    rules = f"""\
rules:
  - id: long
    priority: 90
    when:
      any:
{many}
        - lang: es
    then: handover
    tests:
      - {{say: word39 hola, given: {{lang: en}}, expect: none}}
  - id: other
    when: {{phrase: word39}}
    then: handover
"""
    ruleset = ruleset_of(rules, tmp_path)
    (result,) = run_tests(ruleset)
    lines = explained_failure(ruleset, result)
    assert len(lines) == MAX_LINES
    assert any("true         phrase: word39" in line for line in lines)
    assert any("lang: en, and it asks for es" in line for line in lines)
    assert lines[-1] == "               and 21 more"
