"""Test results as JUnit XML, as Jenkins, GitLab and the report actions of GitHub read it.

There is no standard; the attributes here are those that all of them read: a suite's `tests`, `failures`, `errors`,
`skipped` and `time`, and a case's `classname`, `name`, `file`, `line` and `time`. Times are 0, so that the same
results are the same file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from handover_rules.ruletests.runner import TestResult

__all__ = ["as_junit", "xml_text"]

# What XML 1.0 cannot hold, not even as a reference: control characters, surrogates and two that are none.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(ruleset: str, results: Sequence[TestResult], explained: Sequence[str]) -> bytes:
    """The XML, in UTF-8: a suite for each rule file, a case for each test, of the class of its rule.

    `ruleset` is its name; `explained` has for each result what is to be known of its failure, "" where it passed.
    """
    root = Element("testsuites", {"name": xml_text(ruleset), **_counts(results)})
    files = dict.fromkeys(result.test.place.file for result in results)
    for file in files:
        own = [one for one in zip(results, explained, strict=True) if one[0].test.place.file == file]
        counts = _counts([result for result, _ in own])
        suite = SubElement(root, "testsuite", {"name": xml_text(file), "file": xml_text(file), **counts})
        named: Counter[tuple[str, str]] = Counter()
        for result, explanation in own:
            name = xml_text(result.test.say)
            named[result.rule.id, name] += 1
            again = named[result.rule.id, name]
            _add_case(suite, f"{name} ({again})" if again > 1 else name, result, explanation)
    indent(root)
    xml: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _add_case(suite: Element, name: str, result: TestResult, explanation: str) -> None:
    place = result.test.place
    attributes = {"classname": result.rule.id, "name": name, "file": xml_text(place.file), "line": str(place.line)}
    case = SubElement(suite, "testcase", {**attributes, "time": "0"})
    if not result.passed:
        failure = SubElement(case, "failure", {"type": "failed", "message": xml_text(result.failure)})
        failure.text = xml_text(explanation)


def _counts(results: Sequence[TestResult]) -> dict[str, str]:
    failures = sum(not result.passed for result in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": "0", "skipped": "0", "time": "0"}


def xml_text(text: str) -> str:
    """The text with what XML cannot hold written as `\\\\x00`."""
    return _NOT_XML.sub(lambda found: ascii(found[0])[1:-1], text)
