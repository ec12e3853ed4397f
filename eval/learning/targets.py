"""Where a new phrase belongs: the list of a rule that already decides about messages of its kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eval.learning.evidence import Heard
from eval.learning.kinds import Kinds
from handover_rules.condition_trees import alternatives, find_rule
from handover_rules.errors import UsageError
from handover_rules.ruleset import Phrases, PhraseSource, Ruleset
from handover_rules.text import Automaton, Entry

__all__ = ["Target", "Targets"]


@dataclass(frozen=True, slots=True)
class Target:
    """A list of phrases: its rule and its last phrase."""

    rule: str
    last: PhraseSource

    @property
    def indent(self) -> int:
        """How many blanks stand before a dash of the list."""
        return max(0, self.last.place.column - 3)


class Targets:
    """The lists that a phrase can be added to, and the kinds of messages (language, category) that each finds."""

    def __init__(self, ruleset: Ruleset, messages: Sequence[Heard], rule_id: str | None) -> None:
        """`rule_id` None: those of every handover rule. Raises UsageError where there is none."""
        rules = [rule for rule in ruleset.rules if rule.then == "handover"]
        if rule_id is not None:
            rules = [find_rule(ruleset, rule_id)]
        self._lists = [
            (rule, one)
            for rule in rules
            for one in alternatives(rule.when)
            if isinstance(one, Phrases) and not one.whole
        ]
        if not self._lists:
            whose = "no handover rule has" if rule_id is None else f"the rule {rule_id!r} does not have"
            raise UsageError(
                f"{whose} a list under `phrase:` that makes it fire by itself; add one, or name another rule"
            )
        self._kinds = self._found(ruleset, messages)

    def best(self, caught: Sequence[Heard]) -> Target:
        """The list that finds most messages of the kinds that a phrase catches; the first list where none does."""
        votes: Counter[int] = Counter()
        for message in caught:
            votes.update(self._kinds.nearest(message.row))
        best = max(range(len(self._lists)), key=lambda number: (votes[number], -number))
        rule, phrases = self._lists[best]
        return Target(rule.id, phrases.phrases[-1])

    def _found(self, ruleset: Ruleset, messages: Sequence[Heard]) -> Kinds[int]:
        """How many messages of each kind that need a person each list finds, by its number."""
        entries = [(number, source.phrase) for number, (_, one) in enumerate(self._lists) for source in one.phrases]
        words = {name: listed.words for name, listed in ruleset.phrases.items()}
        automaton = Automaton([Entry(phrase, whole=False) for _, phrase in entries], words)
        kinds: Kinds[int] = Kinds()
        for message in messages:
            if message.row.label:
                for number in {entries[at][0] for at in automaton.find_tokens(message.tokens)}:
                    kinds.add(number, message.row)
        return kinds
