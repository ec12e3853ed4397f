"""Running every check over rules that load, and leaving out what their authors have allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from handover_rules.lint.characters import characters, stretched_words
from handover_rules.lint.names import unused_names
from handover_rules.lint.offers import lonely_offers
from handover_rules.lint.order import overruled
from handover_rules.lint.repetition import repeated_phrases
from handover_rules.lint.replies import missing_languages, unknown_languages
from handover_rules.lint.ruletests import untested
from handover_rules.lint.spending import costs, dear_before_free
from handover_rules.lint.subject import Subject
from handover_rules.lint.templates import raw_texts, unknown_scores
from handover_rules.lint.thresholds import chosen_by_another, goals
from handover_rules.lint.truth import never_or_always
from handover_rules.lint.values import changed_values
from handover_rules.lint.vetoes import stay_before_request
from handover_rules.problems import Problem, one_line, quoted
from handover_rules.rulefile import Examined
from handover_rules.rulefile.catalogue import CHECKS
from handover_rules.ruleset import Allowed

__all__ = ["Linted", "lint"]

_CHECKS: tuple[Callable[[Subject], Iterator[Problem]], ...] = (
    changed_values,
    characters,
    repeated_phrases,
    stretched_words,
    never_or_always,
    overruled,
    stay_before_request,
    dear_before_free,
    lonely_offers,
    unused_names,
    unknown_languages,
    goals,
    chosen_by_another,
    costs,
    unknown_scores,
    missing_languages,
    raw_texts,
    untested,
)


_UNUSED = "unused-allow"


class Linted(NamedTuple):
    """What is to be shown, and what was found but is allowed, each with the reason that the author gave."""

    problems: tuple[Problem, ...]
    allowed: tuple[tuple[Problem, str], ...]


def lint(examined: Examined) -> Linted:
    """All problems of rule files: those that reading them found and, where they load, those of every check.

    Problems are in the order of their places. An `allow` in a rule is about that rule's warnings, one at the top level
    about all.
    """
    if examined.ruleset is None:
        return Linted(examined.problems, ())
    subject = Subject(examined.ruleset, examined.trees)
    found = [*examined.problems, *(_on_one_line(problem) for check in _CHECKS for problem in check(subject))]
    problems, allowed = _sorted_out(subject, _told_once(found))
    return Linted(tuple(sorted(problems, key=_order)), tuple(sorted(allowed, key=lambda pair: _order(pair[0]))))


def _told_once(found: list[Problem]) -> list[Problem]:
    """Without what follows from another problem: a rule that cannot fire is late as well, and one that never decides
    costs nothing."""
    impossible = {problem.rule for problem in found if problem.code == "W310"}
    late = {problem.place for problem in found if problem.code == "W312"}
    return [
        problem
        for problem in dict.fromkeys(found)
        if not (problem.code == "W312" and problem.rule in impossible)
        and not (problem.code == "W316" and problem.related is not None and problem.related[0] in late)
    ]


def _sorted_out(subject: Subject, found: list[Problem]) -> tuple[list[Problem], list[tuple[Problem, str]]]:
    """The problems that are to be shown, and those that are allowed with the reasons."""
    everywhere = {allowed.check: allowed for allowed in subject.ruleset.allow}
    by_rule = {rule.id: {allowed.check: allowed for allowed in rule.allow} for rule in subject.ruleset.rules}
    used: set[Allowed] = set()
    problems: list[Problem] = []
    passed: list[tuple[Problem, str]] = []

    def sort(problem: Problem) -> None:
        name = CHECKS[problem.code].name
        allowed = by_rule.get(problem.rule, {}).get(name) or everywhere.get(name)
        if allowed is None or problem.severity == "error":
            problems.append(problem)
        else:
            used.add(allowed)
            passed.append((problem, allowed.reason))

    for problem in found:
        sort(problem)
    written = [(allowed, rule) for rule, allows in [*by_rule.items(), ("", everywhere)] for allowed in allows.values()]
    # What switches off this very check is judged when all others are, and not by itself.
    for allowed, rule in written:
        if allowed not in used and allowed.check != _UNUSED:
            sort(_unused(allowed, rule))
    problems += [_unused(*one) for one in written if one[0] not in used and one[0].check == _UNUSED]
    return problems, passed


def _unused(allowed: Allowed, rule: str) -> Problem:
    message = f"`allow` switches off {quoted(allowed.check)}, and nothing is left for it to switch off"
    return Problem("W319", message, allowed.place, "remove it, so that it hides nothing later", rule=rule)


def _on_one_line(problem: Problem) -> Problem:
    return replace(problem, message=one_line(problem.message), hint=one_line(problem.hint))


def _order(problem: Problem) -> tuple[object, str]:
    return problem.place, problem.code
