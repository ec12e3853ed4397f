"""Suggestions in their places: the rule files with the phrases added, and what the ruleset then decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.learning.evidence import Heard
from eval.learning.suggest import Suggestion
from handover_rules.condition_trees import alternatives
from handover_rules.errors import UsageError
from handover_rules.rulefile import examine
from handover_rules.rulefile.edit import Edit, add_phrases
from handover_rules.ruleset import Phrases, Place, Ruleset

__all__ = ["Effect", "Placed", "add_suggestion", "effect", "place"]


@dataclass(frozen=True, slots=True)
class Placed:
    """The ruleset with the phrases in it, and the change of each file, not written yet."""

    ruleset: Ruleset
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """How many more messages are handed over, rightly and wrongly, in both halves together and in the held-out one.

    A phrase can catch less in its place than by itself: `unless` and `stay` rules have their say.
    """

    right: int
    wrong: int
    right_held_out: int
    wrong_held_out: int


def place(path: Path, ruleset: Ruleset, suggestions: Sequence[Suggestion]) -> Placed:
    """Put each phrase behind the last one of its list in the ruleset at `path`; nothing is written.

    Raises RulesetError and UsageError, as `add_phrases` does.
    """
    lists: defaultdict[Place, list[str]] = defaultdict(list)
    for suggestion in suggestions:
        lists[suggestion.target.last.place].append(suggestion.phrase)
    edits: dict[str, Edit] = {}
    # From the end to the beginning, so that no new line moves a place that is still to come.
    for last, phrases in sorted(lists.items(), reverse=True):
        drafts = {name: edit.text for name, edit in edits.items()}
        edits[last.file] = add_phrases(path, last, phrases, drafts=drafts)
        ruleset = edits[last.file].ruleset
    return Placed(ruleset, tuple(edits.values()))


def add_suggestion(path: Path, suggestion: Suggestion, drafts: Mapping[str, str]) -> Edit:
    """Put one phrase behind the same last phrase of its list in the drafts, wherever that stands there now.

    Raises RulesetError where the drafts have errors, UsageError where the list has lost that phrase.
    """
    target = suggestion.target
    examined = examine(path, drafts=drafts)
    rules = () if examined.ruleset is None else examined.ruleset.rules
    for rule in rules:
        for one in alternatives(rule.when) if rule.id == target.rule else ():
            for source in one.phrases if isinstance(one, Phrases) and not one.whole else ():
                if source.phrase == target.last.phrase:
                    return add_phrases(path, source.place, [suggestion.phrase], drafts=drafts)
    if examined.ruleset is None:
        raise UsageError("the text has errors; correct them first")
    raise UsageError(f"the rule {target.rule!r} does not have the phrase `{target.last.phrase.source}` any more")


def effect(before: Sequence[Heard], after: Sequence[Heard]) -> Effect:
    """What the phrases change: the same messages under the ruleset as it is, and with the phrases in it."""
    new = [now for was, now in zip(before, after, strict=True) if now.handover and not was.handover]
    held_out = [one for one in new if one.half == "held out"]
    return Effect(
        right=sum(bool(one.row.label) for one in new),
        wrong=sum(not one.row.label for one in new),
        right_held_out=sum(bool(one.row.label) for one in held_out),
        wrong_held_out=sum(not one.row.label for one in held_out),
    )
