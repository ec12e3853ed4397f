"""What a terminal, a pull request and a CI system get to see of the same gates.

After a wanted change, `pytest tests/eval/gate --regenerate` writes the golden files anew: review their diff.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len
from typer.testing import Result

from eval.program import program
from handover_rules.rulefile import load_ruleset
from tests.eval.gate.conftest import many

Write = Callable[..., Path]
Run = Callable[..., Result]

GOLDEN = Path(__file__).parent / "golden"

GATES = """
answers: offline
gates:
  - name: requests
    data: data/en.jsonl
    view: explicit
    recall: {at_least: 0.85}
    precision: {at_least: 0.9}
    false_alarms: {at_most: 5}
    no_worse: {recall: 0.02, false_alarms: 0.002}
  - name: spanish
    data: data/es.jsonl
    view: strict
    recall: {at_least: 0.6}
    false_alarms: {at_most: 5}
    no_worse: {recall: 0.02, false_alarms: 0.002}
  - name: patterns-alone-in-a-gate-with-a-long-name
    data: data
    view: strict
    detector: patterns
    recall: {at_least: 0.5}
"""


@pytest.fixture
def shown(gates: Write, messages: Write, run: Run) -> dict[str, str]:
    """Golden file -> what was written: every verdict, on floors and on changes, and messages that are new."""
    gates(GATES)
    rows = [*many(1, "human", 70), *many(1, "clerk", 10), *many(1, "somebody", 30), *many(0, "hello", 200)]
    messages([*rows, *many(0, "a teacher", 2)])
    few = [*many(1, "human", 3), *many(0, "hola", 40)]
    messages(few, "es.jsonl")
    assert run("--record", "--ruleset", "before").exit_code == 0
    messages([*few, *many(0, "clerk", 2)], "es.jsonl")
    result = run("--markdown", "gate.md", "--junit", "gates.xml", "--json", "gate.json")
    assert result.exit_code == 1, result.output
    found = {"terminal.txt": re.sub(r" +$", "", result.stdout, flags=re.MULTILINE)}
    found |= {name: Path(name).read_text(encoding="utf-8") for name in ("gate.md", "gates.xml", "gate.json")}
    return {name: text.replace(program(), "PROGRAM") for name, text in found.items()}


@pytest.mark.parametrize("name", ["terminal.txt", "gate.md", "gates.xml"])
def test_a_reader_is_shown_what_the_golden_file_says(
    name: str, shown: dict[str, str], request: pytest.FixtureRequest
) -> None:
    said = shown[name]
    for ruleset in ("before", "rules"):
        said = said.replace(load_ruleset(ruleset).hash, f"HASH-{ruleset}")
    if request.config.getoption("--regenerate"):
        (GOLDEN / name).write_text(said, encoding="utf-8")
    assert said == (GOLDEN / name).read_text(encoding="utf-8")


def test_the_table_fits_80_columns(shown: dict[str, str]) -> None:
    table = shown["terminal.txt"].split("\n\n")[1].splitlines()
    assert table[0].startswith("gate")
    assert max(map(cell_len, table)) <= 80


def test_all_show_the_same(shown: dict[str, str]) -> None:
    report = json.loads(shown["gate.json"])
    checks = [(gate["name"], check) for gate in report["gates"] for check in gate["checks"]]
    rows = [line.strip("| ").split(" | ") for line in shown["gate.md"].splitlines() if line.startswith("| ")][2:]
    cases = ElementTree.fromstring(shown["gates.xml"].encode()).findall("*/testcase")
    assert len(checks) == len(rows) == len(cases) == 10
    for (gate, check), row, case in zip(checks, rows, cases, strict=True):
        assert row[0] == case.attrib["classname"] == gate
        assert case.attrib["name"] == f"{row[1]} {row[5]}"
        assert row[6].strip("*") == check["verdict"]
        if "floor" in check:
            digits = 1 if check["floor"]["figure"] == "false_alarms" else 3
            assert row[2] == f"{check['figure']['value']:.{digits}f}"
            assert row[4] == str(check["figure"]["n"])
        else:
            assert row[4] == str(check["judgement"]["paired"]["n"])
        children = {"worse": ["failure"], "not enough data to say": ["skipped"]}.get(check["verdict"], [])
        assert [child.tag for child in case] == children
        assert all(child.attrib["message"] for child in case)
    verdicts = {check["verdict"] for _, check in checks}
    assert verdicts == {"passed", "no worse", "worse", "not enough data to say"}


def test_counts_of_the_xml_are_those_of_its_cases(shown: dict[str, str]) -> None:
    root = ElementTree.fromstring(shown["gates.xml"].encode())
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert element.attrib["tests"] == str(len(cases))
        for attribute, tag in (("failures", "failure"), ("skipped", "skipped")):
            assert element.attrib[attribute] == str(sum(case.find(tag) is not None for case in cases))


def test_the_path_of_a_gates_file_is_escaped(gates: Write, messages: Write, run: Run) -> None:
    path = gates("gates:\n  - {name: a, data: data, view: strict, recall: {at_least: 1}}\n", 'eval/a<&"\x01.yaml')
    messages(many(1, "human", 20))
    assert run("--gates", path, "--junit", "gates.xml").exit_code == 0
    assert ElementTree.parse("gates.xml").getroot().attrib["name"] == 'eval/a<&"\\x01.yaml'


def test_the_same_inputs_give_the_same_reports(shown: dict[str, str], run: Run) -> None:
    again = run("--markdown", "-", "--junit", "again.xml", "--json", "again.json")
    assert again.stdout.replace(program(), "PROGRAM") == shown["gate.md"]
    assert Path("again.xml").read_text(encoding="utf-8").replace(program(), "PROGRAM") == shown["gates.xml"]
    assert Path("again.json").read_text(encoding="utf-8").replace(program(), "PROGRAM") == shown["gate.json"]


def test_ids_and_texts_stay_out_of_all_of_them(gates: Write, messages: Write, run: Run) -> None:
    gates("gates:\n  - {name: a, data: data, view: strict, recall: {at_least: 1}}\n")
    messages([{**row, "id": f"+49 170 12345{number}"} for number, row in enumerate(many(1, "call 0170 777777", 30))])
    result = run("--markdown", "gate.md", "--junit", "gates.xml", "--json", "gate.json")
    assert result.exit_code == 1
    for text in (result.output, *(Path(name).read_text("utf-8") for name in ("gate.md", "gates.xml", "gate.json"))):
        assert "12345" not in text
        assert "777777" not in text
