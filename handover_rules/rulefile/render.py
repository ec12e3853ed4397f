"""Problems as text with a caret under what is meant, and as JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from handover_rules.problems import Problem, visible
from handover_rules.rulefile.source import Source
from handover_rules.ruleset import Place

__all__ = ["as_json", "as_text", "summary"]

_WIDEST = 110


def as_text(problems: Iterable[Problem], sources: Mapping[str, Source]) -> str:
    """Every problem as a block: what is wrong, `file:line:column`, the line with a caret, what to write instead."""
    return "\n\n".join("\n".join(_block(problem, sources)) for problem in problems)


def as_json(problems: Iterable[Problem]) -> list[dict[str, object]]:
    """Every problem as a JSON object; lines and columns count from 1."""
    return [
        {
            "code": problem.code,
            "severity": problem.severity,
            "rule": problem.rule or None,
            "message": problem.message,
            **_place(problem.place),
            "hint": problem.hint or None,
            "related": {**_place(problem.related[0]), "what": problem.related[1]} if problem.related else None,
        }
        for problem in problems
    ]


def summary(problems: Iterable[Problem]) -> str:
    """How many errors and warnings there are, in words."""
    severities = [problem.severity for problem in problems]
    counts = [(severities.count(severity), severity) for severity in ("error", "warning")]
    return ", ".join(f"{count} {word}{'s' if count != 1 else ''}" for count, word in counts if count) or "no problems"


def _place(place: Place) -> dict[str, object]:
    return {"file": place.file, "line": place.line, "column": place.column, "length": place.length}


def _block(problem: Problem, sources: Mapping[str, Source]) -> Iterator[str]:
    yield f"{problem.severity}[{_code(problem)}]: {problem.message}"
    yield f"  --> {problem.place}"
    yield from _excerpt(problem.place, sources)
    if problem.related is not None:
        place, what = problem.related
        yield f"  {what} is at {place}"
    if problem.hint:
        yield f"  help: {problem.hint}"


def _code(problem: Problem) -> str:
    """The code, and the name by which a warning is switched off."""
    if problem.severity == "error":
        return problem.code
    from handover_rules.rulefile.catalogue import CHECKS

    return f"{problem.code} {CHECKS[problem.code].name}"


def _excerpt(place: Place, sources: Mapping[str, Source]) -> Iterator[str]:
    source = sources.get(place.file)
    line = source.line(place.line) if source is not None else ""
    if not line.strip():
        return
    column, length = place.column - 1, place.length
    start = max(0, column - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = visible(line[start : start + _WIDEST].replace("\t", " "))
    column -= start
    margin = " " * len(str(place.line))
    yield f"  {margin} |"
    yield f"  {place.line} | {shown}"
    before, meant = shown[:column], shown[column : column + length]
    yield f"  {margin} | {' ' * _width(before)}{'^' * max(1, _width(meant))}"


def _width(text: str) -> int:
    """Columns of a terminal: wide East Asian characters take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.category(char) in ("Mn", "Me", "Cf") for char in text)
