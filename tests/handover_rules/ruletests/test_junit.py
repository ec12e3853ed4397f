"""JUnit XML: the shape that CI systems read, for any text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from handover_rules.ruletests import TestResult, run_tests
from handover_rules.ruletests.failures import explained_failure
from handover_rules.ruletests.junit import as_junit
from tests.handover_rules.engine.building import ruleset_of

RULES = """\
rules:
  - id: a
    when: {phrase: x}
    then: handover
    tests:
      - {say: x, expect: handover}
      - {say: y, expect: handover}
      - {say: x, given: {lang: es}, expect: handover}
"""


def run(folder: Path) -> tuple[Ruleset, list[TestResult]]:
    ruleset = ruleset_of(RULES, folder)
    return ruleset, list(run_tests(ruleset))


def junit(ruleset: Ruleset, results: Sequence[TestResult]) -> Element:
    explained = ["" if result.passed else "\n".join(explained_failure(ruleset, result)) for result in results]
    return fromstring(as_junit(ruleset.name, results, explained))


def test_the_shape(tmp_path: Path) -> None:
    root = junit(*run(tmp_path))
    file = str(tmp_path / "rules.yaml")
    counts = {"tests": "3", "failures": "1", "errors": "0", "skipped": "0", "time": "0"}
    assert (root.tag, root.attrib) == ("testsuites", {"name": "test", **counts})
    (suite,) = root
    assert (suite.tag, suite.attrib) == ("testsuite", {"name": file, "file": file, **counts})
    assert [(case.tag, case.attrib) for case in suite] == [
        ("testcase", {"classname": "a", "name": name, "file": file, "line": line, "time": "0"})
        for name, line in (("x", "7"), ("y", "8"), ("x (2)", "9"))  # names are told apart: CI systems go by them
    ]
    assert [len(case) for case in suite] == [0, 1, 0]
    failure = suite[1][0]
    assert failure.tag == "failure"
    assert failure.attrib == {"type": "failed", "message": "expected handover, and it was none"}
    assert failure.text is not None
    assert failure.text.splitlines()[0] == f"FAILED a: 'y'  [{file}:8]"
    assert "phrase did not match" in failure.text


def test_a_suite_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(RULES.replace("id: a", "id: b").replace(": x", ": z"), encoding="utf-8")
    ruleset_of(RULES, tmp_path)
    ruleset = load_ruleset(tmp_path)
    root = junit(ruleset, list(run_tests(ruleset)))
    assert root.get("tests") == "6"
    assert [(Path(suite.get("name", "")).name, suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("b.yaml", "3", "1"),
        ("rules.yaml", "3", "1"),
    ]


def test_no_test_at_all(tmp_path: Path) -> None:
    ruleset, _ = run(tmp_path)
    root = junit(ruleset, [])
    assert (root.get("tests"), len(root)) == ("0", 0)


@given(said=st.text(st.characters(codec=None)))
def test_any_text_is_valid(said: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    ruleset, results = run(tmp_path_factory.getbasetemp())
    results = [replace(result, test=replace(result.test, say=said), failure=said) for result in results]
    root = junit(ruleset, results)
    names = [case.get("name", "") for case in root[0]]
    valid = re.fullmatch("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", said)
    if valid:
        assert names[0] == said
    assert len(set(names)) == 3


def test_what_xml_cannot_hold_is_written_out(tmp_path: Path) -> None:
    ruleset, results = run(tmp_path)
    said = replace(results[0], test=replace(results[0].test, say="a\x00b\x1b[31m\ud800\uffffé\n"))
    assert junit(ruleset, [said])[0][0].get("name") == r"a\x00b\x1b[31m\ud800\uffffé" + "\n"
