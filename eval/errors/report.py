"""Wrong decisions and suspicious labels for people, in a terminal, and for programs, as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from eval.dataset import DataFile, Row
from eval.errors.explained import Explained, decided
from eval.errors.find import Errors
from eval.errors.suspicious import Doubts, Suspicious
from eval.report import on_trial
from handover_rules.problems import one_line
from handover_rules.templates import redact

__all__ = ["Subject", "errors_json", "how_doubted", "print_errors", "print_suspicious", "suspicious_json"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who decided: a ruleset's name and hash, and what of it was on trial, as in `eval.figures.measure.Report`."""

    ruleset: str
    ruleset_hash: str
    detector: str | None
    bound: float | None


def print_errors(subject: Subject, errors: Errors, most: int, console: Console) -> None:
    """Print how many are wrong, and at most so many of each kind."""
    decides = on_trial(subject.detector, subject.bound)
    title = f"{subject.ruleset} {subject.ruleset_hash}: {decides}; {errors.view} view"
    console.print(Text(title, style="bold"))
    alarms = f"{errors.false_alarms:,} false alarm{'' if errors.false_alarms == 1 else 's'}"
    console.print(Text(f"{_many(errors.counted)} counted: {errors.missed:,} missed, {alarms}"))
    if errors.no_answer:
        console.print(Text(f"no answer: {errors.no_answer:,} more, neither right nor wrong"))
    for kind in ("missed", "false alarm"):
        found = [one for one in errors.listed if one.wrong.kind == kind]
        if found:
            _print_list(f"{kind}: {len(found):,}", map(_error, found[:most]), len(found) - most, console)


def print_suspicious(doubts: Doubts, most: int, console: Console) -> None:
    """Print at most so many messages whose label is probably wrong."""
    found = doubts.suspicious
    title = f"{_many(doubts.n)}, {len(found):,} with a suspicious label; {doubts.view} view"
    console.print(Text(title, style="bold"))
    console.print(Text(how_doubted(doubts)))
    if found:
        _print_list("the strongest disagreement first", map(_doubt, found[:most]), len(found) - most, console)


def how_doubted(doubts: Doubts) -> str:
    """What makes a label suspicious, in words, and that it may be right all the same."""
    positive, negative = f"{doubts.positive_from:.3f}", f"{doubts.negative_up_to:.3f}"
    return (
        f"Scored by models that did not see them: sure that a person is needed from {positive} on, and that nobody "
        f"is up to {negative}. Models err: read a message before you change its label."
    )


def errors_json(subject: Subject, errors: Errors) -> dict[str, object]:
    """All that are listed, in their order; texts and ids as the data have them."""
    return {
        "ruleset": subject.ruleset,
        "ruleset_hash": subject.ruleset_hash,
        "detector": subject.detector,
        "bound": subject.bound,
        "view": errors.view,
        "counted": errors.counted,
        "no_answer": errors.no_answer,
        "missed": errors.missed,
        "false_alarms": errors.false_alarms,
        "errors": [
            _message(one.wrong.file, one.wrong.row)
            | {
                "kind": one.wrong.kind,
                "decided": one.wrong.said.outcome,
                "rule": one.wrong.said.rule,
                "why": one.why,
                "scores": dict(one.scores),
            }
            for one in errors.listed
        ],
    }


def suspicious_json(doubts: Doubts) -> dict[str, object]:
    """As `errors_json`; `score` is out of fold."""
    return {
        "view": doubts.view,
        "judged": doubts.n,
        "positive_from": doubts.positive_from,
        "negative_up_to": doubts.negative_up_to,
        "suspicious": [_message(one.file, one.row) | {"score": one.score} for one in doubts.suspicious],
    }


def _message(file: DataFile, row: Row) -> dict[str, object]:
    return {
        "file": file.path,
        "line": row.line,
        "id": row.id,
        "text": row.text,
        "label": row.label,
        "language": row.language,
        "category": row.category,
    }


def _print_list(title: str, messages: Iterable[Iterator[str]], left: int, console: Console) -> None:
    console.print(Rule(Text(title), align="left", style="dim"))
    for head, *lines in messages:
        console.print(Text(head, overflow="fold"))
        for line in lines:
            console.print(Padding(Text(line, overflow="fold"), (0, 0, 0, 4), expand=False))
    if left > 0:
        console.print(Text(f"and {left:,} more; --most shows more, --json and --export have all"))


def _error(one: Explained) -> Iterator[str]:
    yield _place(one.wrong.file, one.wrong.row)
    yield one_line(redact(one.wrong.row.text))
    yield decided(one.wrong.said, one_line(one.why))
    if one.scores:
        yield "scores: " + ", ".join(f"{name} {score:.3f}" for name, score in one.scores.items())


def _doubt(one: Suspicious) -> Iterator[str]:
    yield _place(one.file, one.row)
    yield one_line(redact(one.row.text))
    yield f"label {one.row.label}, out-of-fold score {one.score:.3f}"


def _place(file: DataFile, row: Row) -> str:
    """Where a message stands and what is known of it. Its id may hold a phone number."""
    known = (redact(row.id), row.language, row.category)
    return "  ".join([f"{file.path}:{row.line}", *(part for part in known if part)])


def _many(n: int) -> str:
    return f"{n:,} message{'' if n == 1 else 's'}"
