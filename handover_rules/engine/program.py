"""A ruleset compiled for deciding: one scan for all patterns, rules found by what the scan hit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import re2

from handover_rules import ruleset as model
from handover_rules.conversation import ConversationState
from handover_rules.engine import leaves
from handover_rules.engine.conditions import AllOf, AnyOf, Condition, NotThat
from handover_rules.engine.facts import Facts
from handover_rules.engine.kleene import TRUE
from handover_rules.messages import Message
from handover_rules.regexes import regex_options
from handover_rules.ruleset import PhraseSource, Place, Rule, Ruleset
from handover_rules.text import Automaton, Entry

__all__ = ["MAYBE", "NO", "YES", "CompiledRule", "Program"]

NO, MAYBE, YES = 0, 1, 2


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its conditions compiled. `order` is its place among all rules, first decides."""

    order: int
    rule: Rule
    when: Condition
    unless: tuple[Condition, ...]

    def fires(self, facts: Facts) -> int:
        """YES, NO, or MAYBE while a pending detector can still decide it. Unknown neither fires nor vetoes."""
        value = self.when.value(facts)
        if not value & TRUE:
            return NO
        certain = value == TRUE
        for veto in self.unless:
            value = veto.value(facts)
            if value == TRUE:
                return NO
            certain = certain and not value & TRUE
        return YES if certain else MAYBE

    def waiting(self, facts: Facts) -> frozenset[str]:
        """The pending detectors that can still decide whether the rule fires."""
        waiting = self.when.waiting(facts, TRUE)
        for veto in self.unless:
            waiting |= veto.waiting(facts, TRUE)
        return waiting


class Program:
    """What is computed once for a ruleset and never changes."""

    __slots__ = ("_always", "_automaton", "_by_pattern", "_leaf_of", "_regexes", "_zone", "rules")

    def __init__(self, ruleset: Ruleset) -> None:
        compiler = _Compiler(ruleset)
        self.rules = tuple(compiler.rule(order, rule) for order, rule in enumerate(ruleset.rules))
        self._automaton = compiler.automaton()
        self._regexes = compiler.regex_set()
        # Patterns are numbered phrases first, then regexes; several belong to one condition.
        self._leaf_of = (*compiler.phrase_leaves, *compiler.regex_leaves)
        self._zone = ZoneInfo(ruleset.time_zone)
        self._always: list[int] = []
        self._by_pattern: dict[int, list[int]] = {}
        for compiled in self.rules:
            guards = compiled.when.guards()
            if guards is None:
                self._always.append(compiled.order)
            else:
                for pattern in guards:
                    self._by_pattern.setdefault(pattern, []).append(compiled.order)

    def scan(self, message: Message, state: ConversationState, now: datetime) -> Facts:
        """The facts about a message, with every pattern that occurs in it."""
        facts = Facts(message, state, now, self._zone)
        matched: Sequence[int] = self._automaton.find(message.text)
        if self._regexes is not None:
            offset = len(self._leaf_of) - self._regexes[1]
            # RE2 gives None where nothing matched, else in any order; a trace names the first that is written.
            found = sorted(self._regexes[0].Match(facts.nfc) or ())
            matched = [*matched, *(offset + index for index in found)]
        if matched:
            leaf_of = self._leaf_of
            facts.matched = matched
            facts.hits = {leaf_of[index] for index in matched}
        return facts

    def without_pattern(self, facts: Facts, number: int) -> Facts:
        """The facts before any signal was revealed, as if the pattern of that number did not occur."""
        fewer = facts.unanswered()
        fewer.matched = [index for index in facts.matched if index != number]
        fewer.hits = {self._leaf_of[index] for index in fewer.matched}
        return fewer

    def candidates(self, facts: Facts) -> list[CompiledRule]:
        """The rules that can fire, in deciding order: those with a pattern that was hit, and those that need none."""
        if not facts.hits:
            return [self.rules[order] for order in self._always]
        orders = set(self._always)
        for pattern in facts.hits:
            orders.update(self._by_pattern.get(pattern, ()))
        return [self.rules[order] for order in sorted(orders)]


class _Compiler:
    """Turns conditions into their compiled form and gathers all patterns on the way."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.leaf_count = 0
        self.entries: list[Entry] = []
        self.phrase_leaves: list[int] = []
        self.regexes: list[str] = []
        self.regex_leaves: list[int] = []
        self.regex_patterns: list[tuple[leaves.Pattern, tuple[tuple[str, Place], ...]]] = []
        self.offer_leaf: int | None = None

    def rule(self, order: int, rule: Rule) -> CompiledRule:
        return CompiledRule(order, rule, self.condition(rule.when), tuple(self.condition(veto) for veto in rule.unless))

    def condition(self, condition: model.Condition) -> Condition:
        match condition:
            case model.All(children, place):
                return AllOf(tuple(self.condition(child) for child in children), place)
            case model.Any(children, place):
                return AnyOf(tuple(self.condition(child) for child in children), place)
            case model.Not(child, place):
                return NotThat(self.condition(child), place)
            case model.Phrases(phrases, whole, place):
                leaf = self.new_leaf()
                sources = self.add_phrases(phrases, whole, leaf)
                return leaves.Pattern(leaf, "whole" if whole else "phrase", sources, place)
            case model.Regex(patterns, place):
                return self.regex(patterns, place)
            case model.ScoreAtLeast():
                return leaves.ScoreLeaf(condition)
            case model.UnavailableIs():
                return leaves.UnavailableLeaf(condition)
            case model.Failures():
                return leaves.Failures(condition)
            case model.Repeats():
                return leaves.Repeats(condition)
            case model.Turns():
                return leaves.Turns(condition)
            case model.AcceptedOffer(place):
                if self.offer_leaf is None:
                    self.offer_leaf = self.new_leaf()
                    self.add_phrases(self.ruleset.yes, True, self.offer_leaf)
                return leaves.AcceptedOffer(self.offer_leaf, place)
            case model.Hours(names, place):
                return leaves.Hours([self.ruleset.hours[name] for name in names], place)
            case model.Lang():
                return leaves.Lang(condition)
            case model.Channel():
                return leaves.Channel(condition)
            case model.Customer():
                return leaves.Customer(condition)
            case model.Field():
                return leaves.Field(condition)

    def new_leaf(self) -> int:
        self.leaf_count += 1
        return self.leaf_count - 1

    def add_phrases(self, phrases: Sequence[PhraseSource], whole: bool, leaf: int) -> dict[int, tuple[str, Place]]:
        sources = {}
        for source in phrases:
            sources[len(self.entries)] = (source.phrase.source, source.place)
            self.entries.append(Entry(source.phrase, whole))
            self.phrase_leaves.append(leaf)
        return sources

    def regex(self, patterns: tuple[tuple[str, Place], ...], place: Place) -> leaves.Pattern:
        pattern = leaves.Pattern(self.new_leaf(), "regex", {}, place)
        self.regex_patterns.append((pattern, patterns))
        return pattern

    def automaton(self) -> Automaton:
        """The automaton of all phrases. Regexes are numbered behind its entries, so it is asked for first."""
        return Automaton(self.entries, {name: entry.words for name, entry in self.ruleset.phrases.items()})

    def regex_set(self) -> tuple[re2.Set, int] | None:
        """All regexes as one set, and how many there are; None where there are none."""
        if not self.regex_patterns:
            return None
        regexes = re2.Set.SearchSet(regex_options())
        for pattern, sources in self.regex_patterns:
            for text, place in sources:
                pattern.sources[len(self.entries) + len(self.regex_leaves)] = (text, place)
                self.regex_leaves.append(pattern.id)
                regexes.Add(text)
        regexes.Compile()
        return regexes, len(self.regex_leaves)
