"""Problems for other programs: GitHub's annotations and SARIF."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from handover_rules.cli import build_app
from handover_rules.problems import Problem
from handover_rules.rulefile.exchange import as_github, as_sarif
from handover_rules.ruleset import Place

WARNING = Problem(
    "W211",
    "`a, b` finds nothing: 100 %",
    Place("rules/shop, old.yaml", 7, 15, 9),
    "remove it",
    (Place("rules/shop.yaml", 3, 15, 4), "the other phrase"),
    "asked",
)


def test_an_annotation_has_its_place_and_no_sign_that_means_something_to_github() -> None:
    said = as_github([WARNING])
    assert said.count("\n") == 0
    match = re.fullmatch(r"::(\w+) (.*?)::(.*)", said)
    assert match is not None
    properties = dict(part.split("=") for part in match[2].split(","))
    assert match[1] == "warning"
    assert properties == {
        "file": "rules/shop%2C old.yaml",
        "line": "7",
        "endLine": "7",
        "col": "15",
        "endColumn": "24",
        "title": "W211 subsumed-phrase",
    }
    assert match[3] == ("`a, b` finds nothing: 100 %25%0Ahelp: remove it%0Athe other phrase is at rules/shop.yaml:3:15")


def test_a_path_is_told_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    problem = Problem("E103", "a rule has no key", Place(str(tmp_path / "rules" / "shop.yaml"), 1))
    assert as_github([problem]).startswith("::error file=rules/shop.yaml,line=1,")
    assert '"uri": "rules/shop.yaml"' in json.dumps(as_sarif([problem], [], "1.2.3"))


def test_a_sarif_log_says_the_same() -> None:
    log: Any = as_sarif([WARNING], [(WARNING, "both stand in the guide")], "1.2.3")
    assert json.loads(json.dumps(log)) == log
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == ["W211"]
    assert driver["rules"][0]["name"] == "subsumed-phrase"
    assert driver["rules"][0]["defaultConfiguration"] == {"level": "warning"}
    first, second = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("W211", 0, "warning")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "rules/shop, old.yaml"
    assert place["region"] == {"startLine": 7, "startColumn": 15, "endLine": 7, "endColumn": 24}
    assert first["relatedLocations"][0]["message"]["text"] == "the other phrase"
    assert "suppressions" not in first
    assert second["suppressions"] == [{"kind": "inSource", "justification": "both stand in the guide"}]


RULES = """ruleset: shop
rules:
  - id: asked
    when: {phrase: agent}
    then: handover
    allow: {rule-without-negative-test: the word says it all}
"""


@pytest.mark.parametrize("format", ["text", "json", "sarif", "github"])
def test_every_format_has_the_same_problems(format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(RULES, encoding="utf-8")
    result = CliRunner().invoke(build_app(), ["check", "shop.yaml", "--format", format])
    assert result.exit_code == 0
    assert "W603" in result.output
    assert ("W604" in result.output) is (format in ("json", "sarif"))
    assert ("the word says it all" in result.output) is (format in ("json", "sarif"))
    if format == "text":
        assert re.search(r": 1 warning \(1 warning allowed\)\. `handover explain W603` says more", result.output)


def test_strict_fails_for_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(RULES, encoding="utf-8")
    assert CliRunner().invoke(build_app(), ["check", str(path), "--strict"]).exit_code == 1
    good = RULES + "    tests: [{say: agent, expect: handover}]\n"
    path.write_text(good, encoding="utf-8")
    assert CliRunner().invoke(build_app(), ["check", str(path), "--strict"]).exit_code == 0
