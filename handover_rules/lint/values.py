"""Values without quotes that other programs read otherwise than this one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.parts import id_of

__all__ = ["changed_values"]

# What YAML 1.1 (PyYAML, many editors and scripts) turns into something that is written otherwise:
# https://yaml.org/type/bool.html, int.html and float.html.
_CHANGED = re.compile(
    r"""(?P<flag>y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)
    |(?P<octal>[-+]?0[0-7_]+)
    |(?P<sexagesimal>[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)
    |(?P<grouped>[-+]?[1-9][0-9]*(_[0-9]+)+)
    |(?P<number>\+[0-9]+(\.[0-9]*)?|[-+]?0x[0-9a-fA-F]+)""",
    re.VERBOSE,
)
_READ_AS = {
    "flag": "true or false",
    "octal": "an octal number",
    "sexagesimal": "a number of seconds",
    "grouped": "a number without `_`",
    "number": "a number",
}
# Times of a day stand without quotes: the grammar of hours says what they are.
_TIMES = frozenset({"from", "to"})
# Whole numbers and scores: there only another number is another reading.
_NUMBERS = frozenset(
    {"priority", "cost", "typos", "at_least", "within_turns", "add_score", "value", "low95", "high95"}
    | {"timeout_ms", "max_retries", "max_concurrency"}
)
# `offers: {yes: ...}` is a key of the grammar.
_KEYS = frozenset({"yes"})


def changed_values(subject: Subject) -> Iterator[Problem]:
    """W120: words and numbers that YAML 1.1 readers turn into something else."""
    for root in subject.trees:
        for key, value in root.entries:
            if key.text != "rules" or not isinstance(value, nodes.Sequence):
                yield from _within(value, "")
                continue
            for item in value.items:
                name = id_of(item)
                yield from _within(item, name.text if name is not None else "")


def _within(node: nodes.Node, rule: str, key: str = "") -> Iterator[Problem]:
    """The problems of a value that stands under the key."""
    match node:
        case nodes.Scalar() if key not in _TIMES:
            yield from _changed(node, rule, number=key in _NUMBERS)
        case nodes.Sequence():
            for item in node.items:
                yield from _within(item, rule)
        case nodes.Mapping():
            for name, value in node.entries:
                if name.text not in _KEYS:
                    yield from _changed(name, rule)
                yield from _within(value, rule, name.text)


def _changed(scalar: nodes.Scalar, rule: str, *, number: bool = False) -> Iterator[Problem]:
    found = _CHANGED.fullmatch(scalar.text) if scalar.plain and len(scalar.text) < 20 else None
    if found is None or found.lastgroup is None or (number and found.lastgroup == "number"):
        return
    message = f"{quoted(scalar.text)} without quotes is {_READ_AS[found.lastgroup]} to readers of YAML 1.1"
    meant = f"`{int(scalar.text)}`" if number and found.lastgroup == "octal" else f'"{scalar.text}"'
    hint = f"write {meant}, so that editors and scripts read it as it stands here"
    yield Problem("W120", message, scalar.place, hint, rule=rule)
