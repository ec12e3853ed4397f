"""A rule test made of a message: one that is typed, or a labelled one with what was said before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from eval.dataset import DataFile
from handover_rules.condition_trees import conditions
from handover_rules.errors import UsageError
from handover_rules.messages import encodable
from handover_rules.problems import did_you_mean
from handover_rules.ruleset import BeforeTurn, Channel, Given, Hours, Lang, Place, Rule, Ruleset, RuleTest
from handover_rules.templates import redact

__all__ = ["PRIVATE", "Expected", "find_row", "is_private", "labelled_test", "typed_test", "with_given"]

Expected: TypeAlias = Literal["handover", "ask", "stay", "none"]

PRIVATE = "the test holds a number or an address: replace it before you commit"

_NEW = Place("")
_EXAMPLES = {"lang": "lang=de", "channel": "channel=whatsapp"}  # of circumstances that are no scores


def typed_test(text: str, expect: Expected) -> RuleTest:
    """A test of a message that begins a conversation. Raises UsageError where the message is empty."""
    if not text.strip():
        raise UsageError("the message is empty; say what the customer writes")
    return RuleTest(encodable(text), Given(), expect, None, _NEW)


def labelled_test(
    ruleset: Ruleset, rule: Rule, file: DataFile, number: int, expect: Expected | None = None
) -> RuleTest:
    """A test of the row of that number, with what was said before it.

    `expect` None: what its label says, which is this rule's own outcome or a handover where a person is needed. Its
    language, channel and time are given where a rule looks at them. Raises UsageError where a test cannot say it.
    """
    earlier, row = file.before(number), file.rows[number]
    if row.speaker != "customer":
        raise UsageError(f"row {row.id} is not said by the customer, so nothing is decided about it")
    if any(one.speaker == "human" for one in earlier):
        raise UsageError(f"row {row.id} is said to a person who had taken over, so nothing is decided about it")
    if expect is None:
        if row.label is None:
            raise UsageError(f"row {row.id} has no label; say what to expect with --expect")
        expect = "none" if not row.label else "ask" if rule.then == "ask" else "handover"
    looked_at = {type(condition) for one in ruleset.rules for condition in conditions(one)}
    local = row.sent_at and row.sent_at.astimezone(ZoneInfo(ruleset.time_zone)).replace(tzinfo=None)
    given = Given(
        lang=row.language.lower() if row.language and Lang in looked_at else None,
        channel=row.channel if Channel in looked_at else None,
        now=local.isoformat(" ", "minutes") if local and Hours in looked_at else None,
        before=tuple(
            BeforeTurn("customer" if one.speaker == "customer" else "bot", one.text, one.bot_failed) for one in earlier
        ),
        offered=bool(earlier) and earlier[-1].bot_offered,
    )
    return RuleTest(row.text, given, expect, None, _NEW)


def with_given(test: RuleTest, ruleset: Ruleset, given: Sequence[str]) -> RuleTest:
    """The test with circumstances such as `ai=0.2`, `ai=unavailable`, `ai=unknown`, `lang=de`, `channel=whatsapp`.

    Raises UsageError for one that is something else.
    """
    for text in given:
        name, _, value = text.partition("=")
        if name not in (known := [*ruleset.detectors, *_EXAMPLES]):
            raise UsageError(f"--given {text}: expected NAME=VALUE; {did_you_mean(name, known)}")
        if not value:
            example = _EXAMPLES.get(name, f"{name}=0.2, {name}=unavailable or {name}=unknown")
            raise UsageError(f"--given {text}: expected NAME=VALUE, such as {example}")
        if name == "lang":
            test = replace(test, given=replace(test.given, lang=value))
        elif name == "channel":
            test = replace(test, given=replace(test.given, channel=value))
        else:
            test = replace(test, given=_with_score(test.given, name, value))
    return test


def is_private(test: RuleTest) -> bool:
    """Whether a message of the test, or one before it, holds what `redact` hides: an address, an account, a number."""
    return any(redact(text) != text for text in (test.say, *(turn.text for turn in test.given.before)))


def _with_score(given: Given, name: str, value: str) -> Given:
    if value == "unknown":
        return replace(given, unknown=given.unknown | {name})
    try:
        score = None if value == "unavailable" else float(value)
    except ValueError:
        score = -1
    if score is not None and not 0 <= score <= 1:
        raise UsageError(f"--given {name}={value}: expected a score from 0 to 1, `unavailable` or `unknown`")
    return replace(given, signals={**given.signals, name: score})


def find_row(file: DataFile, row_id: str) -> int:
    """The number of the row with this id. Raises UsageError where there is none."""
    for number, row in enumerate(file.rows):
        if row.id == row_id:
            return number
    raise UsageError(f"{file.path} has no row with the id {row_id!r}")
