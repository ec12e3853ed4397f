"""`handover test`: exit codes, what it prints, what it writes."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from typer.testing import CliRunner, Result

from handover_rules.cli import build_app
from handover_rules.errors import RulesetError, UsageError
from tests.handover_rules.engine.building import ruleset_of

RULES = """\
rules:
  - id: asked
    when: {phrase: talk to a human}
    then: handover
    tests:
      - {say: talk to a human, expect: handover}
      - {say: talk to a humna, expect: EXPECT}
  - id: urgent
    when: {phrase: urgent}
    then: handover
    tests: [{say: urgent, expect: handover}]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return write(tmp_path, "none")


def write(folder: Path, expect: str) -> Path:
    ruleset_of(RULES.replace("EXPECT", expect), folder)
    return folder / "rules.yaml"


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(build_app(others=False), ["test", *map(str, arguments)])


def test_all_pass(rules: Path) -> None:
    done = invoke(rules)
    assert (done.exit_code, done.stdout) == (0, "3 passed, 0 failed\n")


def test_one_fails(tmp_path: Path) -> None:
    done = invoke(write(tmp_path, "handover"))
    assert done.exit_code == 1
    assert "FAILED asked: 'talk to a humna'" in done.stdout
    assert "`talk to a human`: 1 word away, `humna` stands where `human` is expected" in done.stdout
    assert done.stdout.endswith("\n\n2 passed, 1 failed\n")


def test_only_some_rules(tmp_path: Path) -> None:
    rules = write(tmp_path, "handover")
    assert invoke(rules, "--rule", "urgent").stdout == "1 passed, 0 failed\n"
    assert invoke(rules, "--rule", "urgent", "--rule", "asked").stdout.endswith("2 passed, 1 failed\n")


def test_a_rule_that_is_not_there(rules: Path) -> None:
    error = invoke(rules, "--rule", "urgnt").exception
    assert isinstance(error, UsageError)
    assert str(error) == "the ruleset has no rule 'urgnt'; did you mean `urgent`?"


def test_coverage(rules: Path) -> None:
    done = invoke(rules, "--coverage")
    assert done.exit_code == 0
    assert "rules       2 of 2 (100 %)" in done.stdout
    assert "conditions  2 of 2 (100 %)" in done.stdout
    done = invoke(rules, "--coverage", "--rule", "urgent")
    assert "conditions  0 of 1 (0 %)" in done.stdout
    assert "urgent\n  never false   phrase: `urgent`" in done.stdout
    assert "asked" not in done.stdout


def test_no_test_at_all(tmp_path: Path) -> None:
    ruleset_of("rules: [{id: a, when: {phrase: x}, then: handover}]", tmp_path)
    done = invoke(tmp_path / "rules.yaml", "--junit", tmp_path / "out.xml")
    assert done.exit_code == 0
    assert done.stdout == "0 passed, 0 failed\nthere is no test; add `tests:` to a rule\n"
    assert parse(tmp_path / "out.xml").getroot().get("tests") == "0"


def test_junit_is_written_when_a_test_fails(tmp_path: Path) -> None:
    rules = write(tmp_path, "handover")
    assert invoke(rules, "--junit", tmp_path / "out.xml").exit_code == 1
    root = parse(tmp_path / "out.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("3", "1")


def test_junit_goes_into_a_folder_that_is_made_and_says_what_the_terminal_says(tmp_path: Path) -> None:
    out = tmp_path / "reports" / "rules.xml"
    done = invoke(write(tmp_path, "handover"), "--junit", out)
    (failure,) = parse(out).getroot().iter("failure")
    assert failure.text
    assert done.stdout.startswith(failure.text + "\n\n")


def test_junit_that_cannot_be_written_comes_after_the_results(rules: Path) -> None:
    done = invoke(rules, "--junit", rules / "out.xml")
    assert isinstance(done.exception, UsageError)
    assert str(done.exception).startswith(f"--junit {rules / 'out.xml'}: cannot be written: ")
    assert done.stdout == "3 passed, 0 failed\n"


def test_rules_that_cannot_be_read(tmp_path: Path) -> None:
    assert isinstance(invoke(tmp_path / "none").exception, RulesetError)
