"""The entries of named phrase lists, sought by a rule that is added: so the one scan finds them too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from handover_rules.condition_trees import conditions
from handover_rules.ruleset import AcceptedOffer, Phrases, PhraseSource, Place, Rule, Ruleset, Settings
from handover_rules.text import Phrase, lists

__all__ = ["ENTRIES", "ListEntry", "list_entries", "with_entries"]

# No id that a rule file can have.
ENTRIES = "(list entries)"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of a named list; `used`: a phrase of a rule refers to the list, itself or by way of other lists."""

    list: str
    source: PhraseSource
    used: bool


def list_entries(ruleset: Ruleset) -> tuple[ListEntry, ...]:
    """The entries of all named lists, as written."""
    used = _used_lists(ruleset)
    return tuple(
        ListEntry(name, source, name in used) for name, words in ruleset.phrases.items() for source in words.phrases
    )


def with_entries(ruleset: Ruleset, entries: Iterable[ListEntry]) -> Ruleset:
    """The ruleset with one more rule, `ENTRIES`, that has all used entries as phrases, in their order.

    It decides nothing and changes nothing: a tag without settings or actions, and every word of a used list is known
    already. Words of unused lists are not, and could change what is read as a typo of what.
    """
    sources = tuple(entry.source for entry in entries if entry.used)
    if not sources:
        return ruleset
    place = Place(ENTRIES)
    when = Phrases(sources, False, place)
    rule = Rule(ENTRIES, 0, when, (), "tag", Settings(), (), "", "", (), (), place)
    return replace(ruleset, rules=(*ruleset.rules, rule))


def _used_lists(ruleset: Ruleset) -> set[str]:
    written = [condition for rule in ruleset.rules for condition in conditions(rule)]
    phrases = [source for condition in written if isinstance(condition, Phrases) for source in condition.phrases]
    if any(isinstance(condition, AcceptedOffer) for condition in written):
        phrases += ruleset.yes
    used: set[str] = set()
    waiting = _names(source.phrase for source in phrases)
    while waiting:
        used |= waiting
        waiting = _names(source.phrase for name in waiting for source in ruleset.phrases[name].phrases) - used
    return used


def _names(phrases: Iterable[Phrase]) -> set[str]:
    return {name for phrase in phrases for name, _ in lists(phrase)}
