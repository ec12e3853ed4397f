"""Templates that can meet a score that nobody gave, and customers' words that leave the house as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from handover_rules import templates
from handover_rules.condition_trees import alternatives
from handover_rules.errors import TemplateFailed
from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.rulefile import nodes
from handover_rules.ruleset import All, Any, Condition, Not, Rule, ScoreAtLeast, UnavailableIs

__all__ = ["raw_texts", "unknown_scores"]

# Actions whose texts other companies' systems keep.
_OUTSIDE = frozenset({"slack.post", "teams.post", "email.send", "webhook.post"})

# A value for every variable: a text, but where a template may calculate.
_OTHERS: Mapping[str, Mapping[str, object]] = {
    "conversation": {"epoch": 1},
    "contact": {"lead_score": 1},
    "rule": {"priority": 1},
    "decision": {"tags": []},
}
_VALUES: Mapping[str, Mapping[str, object]] = {
    owner: dict.fromkeys(fields or (), "text") | dict(_OTHERS.get(owner, {}))
    for owner, fields in templates.VARIABLES.items()
}


class _Template(NamedTuple):
    """A text of an action: the list that it stands in, the action's kind, and the text's node."""

    actions: str
    kind: str
    node: nodes.Scalar

    def problem(self, code: str, message: str, word: str, number: int, hint: str) -> Problem:
        """A problem of the word where it stands for the `number`th time."""
        offset = templates.find(word, self.node.text, number)
        offset = templates.find(word, self.node.text) if offset is None else offset
        place = self.node.place if offset is None else self.node.part(offset, len(word))
        return Problem(code, message, place, hint)


def unknown_scores(subject: Subject) -> Iterator[Problem]:
    """W506: `scores` used without asking whether there is one, and calculations that fail where there is none."""
    for template in _templates(subject):
        users = [rule for rule in subject.ruleset.rules if template.actions in rule.do]
        for name in sorted(subject.ruleset.detectors):
            rule = next((rule for rule in users if not _has_score(rule, name)), None)
            use = templates.unguarded(template.node.text, "scores", name) if rule is not None else None
            if rule is not None and use is not None:
                yield _unknown(template, f"scores.{name}", use, rule)
        rule = next((rule for rule in users if not _has_score(rule, None)), None)
        if rule is not None and "decision.confidence" in template.node.text and _fails_without(subject, template):
            yield _unknown(template, "decision.confidence", 0, rule)


def _unknown(template: _Template, what: str, use: int, rule: Rule) -> Problem:
    message = f"`{what}` is nothing where {quoted(rule.id)} fires without it"
    hint = f"write `{{% if {what} is not none %}} ... {{% endif %}}` around it"
    return template.problem("W506", message, what, use, hint)


def _fails_without(subject: Subject, template: _Template) -> bool:
    """Whether the template is rendered with a confidence, and not without one."""
    return _renders(subject, template, 0.5) and not _renders(subject, template, None)


def _renders(subject: Subject, template: _Template, confidence: float | None) -> bool:
    scores = dict.fromkeys(subject.ruleset.detectors, 0.5)
    values = {**_VALUES, "decision": {**_VALUES["decision"], "confidence": confidence}, "scores": scores}
    try:
        templates.render(template.node.text, values, "")
    except TemplateFailed:
        return False
    return True


def _has_score(rule: Rule, detector: str | None) -> bool:
    """Whether the detector (None: any of them) has given a score wherever the rule fires."""
    vetoes = (veto for entry in rule.unless for veto in alternatives(entry))
    unavailable = (veto for veto in vetoes if isinstance(veto, UnavailableIs))
    return _knows(rule.when, detector) or any(detector in veto.detectors for veto in unavailable)


def _knows(condition: Condition, detector: str | None, value: bool = True) -> bool:
    """Whether the detector (None: any of them) has given a score wherever the condition has that value."""
    match condition:
        case ScoreAtLeast():
            return detector in (None, condition.detector)
        case UnavailableIs():
            return not value and detector in condition.detectors
        case Not():
            return _knows(condition.child, detector, not value)
        case All() | Any():
            every = isinstance(condition, Any) == value
            return (all if every else any)(_knows(child, detector, value) for child in condition.children)
    return False


def raw_texts(subject: Subject) -> Iterator[Problem]:
    """W508: a customer's words in a text for another company's system, with the numbers and addresses in them."""
    for template in _templates(subject):
        outside = template.kind in _OUTSIDE
        use = templates.unfiltered(template.node.text, "message", "text", "redact") if outside else None
        if use is not None:
            message = f"{quoted(template.kind)} sends the customer's words outside as they are"
            hint = "write `{{ message.text | redact }}`: it leaves out e-mail addresses and long numbers"
            yield template.problem("W508", message, "message.text", use, hint)


def _templates(subject: Subject) -> Iterator[_Template]:
    """Every text of every action in which something is filled in."""
    for name, kind, params in subject.steps():
        for node in _scalars(params):
            if "{" in node.text:
                yield _Template(name, kind, node)


def _scalars(node: nodes.Node) -> Iterator[nodes.Scalar]:
    match node:
        case nodes.Scalar():
            yield node
        case nodes.Mapping():
            for _, value in node.entries:
                yield from _scalars(value)
