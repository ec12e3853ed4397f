"""What checks look at: the ruleset, its files as nodes, and which phrases find what others find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from handover_rules.condition_trees import conditions
from handover_rules.rulefile import nodes
from handover_rules.ruleset import Phrases, PhraseSource, Place, Rule, Ruleset
from handover_rules.text import Entry, Inclusion

__all__ = ["Pattern", "Subject"]


class Pattern(NamedTuple):
    """A phrase of a rule: `number` is its index in `Subject.inclusion`."""

    number: int
    source: PhraseSource
    whole: bool
    rule: Rule


class Subject:
    """A ruleset that loads, and what is computed about it once for all checks."""

    def __init__(self, ruleset: Ruleset, trees: Iterable[nodes.Node]) -> None:
        self.ruleset = ruleset
        self.trees = [tree for tree in trees if isinstance(tree, nodes.Mapping)]

    @cached_property
    def patterns(self) -> dict[Place, Pattern]:
        """Every phrase of every rule, by its place."""
        found: dict[Place, Pattern] = {}
        for rule in self.ruleset.rules:
            for condition in conditions(rule):
                if isinstance(condition, Phrases):
                    for source in condition.phrases:
                        found[source.place] = Pattern(len(found), source, condition.whole, rule)
        return found

    @cached_property
    def inclusion(self) -> Inclusion:
        """What is known of the languages of all phrases of the rules, by `Pattern.number`."""
        entries = [Entry(pattern.source.phrase, pattern.whole) for pattern in self.patterns.values()]
        return Inclusion(entries, {name: entry.words for name, entry in self.ruleset.phrases.items()})

    @cached_property
    def numbered(self) -> list[Pattern]:
        """The phrases in the order of their `number`."""
        return list(self.patterns.values())

    def section(self, name: str) -> Iterator[tuple[nodes.Scalar, nodes.Node]]:
        """The entries of a section that maps names to things, of all files."""
        for root in self.trees:
            for key, value in root.entries:
                if key.text == name and isinstance(value, nodes.Mapping):
                    yield from value.entries

    def steps(self) -> Iterator[tuple[str, str, nodes.Node]]:
        """Every action as written: the name of the list that it stands in, its kind, and its parameters."""
        for name, steps in self.section("actions"):
            for step in steps.items if isinstance(steps, nodes.Sequence) else ():
                for kind, params in step.entries if isinstance(step, nodes.Mapping) else ():
                    yield name.text, kind.text, params
