"""The ledger: what each rule and each phrase is worth on some messages, every figure with its n.

Everything is computed here, once, into plain dataclasses; the terminal and the JSON only render them. All files count
together. Intervals are two-sided 95 % Wilson score intervals; a figure without a denominator is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from eval.dataset import Dataset
from eval.figures.measure import DetectorUse
from eval.figures.metrics import Proportion, wilson
from eval.ledger.costs import distinct_texts, microseconds, pattern_microseconds
from eval.ledger.counting import Counting, Tallies, Tally
from eval.ledger.lists import ENTRIES, list_entries, with_entries
from eval.replay import DEFAULT_NOW, replay
from eval.views import View, left_out
from handover_rules.detectors import Detector
from handover_rules.engine import Engine
from handover_rules.ruleset import Place, Ruleset, Then

__all__ = ["Account", "EntryLine", "Ledger", "LedgerFile", "PhraseLine", "RuleLine", "With", "keep_books"]


@dataclass(frozen=True, slots=True)
class With:
    """The other rule that is most often met, and on how many messages."""

    rule: str
    messages: int


@dataclass(frozen=True, slots=True)
class Account:
    """What a rule or a phrase did.

    `fired`: messages on which the rule certainly fires with the answers that were asked for (a tag: that it was taken);
    those in which the phrase occurs. `decided`: messages that the rule decided; for a phrase those in which it occurs,
    too. `right` and `wrong` are those of `decided` whose label counts: a handover or an offer (`ask`) is right where a
    person is needed, a `stay` where none is. `precision` is over them.

    Without the rule or phrase, all else unchanged: `other_rule` messages would be decided by another rule, or by none,
    and `other_outcome` messages would have another outcome. `caught_alone` positives would be missed and
    `false_alarms_alone` negatives left in peace; `missed_alone` positives would be caught and `spared_alone` negatives
    handed over (what a `stay` or a veto is good for). `recall_lost` is `caught_alone` of all positives. In
    `ai_calls_saved` of the `decided` messages, an AI that was not asked would be.

    `overlaps`: messages on which another rule with the same `then` fires as well (of a phrase: with its rule);
    `conflicts`: one that decides otherwise.
    """

    fired: int
    decided: int
    right: int
    wrong: int
    precision: Proportion | None
    other_rule: int
    other_outcome: int
    caught_alone: int
    missed_alone: int
    false_alarms_alone: int
    spared_alone: int
    recall_lost: Proportion | None
    ai_calls_saved: int
    overlaps: int
    overlaps_most_with: With | None
    conflicts: int
    conflicts_most_with: With | None


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule; `microseconds` is what it costs a message (see `costs`), None where that was not measured."""

    rule: str
    then: Then
    priority: int
    place: Place
    microseconds: float | None
    account: Account


@dataclass(frozen=True, slots=True)
class PhraseLine:
    """One entry of a `phrase:`, `whole:` or `regex:` (that is its `kind`) in a part of a rule.

    `microseconds` as in `RuleLine`.
    """

    rule: str
    part: Literal["when", "unless"]
    kind: str
    text: str
    place: Place
    microseconds: float | None
    account: Account


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry of a named list: `messages` in which it occurs. An entry of a list that no rule uses is not sought."""

    list: str
    text: str
    place: Place
    used: bool
    messages: int


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A file that was read: its path as given, and the SHA-256 (hex) of its content."""

    path: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rules in deciding order, their phrases and the entries of named lists as written.

    `messages` were decided; `positives` and `negatives` are those of them whose label counts in the view. `detectors`
    says what became of the questions that the rules put: where nobody answered, no rule could fire on the answer.
    """

    ruleset: str
    ruleset_hash: str
    view: View
    files: tuple[LedgerFile, ...]
    messages: int
    positives: int
    negatives: int
    detectors: tuple[DetectorUse, ...]
    rules: tuple[RuleLine, ...]
    phrases: tuple[PhraseLine, ...]
    entries: tuple[EntryLine, ...]

    def dead(self) -> Ledger:
        """Only what never fired or occurred."""
        return replace(
            self,
            rules=tuple(line for line in self.rules if not line.account.fired),
            phrases=tuple(line for line in self.phrases if not line.account.fired),
            entries=tuple(line for line in self.entries if not line.messages),
        )

    def only(self, rule: str) -> Ledger:
        """One rule with its phrases."""
        return replace(
            self,
            rules=tuple(line for line in self.rules if line.rule == rule),
            phrases=tuple(line for line in self.phrases if line.rule == rule),
            entries=(),
        )


async def keep_books(
    ruleset: Ruleset,
    dataset: Dataset,
    detectors: Mapping[str, Detector],
    *,
    view: View,
    times: bool,
    now: datetime = DEFAULT_NOW,
    progress: Callable[[int], None] = lambda rows_done: None,
) -> Ledger:
    """Replay a dataset, count what each rule and phrase does, and close the detectors.

    Each message is decided with its true history, as `replay` does. `times`: measure what rules cost, too. Raises what
    a detector raises.
    """
    entries = list_entries(ruleset)
    engine = Engine(with_entries(ruleset, entries))
    sought = [one.number for one in engine.patterns if one.rule == ENTRIES]
    written = [one for one in engine.patterns if one.rule != ENTRIES]
    tallies = Tallies(
        rules={rule.id: Tally() for rule in ruleset.rules},
        patterns={one.number: Tally() for one in written},
        entries=dict.fromkeys(sought, 0),
    )
    try:
        for file in dataset.files:
            labels = {row.id: row.label if left_out(row, view) is None else None for row in file.rows}
            await replay(
                file.rows,
                Counting(engine, detectors, labels, tallies),
                now=now,
                offer_open_for=ruleset.offer_open_for,
                progress=progress,
            )
    finally:
        for detector in detectors.values():
            await detector.close()
    texts = distinct_texts(dataset) if times else []
    costs, pattern_costs = microseconds(ruleset, texts), pattern_microseconds(ruleset, written, texts)
    occurs = iter(tallies.entries[number] for number in sought)
    return Ledger(
        ruleset=ruleset.name,
        ruleset_hash=ruleset.hash,
        view=view,
        files=tuple(LedgerFile(file.path, file.sha256, len(file.rows)) for file in dataset.files),
        messages=tallies.messages,
        positives=tallies.positives,
        negatives=tallies.negatives,
        detectors=tuple(
            _use(name, detector.fingerprint, tallies.answers[name]) for name, detector in sorted(detectors.items())
        ),
        rules=tuple(
            RuleLine(
                rule=rule.id,
                then=rule.then,
                priority=rule.priority,
                place=rule.place,
                microseconds=costs.get(rule.id),
                account=_account(tallies.rules[rule.id], tallies.positives),
            )
            for rule in ruleset.rules
        ),
        phrases=tuple(
            PhraseLine(
                rule=one.rule,
                part=one.part,
                kind=one.kind,
                text=one.text,
                place=one.place,
                microseconds=pattern_costs.get(one.number),
                account=_account(tallies.patterns[one.number], tallies.positives),
            )
            for one in written
        ),
        entries=tuple(
            EntryLine(
                list=entry.list,
                text=entry.source.phrase.source,
                place=entry.source.place,
                used=entry.used,
                messages=next(occurs) if entry.used else 0,
            )
            for entry in entries
        ),
    )


def _account(tally: Tally, positives: int) -> Account:
    return Account(
        fired=tally.fired,
        decided=tally.decided,
        right=tally.right,
        wrong=tally.wrong,
        precision=wilson(tally.right, tally.right + tally.wrong),
        other_rule=tally.other_rule,
        other_outcome=tally.other_outcome,
        caught_alone=tally.caught_alone,
        missed_alone=tally.missed_alone,
        false_alarms_alone=tally.false_alarms_alone,
        spared_alone=tally.spared_alone,
        recall_lost=wilson(tally.caught_alone, positives),
        ai_calls_saved=tally.ai_calls_saved,
        overlaps=tally.overlapping,
        overlaps_most_with=_most(tally.overlaps),
        conflicts=tally.conflicting,
        conflicts_most_with=_most(tally.conflicts),
    )


def _use(name: str, fingerprint: str, answers: Counter[str | None]) -> DetectorUse:
    unavailable = {reason: n for reason, n in answers.items() if reason is not None}
    return DetectorUse(name, fingerprint, answers.total(), answers[None], dict(sorted(unavailable.items())))


def _most(met: Counter[str]) -> With | None:
    """Of equally frequent rules, the first by name: the same in every run."""
    if not met:
        return None
    rule = min(met, key=lambda name: (-met[name], name))
    return With(rule, met[rule])
