"""Names that are declared and used nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from handover_rules import templates
from handover_rules.condition_trees import conditions, used_lists
from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import Action, Hours, Place, ScoreAtLeast, UnavailableIs

__all__ = ["unused_names"]


class _Declared(Protocol):
    @property
    def place(self) -> Place: ...


def unused_names(subject: Subject) -> Iterator[Problem]:
    """W318: thresholds, detectors, phrase lists, hours, queues and action lists that nothing refers to."""
    ruleset = subject.ruleset
    parts = [condition for rule in ruleset.rules for condition in conditions(rule)]
    scores = [part for part in parts if isinstance(part, ScoreAtLeast)]
    actions = [action for steps in ruleset.actions.values() for action in steps]
    texts = [text for action in actions for text in _texts(action.params)]
    detectors = {score.detector for score in scores}.union(
        *(part.detectors for part in parts if isinstance(part, UnavailableIs)),
        *(templates.check(text, templates.VARIABLES)[1] for text in texts),
    )
    hours = {name for part in parts if isinstance(part, Hours) for name in part.names}
    queues = {rule.settings.queue for rule in ruleset.rules}
    for queue in (str(action.params.get("queue", "")) for action in actions):
        # A template may choose among several that it names, or take the name from elsewhere.
        template = "{" in queue
        anyone = template and not templates.shown(queue) <= {"decision.queue"}
        queues |= {name for name in ruleset.queues if anyone or name == queue or (template and name in queue)}
    yield from _unused("threshold", ruleset.thresholds, {score.threshold for score in scores})
    yield from _unused("detector", ruleset.detectors, detectors)
    yield from _unused("phrase list", ruleset.phrases, used_lists(ruleset))
    if not any(_tells_closed(action) for action in actions):  # what is outside of all hours is closed
        yield from _unused("hours", ruleset.hours, hours)
    yield from _unused("queue", ruleset.queues, queues)
    done = {name for rule in ruleset.rules for name in rule.do}
    for key, _ in subject.section("actions"):
        if key.text not in done:
            yield _problem("action list", key.text, key.place)


def _unused(what: str, declared: Mapping[str, _Declared], used: Iterable[object]) -> Iterator[Problem]:
    for name in declared.keys() - set(used):
        yield _problem(what, name, declared[name].place)


def _problem(what: str, name: str, place: Place) -> Problem:
    message = f"nothing uses the {what} {quoted(name)}"
    return Problem("W318", message, place, "remove it, or use it where it was meant to be used")


def _tells_closed(action: Action) -> bool:
    return action.kind == "reply" and "closed" in action.params


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
