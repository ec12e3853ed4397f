"""The entries of named phrase lists, sought by a rule that is added: so the one scan finds them too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from handover_rules.condition_trees import used_lists
from handover_rules.ruleset import Phrases, PhraseSource, Place, Rule, Ruleset, Settings

__all__ = ["ENTRIES", "ListEntry", "list_entries", "with_entries"]

# No id that a rule file can have.
ENTRIES = "(list entries)"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of a named list; `used`: as `used_lists` says."""

    list: str
    source: PhraseSource
    used: bool


def list_entries(ruleset: Ruleset) -> tuple[ListEntry, ...]:
    """The entries of all named lists, as written."""
    used = used_lists(ruleset)
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
