"""The sweep against the plain way: set the threshold in the rule file, load it, and replay everything again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from eval.dataset import DataFile, Dataset, Row
from eval.deciders import Prediction, RulesetDecider
from eval.figures.curve import Curve, counted
from eval.figures.measure import measure
from eval.figures.metrics import figures
from eval.replay import replay
from eval.sweep import NOT_ASKED, Step, Swept, sweep, uses
from handover_rules.detectors import Query
from handover_rules.engine import Engine
from handover_rules.errors import UsageError
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Score, Signal, Unavailable
from tests.handover_rules.engine import strategies
from tests.handover_rules.engine.building import AI_AND_LOCAL, ruleset_of

Make = Callable[..., Row]


@dataclass(frozen=True)
class Scripted:
    """A detector that says of each text what it was told; it has no answer to any other."""

    name: str
    says: Mapping[str, Signal]
    fingerprint: str = "scripted"
    remote: bool = False

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        return [self.says.get(query.text, Unavailable("not_recorded")) for query in queries]

    async def close(self) -> None:
        pass


def detectors(**says: Mapping[str, float]) -> dict[str, Scripted]:
    return {name: Scripted(name, {text: Score(x) for text, x in texts.items()}) for name, texts in says.items()}


def file_of(*rows: Row) -> DataFile:
    return DataFile("rows.jsonl", "0" * 64, rows)


def swept(ruleset: Ruleset, name: str, said: Mapping[str, Scripted], *rows: Row) -> list[Swept]:
    (found,) = sweep(ruleset, name, Dataset((file_of(*rows),)), said)
    return [one for one in found if one is not None]


# --- by hand --------------------------------------------------------------------------------------

PLAIN = (
    "thresholds: {cut: 0.5}\n"
    + AI_AND_LOCAL
    + """
rules:
  - {id: phrase, priority: 90, when: {phrase: human please}, then: handover}
  - {id: score, when: {score: {of: local, at_least: $cut}}, then: handover}
"""
)


def test_a_message_moves_at_its_own_score_and_a_phrase_never_does(tmp_path: Path, make_row: Make) -> None:
    rows = [make_row("a", "human please"), make_row("b", "maybe"), make_row("c", "silent")]
    phrase, maybe, silent = swept(ruleset_of(PLAIN, tmp_path), "cut", detectors(local={"maybe": 0.4}, ai={}), *rows)
    inf = float("inf")
    assert maybe.steps == (Step(0.4, "handover", "score"), Step(inf, "none", None))
    assert (maybe.at(0.4).handover, maybe.at(0.4000001).handover) == (True, False)
    assert (maybe.scores, maybe.no_score) == ({"local": 0.4}, None)
    assert (phrase.steps, phrase.no_score) == ((Step(inf, "handover", "phrase"),), NOT_ASKED)
    assert (silent.steps, silent.no_score) == ((Step(inf, "none", None),), "not_recorded")


def test_a_detector_that_is_first_asked_behind_its_own_score(tmp_path: Path, make_row: Make) -> None:
    # Below 0.6 the local model decides and nobody asks the AI; above it, the AI's 0.3 is below the threshold as well.
    ruleset = ruleset_of(
        "thresholds: {cut: 0.5}\n"
        + AI_AND_LOCAL
        + """
rules:
  - {id: local, when: {score: {of: local, at_least: $cut}}, then: handover}
  - {id: ai, priority: 40, when: {score: {of: ai, at_least: $cut}}, then: handover}
""",
        tmp_path,
    )
    said = detectors(local={"a": 0.6, "b": 0.6, "c": 0.6}, ai={"a": 0.3, "b": 0.8, "c": 0.6})
    one, other, same = swept(ruleset, "cut", said, *(make_row(text, text) for text in "abc"))
    assert [(step.up_to, step.rule) for step in one.steps] == [(0.6, "local"), (float("inf"), None)]
    assert same.steps == one.steps
    assert [(step.up_to, step.rule) for step in other.steps] == [(0.6, "local"), (0.8, "ai"), (float("inf"), None)]


def test_counts_flips_and_plateaus(tmp_path: Path, make_row: Make) -> None:
    rows = [
        make_row("1", "human please", 1),
        make_row("2", "often", 1),
        make_row("3", "seldom", 1),
        make_row("4", "rarely", 0),
        make_row("5", "never", 0),
        make_row("6", "often", None),
        make_row("7", "often", 0, ambiguous=True),
    ]
    said = detectors(local={"often": 0.8, "seldom": 0.3, "rarely": 0.4, "never": 0.0}, ai={})
    found = swept(ruleset_of(PLAIN, tmp_path), "cut", said, *rows)
    messages = counted(file_of(*rows), found, "strict")
    curve = Curve(messages)
    assert [message.row.id for message in messages] == ["1", "2", "3", "4", "5"]
    table = curve.table()
    assert table["threshold"].tolist() == [0.0, 0.3, 0.4, 0.8, 1.0]
    assert table[["tp", "fp", "fn", "tn"]].to_numpy().tolist() == [
        [3, 2, 0, 0],
        [3, 1, 0, 1],
        [2, 1, 1, 1],
        [2, 0, 1, 2],
        [1, 0, 2, 2],
    ]
    assert [messages[number].row.id for number in curve.flips(0.5, 0.35)] == ["4"]
    assert [messages[number].row.id for number in curve.flips(0.2, 0.9)] == ["2", "3", "4"]
    assert (curve.plateau(0.5), curve.plateau(0.0), curve.plateau(0.95)) == ((0.4, 0.8), (0.0, 0.0), (0.8, 1.0))
    assert curve.rising().tolist() == []


def test_a_use_that_is_not_monotone_is_found(tmp_path: Path, make_row: Make) -> None:
    ruleset = ruleset_of(
        "thresholds: {cut: 0.5}\n"
        + AI_AND_LOCAL
        + """
rules:
  - id: only
    when: {any: [{phrase: person}, {score: {of: local, at_least: $cut}}]}
    unless: [{all: [{phrase: person}, {score: {of: local, at_least: $cut}}]}]
    then: handover
""",
        tmp_path,
    )
    rows = [make_row("a", "a person", 1), make_row("b", "b", 1)]
    messages = counted(
        file_of(*rows), swept(ruleset, "cut", detectors(local={"a person": 0.7, "b": 0.2}), *rows), "strict"
    )
    assert [messages[number].row.id for number in Curve(messages).rising()] == ["a"]


def test_no_messages_give_figures_without_a_value() -> None:
    table = Curve([]).table()
    assert table["tp"].tolist() == [0, 0]
    assert table[["precision", "recall", "f1", "false_alarms", "precision_low"]].isna().all(axis=None)


def test_uses_are_found_in_every_condition_and_a_threshold_without_one_is_refused(tmp_path: Path) -> None:
    ruleset = ruleset_of(
        "thresholds: {cut: 0.5, idle: 0.5}\n"
        + AI_AND_LOCAL
        + """
rules:
  - id: first
    priority: 90
    when: {all: [{score: {of: ai, at_least: $cut}}, {not: {score: {of: local, at_least: $cut}}}]}
    then: handover
  - {id: second, when: {phrase: a}, unless: [{score: {of: ai, at_least: $cut}}], then: handover}
""",
        tmp_path,
    )
    assert [(rule.id, score.detector) for rule, score in uses(ruleset, "cut")] == [
        ("first", "ai"),
        ("first", "local"),
        ("second", "ai"),
    ]
    with pytest.raises(UsageError, match=r"no rule compares a score with \$idle; thresholds that rules use: cut"):
        sweep(ruleset, "idle", Dataset(()), {})


# --- against the plain way ------------------------------------------------------------------------


def two_thresholds(rng: Random) -> dict[str, Any]:
    """A random ruleset with a second threshold, and scores compared more often with a name than with a number."""
    data = strategies.ruleset_data(rng)
    data["thresholds"]["other"] = rng.choice(strategies.BOUNDS)

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"of", "at_least"}:
            return {"of": value["of"], "at_least": rng.choice(("$cut", "$cut", "$other", value["at_least"]))}
        return {key: named(item) for key, item in value.items()}

    data["rules"] = named(data["rules"])
    return data


def talks(rng: Random) -> list[Row]:
    """Labelled messages, alone and in conversations with a bot that fails and people who take over."""
    rows: list[Row] = []
    for number in range(rng.randint(3, 8)):
        for turn in range(rng.choice((1, 1, 3, 5))):
            speaker = rng.choices(("customer", "bot", "human"), (6, 3, 0.3))[0]
            rows.append(
                Row(
                    id=f"{number}:{turn}",
                    text=f"{strategies.text(rng)} {number}",
                    label=rng.choice((0, 1, 1, None)),
                    conversation_id=str(number),
                    turn=turn,
                    speaker=speaker,  # type: ignore[arg-type]
                    bot_failed=speaker == "bot" and rng.random() < 0.7,
                    bot_offered=speaker == "bot" and rng.random() < 0.3,
                    language=rng.choice(("en", "es", None)),
                    channel=rng.choice(("whatsapp", "web", None)),
                    sent_at=None,
                    category=None,
                    source=None,
                    source_label=None,
                    split=None,
                    group="g",
                    ambiguous=rng.random() < 0.2,
                )
            )
    return rows


def scripted(rng: Random, rows: Sequence[Row]) -> dict[str, Scripted]:
    """Detectors with scores on the bounds and between them, and some messages that they have no answer to."""
    return {
        name: Scripted(
            name,
            {row.text: Score(rng.choice((*strategies.SCORES, rng.random()))) for row in rows if rng.random() < 0.8},
        )
        for name in strategies.DETECTORS
    }


def plainly(
    data: dict[str, Any], threshold: float, folder: Path, said: Mapping[str, Scripted], rows: Sequence[Row]
) -> tuple[Prediction | None, ...]:
    """What a ruleset decides in whose file the threshold `cut` has that value."""
    ruleset = strategies.load({**data, "thresholds": {**data["thresholds"], "cut": threshold}}, folder)
    return asyncio.run(replay(rows, RulesetDecider(Engine(ruleset), said)))


@given(seed=strategies.seeded(lambda rng: rng))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_a_sweep_decides_as_the_ruleset_with_that_threshold(tmp_path: Path, seed: Random) -> None:
    data, rows = two_thresholds(seed), talks(seed)
    said, ruleset, file = scripted(seed, rows), strategies.load(data, tmp_path), file_of(*rows)
    if not uses(ruleset, "cut"):
        return
    (found,) = sweep(ruleset, "cut", Dataset((file,)), said)
    curve = Curve(counted(file, found, "strict"))
    table = curve.table().set_index("threshold")
    scores = {score for one in found if one is not None for score in one.scores.values()}
    for threshold in (0.0, 0.5, 0.50000001, 1.0, seed.random(), *seed.sample(sorted(scores), min(3, len(scores)))):
        expected = plainly(data, threshold, tmp_path, said, rows)
        decided = [one and (one.at(threshold).outcome, one.at(threshold).rule) for one in found]
        assert decided == [one and (one.outcome, one.rule) for one in expected]
        report = measure(file, expected, "strict", {})
        assert curve.counts(threshold) == report.figures.counts
        assert int(curve.handover(threshold).sum()) == report.figures.counts.tp + report.figures.counts.fp
        # The very figures of the report, intervals and all; in the table as if all messages were independent.
        assert curve.figures(threshold) == report.figures
        independent = figures(report.figures.counts)
        row = table.loc[threshold:].iloc[0]
        for name in ("precision", "recall", "f1", "false_alarms"):
            figure = getattr(independent, name)
            shown = (row[name], row[f"{name}_low"], row[f"{name}_high"])
            assert shown == (
                (figure.value, figure.low, figure.high) if figure else pytest.approx((float("nan"),) * 3, nan_ok=True)
            )
