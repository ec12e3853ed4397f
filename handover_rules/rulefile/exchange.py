"""Problems for other programs: GitHub's annotations and SARIF, which code scanners and editors read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from handover_rules.problems import Problem
from handover_rules.rulefile.catalogue import CHECKS
from handover_rules.rulefile.catalogue.check import page
from handover_rules.ruleset import Place

__all__ = ["as_github", "as_sarif"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_github(problems: Iterable[Problem]) -> str:
    """One workflow command a problem, which GitHub shows beside the line of a pull request.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message
    """
    return "\n".join(map(_annotation, problems))


def _annotation(problem: Problem) -> str:
    place = problem.place
    said = problem.message + (f"\nhelp: {problem.hint}" if problem.hint else "")
    if problem.related is not None:
        said += f"\n{problem.related[1]} is at {problem.related[0]}"
    title = f"{problem.code} {CHECKS[problem.code].name}"
    where = {
        "file": _from_here(place.file),
        "line": place.line,
        "endLine": place.line,
        "col": place.column,
        "endColumn": place.column + place.length,
        "title": title,
    }
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in where.items())
    return f"::{problem.severity} {properties}::{_data(said)}"


def _from_here(file: str) -> str:
    """The path from the folder that the command runs in: GitHub and scanners know no other."""
    path = Path(file)
    return (path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path).as_posix()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(problems: Iterable[Problem], allowed: Iterable[tuple[Problem, str]], version: str) -> dict[str, object]:
    """A SARIF 2.1.0 log (OASIS) with one run; what is allowed is a suppressed result with its reason.

    `version` is this program's.
    """
    results = [_result(problem) for problem in problems]
    results += [
        {**_result(problem), "suppressions": [{"kind": "inSource", "justification": reason}]}
        for problem, reason in allowed
    ]
    used = sorted({str(result["ruleId"]) for result in results})
    driver = {"name": "handover check", "semanticVersion": version, "rules": [_rule(code) for code in used]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [{**result, "ruleIndex": used.index(str(result["ruleId"]))} for result in results],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, object]:
    check = CHECKS[code]
    return {
        "id": code,
        "name": check.name,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": " ".join(check.why.split())},
        "help": {"text": page(check), "markdown": page(check)},
        "defaultConfiguration": {"level": check.severity},
        "properties": {"category": check.group},
    }


def _result(problem: Problem) -> dict[str, object]:
    said = problem.message + (f". Help: {problem.hint}" if problem.hint else "")
    result: dict[str, object] = {
        "ruleId": problem.code,
        "level": problem.severity,
        "message": {"text": said},
        "locations": [_location(problem.place)],
    }
    if problem.related is not None:
        place, what = problem.related
        result["relatedLocations"] = [{**_location(place), "message": {"text": what}}]
    return result


def _location(place: Place) -> dict[str, object]:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.line,
        "endColumn": place.column + place.length,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _from_here(place.file)}, "region": region}}
