"""What the page *Threshold* says in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from eval.figures.curve import SweptMessage
from eval.sweep import NOT_ASKED
from eval.views import View
from handover_rules.detectors import REASONS
from handover_rules.ruleset import Rule, ScoreAtLeast, Threshold

__all__ = [
    "CURVE",
    "NOTHING_NAMED",
    "PLATEAUS",
    "flips",
    "not_monotone",
    "nothing_moves",
    "plateau",
    "purpose",
    "too_little",
    "value_text",
    "what_to_write",
    "where_to_write",
    "without_a_score",
]

NOTHING_NAMED = (
    "No rule of this ruleset compares a score with a named threshold, so there is nothing to move. Name one under "
    "`thresholds:`, such as `ai: 0.7`, and compare with it in a rule: `score: {of: ai, at_least: $ai}`."
)
CURVE = (
    "Every point is the whole ruleset at one value of the threshold. The band is the 95 % Wilson interval of precision."
)
PLATEAUS = (
    "Bands are 95 % Wilson intervals. Where the lines are flat the value hardly matters: in the middle of such a "
    "stretch it is safest from a detector that changes a little."
)


def purpose(threshold: Threshold, uses: Sequence[tuple[Rule, ScoreAtLeast]]) -> str:
    """What the threshold is compared with, and where."""
    places = dict.fromkeys(
        f"the score of `{score.detector}` in `{rule.id}` ({score.place.file}:{score.place.line})"
        for rule, score in uses
    )
    value = value_text(threshold.value)
    return f"In the ruleset `${threshold.name}` is **{value}**. Compared with it: {', '.join(places)}."


def too_little(messages: Sequence[SweptMessage], view: View) -> str | None:
    """Why there are no figures; None where there are."""
    labels = Counter(message.row.label for message in messages)
    if not labels:
        return (
            f"No message counts in the view `{view}`: rows need a `label`, 1 where a person should take over and 0 "
            f"where not. Choose other messages or another view on the left."
        )
    if not labels[1]:
        return (
            f"Of the {_messages(labels[0])} that count none needs a person (`label` 1), so recall cannot be told. "
            f"Choose messages of both kinds."
        )
    if not labels[0]:
        return (
            f"All {_messages(labels[1])} that count need a person, so no handover can be wrong. "
            f"Choose messages of both kinds, some with `label` 0."
        )
    return None


def without_a_score(messages: Sequence[SweptMessage]) -> str:
    """How many messages have no score to compare, and why: no threshold moves those."""
    reasons = Counter(message.swept.no_score for message in messages)
    scored = reasons.pop(None, 0)
    if not reasons:
        return f"All {_messages(scored)} that count have a score to compare."
    count = _messages(len(messages))
    lines = [
        f"Of {count} that count, **{scored:,} {'has' if scored == 1 else 'have'} a score to compare**. "
        f"The others do not move, whatever the threshold:"
        if scored
        else f"**None of {count} that count has a score to compare**, so no threshold moves them:"
    ]
    for reason, number in reasons.most_common():
        meaning = (
            "The rules decide without the score, so nobody asks for it."
            if reason == NOT_ASKED
            else REASONS.get(str(reason), "The detector did not answer.")
        )
        lines.append(f"- {number:,} `{reason}`: {meaning}")
    return "\n".join(lines)


def nothing_moves(threshold: Threshold) -> str:
    """No value changes anything."""
    return (
        f"With these messages every value of `${threshold.name}` hands over the same ones, so there is no curve. "
        f"Where the AI's answers are missing, `handover eval FILE` with a key asks for them and records them."
    )


def not_monotone(threshold: Threshold, rising: Sequence[SweptMessage]) -> str:
    """A higher threshold hands some messages over that a lower one does not."""
    return (
        f"A higher `${threshold.name}` does not only take handovers away: it *adds* {_messages(len(rising))} "
        f"(the first is `{rising[0].row.id}`). The score is compared under a `not` or an `unless`, or in a rule that "
        f"keeps messages from one that hands over. So the curves may turn back: do not judge by their ends."
    )


def plateau(after: float, up_to: float) -> str:
    """Between which values no handover changes."""
    start = f"above {value_text(after)}" if after > 0 else "from 0"
    return f"Every value {start} up to {value_text(up_to)} hands over the same messages."


def flips(messages: Sequence[SweptMessage], now: float, at: float, listed: int) -> str:
    """How many messages flip, and how many of them for the better."""
    if not messages:
        return "No message: " + ("the slider is where the ruleset is." if now == at else "all are decided alike.")
    better = sum(message.swept.at(at).handover == (message.row.label == 1) for message in messages)
    text = (
        f"{_messages(len(messages))} between {value_text(now)} in the ruleset and {value_text(at)} at the slider: "
        f"**{better:,} for the better, {len(messages) - better:,} for the worse**."
    )
    if len(messages) <= listed:
        return text
    return f"{text} The {listed:,} nearest to the ruleset's value are listed, {len(messages) - listed:,} more are not."


def where_to_write(threshold: Threshold) -> str:
    """Where the ruleset's value stands, and what else belongs to it."""
    text = f"Write this under `thresholds:` in `{threshold.place.file}`, line {threshold.place.line}:"
    if threshold.goal or threshold.low95 or threshold.data or threshold.detector:
        text = f"`goal`, `low95`, `data` and `detector` of the old value do not hold for this one. {text}"
    if threshold.env:
        text = f"Where the variable `{threshold.env}` is set, it wins over the file. {text}"
    return text


def what_to_write(threshold: Threshold, at: float) -> str:
    """The line of YAML."""
    env = f", env: {threshold.env}" if threshold.env else ""
    return f"{threshold.name}: {{value: {value_text(at)}{env}}}"


def value_text(value: float) -> str:
    """A threshold's value with all the digits that it has, and no more."""
    return f"{value:.10g}"


def _messages(count: int) -> str:
    return f"{count:,} message{'' if count == 1 else 's'}"
