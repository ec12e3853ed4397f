"""The result of gates as JUnit XML: a suite for each gate, a case for each requirement.

What is worse is a failure; what the data cannot say is skipped, and says why. Attributes and times are as in
`handover_rules.ruletests.junit`.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from eval.gate.judging import Check, GateReport, Kept
from eval.gate.wording import check_line, why_not_passed
from handover_rules.ruletests.junit import xml_text

__all__ = ["to_junit"]


def to_junit(report: GateReport) -> bytes:
    """The XML, in UTF-8."""
    file = xml_text(report.gates_file)
    root = Element("testsuites", {"name": file, **_counts(check for gate in report.gates for check in gate.checks)})
    for gate in report.gates:
        suite = SubElement(root, "testsuite", {"name": gate.name, "file": file, **_counts(gate.checks)})
        for check in gate.checks:
            _add_case(suite, file, gate.name, check, why_not_passed(check, gate.fewest))
    indent(root)
    xml: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _add_case(suite: Element, file: str, gate: str, check: Check, why: str | None) -> None:
    line = check_line(check)
    place = (check.floor if isinstance(check, Kept) else check.margin).place
    attributes = {"classname": gate, "name": f"{line.figure} {line.required}", "file": file, "line": str(place.line)}
    case = SubElement(suite, "testcase", {**attributes, "time": "0"})
    if why is not None and check.verdict == "worse":
        SubElement(case, "failure", {"type": "worse", "message": why}).text = why
    elif why is not None:
        SubElement(case, "skipped", {"message": f"{check.verdict}: {why}"})


def _counts(checks: Iterable[Check]) -> dict[str, str]:
    verdicts = [check.verdict for check in checks]
    failures, skipped = verdicts.count("worse"), verdicts.count("not enough data to say")
    return {"tests": str(len(verdicts)), "failures": str(failures), "errors": "0", "skipped": str(skipped), "time": "0"}
