"""Suggestions for people, as YAML to paste in which all that is said about the phrases is a comment; and as JSON."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from eval.learning.evidence import Half, Heard
from eval.learning.placing import Effect
from eval.learning.suggest import Counted, Suggested, Suggestion
from eval.learning.targets import Target
from eval.output import as_plain
from eval.views import View
from handover_rules.explain_decision import line_of
from handover_rules.rulefile.yaml_text import as_scalar
from handover_rules.ruleset import Ruleset

__all__ = ["Findings", "alarms_in_words", "as_json", "as_text", "caught_in_words", "nothing_in_words"]


_WIDTH = 90


@dataclass(frozen=True, slots=True)
class Findings:
    """What was looked at and what was found. `effect` is None where nothing is proposed or could be put in place."""

    ruleset: Ruleset
    view: View
    messages: Sequence[Heard]
    suggested: Suggested
    effect: Effect | None


def as_text(findings: Findings) -> str:
    """The findings as lines of YAML, of at most 100 columns where phrases are not longer."""
    return "\n".join(_lines(findings))


def as_json(findings: Findings) -> dict[str, object]:
    """The findings as JSON values. Proportions are null where there is nothing to count."""
    missed, needed, left = _totals(findings.messages)
    return as_plain(
        {
            "ruleset": findings.ruleset.name,
            "ruleset_hash": findings.ruleset.hash,
            "view": findings.view,
            "missed": missed,
            "positives": needed,
            "left_to_the_bot": left,
            "patterns_tried": findings.suggested.tried,
            "patterns_unconfirmed": findings.suggested.unconfirmed,
            "suggestions": [_suggestion(one) for one in findings.suggested.suggestions],
            "effect": None if findings.effect is None else asdict(findings.effect),
        }
    )


def _suggestion(suggestion: Suggestion) -> dict[str, object]:
    target = suggestion.target
    return {
        "phrase": suggestion.phrase,
        "rule": target.rule,
        "file": target.last.place.file,
        "line": target.last.place.line,
        "mined": asdict(suggestion.mined),
        "held_out": asdict(suggestion.held_out),
    }


def _lines(findings: Findings) -> Iterator[str]:
    missed, needed, left = _totals(findings.messages)
    suggested = findings.suggested
    yield f"# {findings.ruleset.name} {findings.ruleset.hash}, {findings.view} view"
    yield f"# {missed:,} of {needed:,} messages that need a person are missed; {left:,} are rightly left to the bot."
    if not suggested.suggestions:
        yield from (f"# {line}" for line in textwrap.wrap(nothing_in_words(missed, suggested), _WIDTH))
        return
    yield "# Phrases are mined on one half of the groups of messages and confirmed by the other, held out: only"
    yield "# that half says what a phrase is worth. [ ] are 95 % intervals, of false alarms per 1,000 messages"
    halves = (_half(findings.messages, "mined"), _half(findings.messages, "held out"))
    yield f"# rightly left to the bot: {halves[0]} in the mined half, {halves[1]} in the other."
    lists: defaultdict[Target, list[Suggestion]] = defaultdict(list)
    for suggestion in suggested.suggestions:
        lists[suggestion.target].append(suggestion)
    for target, suggestions in lists.items():
        yield ""
        yield f"# {target.rule}: paste behind {line_of(target.last.place)}"
        indent = " " * target.indent
        for suggestion in suggestions:
            yield f"{indent}# mined: {_counted(suggestion.mined)}"
            yield f"{indent}# held out: {_counted(suggestion.held_out)}"
            yield f"{indent}- {as_scalar(suggestion.phrase, flow=False)}"
    if findings.effect is not None:
        yield ""
        yield from _effect(findings.effect, len(suggested.suggestions))


def _counted(counted: Counted) -> str:
    return f"{caught_in_words(counted)}, {alarms_in_words(counted)}"


def nothing_in_words(missed: int, suggested: Suggested) -> str:
    """Why nothing is proposed, where so many messages were missed."""
    if not missed:
        return "Nothing to propose: no message was missed."
    if not suggested.tried:
        return "Nothing worth proposing: no two groups of missed messages share a telling pattern of words."
    patterns = "the one pattern" if suggested.tried == 1 else f"the {suggested.tried:,} patterns"
    if suggested.unconfirmed:
        it = "it" if suggested.unconfirmed == 1 else "them"
        why = f"{suggested.unconfirmed:,} looked telling in the mined half, and the held-out half did not confirm {it}"
    else:
        why = "none means a person so often that it could not be chance"
    return (
        f"Nothing worth proposing: of {patterns} that missed messages share, {why}. "
        "More labelled messages may show one."
    )


def caught_in_words(counted: Counted) -> str:
    """Such as `3 of 46 missed [2, 18 %] in 3 groups`."""
    missed = counted.caught_of_missed
    if missed is None:
        return "none was missed"
    groups = f"{counted.groups:,} group{'' if counted.groups == 1 else 's'}"
    return f"{missed.hits:,} of {missed.n:,} missed [{100 * missed.low:.0f}, {100 * missed.high:.0f} %] in {groups}"


def alarms_in_words(counted: Counted) -> str:
    """Such as `1 false alarm [0.1, 4.5]`, the interval per 1,000."""
    alarms = counted.false_alarms_per_1000
    if alarms is None:
        return "none was left to the bot"
    return f"{_alarms(alarms.hits)} [{alarms.low:.1f}, {alarms.high:.1f}]"


def _alarms(n: int) -> str:
    return f"{n:,} false alarm{'' if n == 1 else 's'}"


def _effect(effect: Effect, phrases: int) -> Iterator[str]:
    where = "it hands over" if phrases == 1 else "all together they hand over"
    yield f"# In the rules, {where} {effect.right:,} missed messages (held out: {effect.right_held_out:,}),"
    yield f"# with {_alarms(effect.wrong)} (held out: {effect.wrong_held_out:,})."


def _totals(messages: Sequence[Heard]) -> tuple[int, int, int]:
    """How many were missed, how many need a person, how many are rightly left to the bot."""
    missed = sum(message.missed for message in messages)
    return missed, sum(bool(message.row.label) for message in messages), sum(message.left for message in messages)


def _half(messages: Sequence[Heard], half: Half) -> str:
    return f"{sum(message.left for message in messages if message.half == half):,}"
