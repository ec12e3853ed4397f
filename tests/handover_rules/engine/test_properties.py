"""The engine against the naive one, on random rulesets, conversations, messages and signals."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from handover_rules.decision import ConditionTrace, Decision, Needs
from handover_rules.engine import Engine
from handover_rules.ruleset import Condition, Rule
from handover_rules.signals import Signal, Unavailable
from tests.handover_rules.engine import strategies
from tests.handover_rules.engine.naive import Case, Heard, NaiveEngine, adds, detectors_of, fires, leaves
from tests.handover_rules.engine.strategies import Situation, situations

# The same examples on every run: a failure is a change of the code, not luck.
FIXED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],  # a seed does not shrink
    print_blob=False,
    report_multiple_bugs=False,
)
SITUATIONS = situations(5)
COMPLETE = situations(8, silent=0)


def decide(engine: Engine, situation: Situation, signals: Heard | None = None, trace: bool = False) -> Decision | Needs:
    given_ = situation.signals if signals is None else signals
    return engine.decide(situation.message, situation.state, now=situation.now, signals=given_, trace=trace)


def naively(naive: NaiveEngine, situation: Situation) -> Decision | Needs:
    return naive.decide(situation.message, situation.state, situation.now, situation.signals)


def case_of(naive: NaiveEngine, situation: Situation) -> Case:
    return Case(naive, situation.message, situation.state.at(situation.now), situation.now)


@given(data=strategies.RULESETS, asked=SITUATIONS)
@settings(FIXED, max_examples=1_000)
def test_decisions_are_those_of_the_naive_engine(tmp_path: Path, data: dict[str, Any], asked: list[Situation]) -> None:
    ruleset = strategies.load(data, tmp_path)
    engine, naive = Engine(ruleset), NaiveEngine(ruleset)
    for situation in asked:
        decision = decide(engine, situation)
        assert decision == naively(naive, situation)
        assert decision == decide(engine, situation)


@given(data=strategies.RULESETS, asked=COMPLETE)
@settings(FIXED, max_examples=80)
def test_signals_may_arrive_in_any_order(tmp_path: Path, data: dict[str, Any], asked: list[Situation]) -> None:
    engine = Engine(strategies.load(data, tmp_path))
    for situation in asked:
        expected = decide(engine, situation)
        assert isinstance(expected, Decision)
        for order in permutations(situation.signals):
            known: dict[str, Signal] = {}
            certain: Decision | None = None
            for name in order:
                result = decide(engine, situation, known)
                if isinstance(result, Decision):
                    certain = result
                assert certain is None or result == certain == expected
                known[name] = situation.signals[name]


@given(data=strategies.RULESETS, asked=COMPLETE, extra=st.sets(st.sampled_from(strategies.DETECTORS)))
@settings(FIXED, max_examples=80)
def test_the_asking_loop_ends_at_the_same_decision(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation], extra: set[str]
) -> None:
    engine = Engine(strategies.load(data, tmp_path))
    for situation in asked:
        for pick in (0, -1):  # the detector that was asked for first, or against all advice the last one
            known = {name: situation.signals[name] for name in extra}
            case = engine.open(situation.message, situation.state, now=situation.now)
            while isinstance(result := case.decide(known), Needs):
                assert result == decide(engine, situation, known)
                name = result.detectors[pick]
                assert name not in known
                known[name] = situation.signals[name]
            assert result == decide(engine, situation)
            assert set(result.asked) <= set(known)


@given(data=strategies.RULESETS, asked=COMPLETE)
@settings(FIXED, max_examples=80)
def test_unasked_answers_would_have_changed_nothing(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation]
) -> None:
    """What comes of a message is what comes of it with every detector asked."""
    ruleset = strategies.load(data, tmp_path)
    engine, naive = Engine(ruleset), NaiveEngine(ruleset)
    for situation in asked:
        decision = decide(engine, situation)
        if situation.state.at(situation.now).owner == "human":
            continue
        everything = naive.decided(case_of(naive, situation), dict(situation.signals))
        assert isinstance(decision, Decision)
        assert replace(decision, confidence=None, asked=()) == replace(everything, confidence=None, asked=())


@given(data=strategies.RULESETS, asked=SITUATIONS)
@settings(FIXED, max_examples=80)
def test_patterns_alone_decide_as_with_every_detector_down(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation]
) -> None:
    engine = Engine(strategies.load(data, tmp_path))
    down = {name: Unavailable("patterns_only") for name in engine.ruleset.detectors}
    for situation in asked:
        expected = decide(engine, situation, down)
        assert isinstance(expected, Decision)
        case = engine.open(situation.message, situation.state, now=situation.now)
        assert case.by_patterns() == expected.outcome
        result = case.decide(situation.signals)
        assert case.by_patterns() == expected.outcome
        assert case.decide(situation.signals) == result


@given(data=strategies.RULESETS, asked=SITUATIONS)
@settings(FIXED, max_examples=300)
def test_only_detectors_that_can_change_something_are_asked(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation]
) -> None:
    """Against all worlds of all rules together, where the naive engine looks at one rule at a time."""
    ruleset = strategies.load(data, tmp_path)
    engine, naive = Engine(ruleset), NaiveEngine(ruleset)
    for situation in asked:
        result = decide(engine, situation)
        if isinstance(result, Needs):
            case = case_of(naive, situation)
            used = {name: situation.signals[name] for name in heard_before(naive, situation)}
            changing = detectors_that_change(case, naive, used)
            if changing is not None:
                assert set(result.detectors) <= changing


def heard_before(naive: NaiveEngine, situation: Situation) -> list[str]:
    """The detectors that were used before one was missing."""
    case = case_of(naive, situation)
    heard: dict[str, Signal] = {}
    while (name := min(case.needed(heard), key=naive.cheapest.__getitem__)) in situation.signals:
        heard[name] = situation.signals[name]
    return list(heard)


MAX_WORLDS = 3**6


def detectors_that_change(case: Case, naive: NaiveEngine, heard: Heard) -> set[str] | None:
    """Pending detectors with a condition that, alone, changes the deciding rule or a handover's tags in some world.

    None where there are too many worlds to try.
    """
    conditions = tuple(part for rule in naive.rules for part in (rule.when, *rule.unless))
    pending = [leaf for part in conditions for leaf in leaves(part) if len(case.possible(leaf, heard)) > 1]
    if 3 ** len(pending) > MAX_WORLDS:
        return None

    def result(world: dict[int, bool | None]) -> tuple[str | None, tuple[str, ...]]:
        fired = [rule for rule in naive.rules if fires(rule, case.look(heard, world))]
        winner: Rule | None = next((rule for rule in fired if rule.then != "tag"), None)
        tags = tuple(rule.id for rule in fired if rule.then == "tag" and adds(rule))
        return (winner.id, tags if winner.then == "handover" else ()) if winner else (None, ())

    results = {tuple(world.items()): result(world) for world in case.worlds(conditions, heard)}
    changing: set[str] = set()
    for leaf in pending:
        for world, value in product(results, case.possible(leaf, heard)):
            if results[tuple({**dict(world), id(leaf): value}.items())] != results[world]:
                changing.update(name for name in detectors_of(leaf) if name not in heard)
    return changing


NAMES = {
    frozenset({True}): "true",
    frozenset({False}): "false",
    frozenset({None}): "unknown",
}


@given(data=strategies.RULESETS, asked=COMPLETE)
@settings(FIXED, max_examples=80)
def test_a_trace_changes_nothing_and_has_the_values_of_the_naive_engine(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation]
) -> None:
    ruleset = strategies.load(data, tmp_path)
    engine, naive = Engine(ruleset), NaiveEngine(ruleset)
    for situation in asked:
        plain, decision = decide(engine, situation), decide(engine, situation, trace=True)
        assert isinstance(decision, Decision)
        assert plain == replace(decision, trace=None)
        assert decision.trace is not None
        if situation.state.at(situation.now).owner == "human":
            assert decision.trace == ()
            continue
        case = case_of(naive, situation)
        heard = {name: situation.signals[name] for name in decision.asked}
        assert [rule.rule for rule in decision.trace] == [rule.id for rule in naive.rules]
        for traced, rule in zip(decision.trace, naive.rules, strict=True):
            check_values(traced.when, rule.when, case, heard)
            for veto, condition in zip(traced.unless, rule.unless, strict=True):
                check_values(veto, condition, case, heard)
            if rule.then == "tag":
                assert traced.fired == (rule.id in decision.tags)
            else:
                assert traced.fired == (case.outcomes(rule, heard) == {True})
            assert traced.value == traced.when.value
            assert traced.place == rule.place
            assert traced.because in all_of(traced.when) or any(
                traced.because in all_of(veto) for veto in traced.unless
            )


def check_values(traced: ConditionTrace, condition: Condition, case: Case, heard: Heard) -> None:
    """Every condition of a trace has the value that the naive engine gives it."""
    assert traced.value == NAMES.get(frozenset(case.values(condition, heard)), "not_asked")
    children: Any = getattr(condition, "children", None) or ([condition.child] if hasattr(condition, "child") else [])
    for child_traced, child in zip(traced.children, children, strict=True):
        check_values(child_traced, child, case, heard)


def all_of(traced: ConditionTrace) -> Iterator[ConditionTrace]:
    yield traced
    for child in traced.children:
        yield from all_of(child)


@given(data=strategies.RULESETS, asked=situations(50))
@settings(FIXED, max_examples=15)
def test_threads_share_an_engine_and_agree(tmp_path: Path, data: dict[str, Any], asked: list[Situation]) -> None:
    ruleset = strategies.load(data, tmp_path)
    expected = [decide(Engine(ruleset), situation, trace=True) for situation in asked]
    shared = Engine(ruleset)

    def work(_: int) -> list[Decision | Needs]:
        return [decide(shared, situation, trace=True) for situation in asked]

    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(work, range(4)):
            assert found == expected
