"""`make bench`: microseconds a message, on distinct messages, each fed once, beside other engines in the same run.

Absolute figures depend on the machine; the ratios to the other engines, measured minutes apart on the same messages,
depend on it little. Nothing here is asserted but that all engines decide alike.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, quantiles
from typing import TypeVar

from eval.dataset import read_rows
from handover_rules import Engine, Message, load_ruleset
from handover_rules.decision import Decision
from handover_rules.lint import lint
from handover_rules.rulefile import examine
from handover_rules.signals import Signal, Unavailable
from handover_rules.text import tokens
from tests.benchmarks import diff_speed, eval_speed
from tests.benchmarks.peers import PEERS
from tests.benchmarks.workload import as_yaml, plain_rules, read_messages, written_rules

T = TypeVar("T")

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
RULES, PHRASES = 1_000, 10_000
# The other engines take milliseconds a message with this many rules, so they get fewer of them.
PEER_MESSAGES = 60


def main() -> None:
    """Run every benchmark and print its line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path, help="JSON Lines files with messages")
    parser.add_argument("--ruleset", type=Path, default=Path("rules"))
    arguments = parser.parse_args()
    messages = read_messages(arguments.data)
    print(f"{len(messages)} distinct messages, {fmean(len(m.text) for m in messages):.0f} characters in the mean\n")
    print(f"{'':44}{'mean µs':>10}{'p99 µs':>10}{'ratio':>9}")
    default_ruleset(arguments.ruleset, messages)
    with tempfile.TemporaryDirectory() as folder:
        large_ruleset(Path(folder) / "large.yaml", messages)
        check_of_many(Path(folder) / "written.yaml", messages)
    start_up(arguments.ruleset)
    print()
    difference(arguments.ruleset, arguments.data)
    eval_speed.run(arguments.ruleset, arguments.data)


def default_ruleset(path: Path, messages: Sequence[Message]) -> None:
    """The shipped rules, with every detector unavailable: patterns alone."""
    engine = Engine(load_ruleset(path))
    signals: dict[str, Signal] = {name: Unavailable("benchmark") for name in engine.ruleset.detectors}
    _line("default ruleset, patterns", _timed(messages, lambda message: _decided(engine, message, signals))[0])
    if "local" in engine.ruleset.detectors and engine.ruleset.detectors["local"].kind == "linear":
        from handover_rules.detectors.linear import LinearDetector

        spec = engine.ruleset.detectors["local"]
        assert spec.kind == "linear"
        if spec.digest:
            local = LinearDetector.load(spec)
            _line("the local model alone", _timed(messages, lambda message: local.score(message.text))[0])


def large_ruleset(path: Path, messages: Sequence[Message]) -> None:
    """Many rules and phrases; and the same rules in the other engines, which must decide alike."""
    rules = plain_rules(messages, RULES, PHRASES)
    path.write_text(as_yaml(rules), encoding="utf-8")
    began = time.perf_counter()
    engine = Engine(load_ruleset(path))
    took = time.perf_counter() - began
    mean, decisions = _timed(messages, lambda message: _decided(engine, message, {}))
    ours = _line(f"{RULES} rules, {sum(len(rule.phrases) for rule in rules)} phrases", mean)
    chosen = [decision.rule for decision in decisions[:PEER_MESSAGES]]
    facts = [
        {"text": f" {' '.join(tokens(message.text))} ", "tier": str(message.customer["tier"])}
        for message in messages[:PEER_MESSAGES]
    ]
    for name, build in PEERS.items():
        mean, found = _timed(facts, build(rules))
        _line(f"  the same rules in {name}", mean, ours)
        if found != chosen:
            sys.exit(
                f"{name} decided otherwise: {[pair for pair in zip(chosen, found, strict=True) if len(set(pair)) > 1]}"
            )
    fired = sum(decision.rule is not None for decision in decisions)
    print(f"\nloading and compiling them took {took:.2f} s; {fired} of {len(decisions)} messages hit a rule")


def check_of_many(path: Path, messages: Sequence[Message]) -> None:
    """Seconds for all that `handover check` does to 1,000 rules with 3,000 phrases, beside reading them."""
    rules = plain_rules(messages, RULES, 3_000)
    path.write_text(written_rules(rules), encoding="utf-8")
    began = time.perf_counter()
    examined = examine(path)
    read = time.perf_counter() - began
    found = lint(examined)
    took = time.perf_counter() - began
    phrases = sum(len(rule.phrases) for rule in rules)
    print(f"\ncheck of {RULES} rules with {phrases} phrases: {took:.2f} s, {took / read:.1f} times reading them")
    print(f"  {len(found.problems)} problems, hash {examined.ruleset.hash if examined.ruleset else None}\n")


def start_up(path: Path) -> None:
    """Seconds for `handover check`, the best of five."""
    command = [sys.executable, "-m", "handover_rules", "check", str(path)]
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    print(f"handover check {path}: {min(seconds):.2f} s, interpreter start included")


def difference(path: Path, data: Sequence[Path]) -> None:
    """Seconds for `handover diff` of the rules and a changed copy of them, beside deciding the messages twice."""
    engine = Engine(load_ruleset(path))
    signals: dict[str, Signal] = {name: Unavailable("benchmark") for name in engine.ruleset.detectors}
    messages = [
        Message(str(number), row.text) for number, row in enumerate(row for file in data for row in read_rows(file))
    ]
    began = time.perf_counter()
    for message in messages:
        _decided(engine, message, signals)
    twice = 2 * (time.perf_counter() - began)
    took, flips = diff_speed.once(path, data)
    print(f"handover diff of {len(messages)} messages: {took:.1f} s, {took / twice:.1f} times deciding them twice")
    print(f"  {flips} flips, interpreter start, reading and figures included")


def _decided(engine: Engine, message: Message, signals: dict[str, Signal]) -> Decision:
    decision = engine.decide(message, now=NOW, signals=signals)
    assert isinstance(decision, Decision)
    return decision


def _timed(inputs: Sequence[T], decide: Callable[[T], object]) -> tuple[list[float], list[object]]:
    """Microseconds for each input, and the results."""
    times, results = [], []
    for one in inputs:
        began = time.perf_counter_ns()
        result = decide(one)
        times.append((time.perf_counter_ns() - began) / 1000)
        results.append(result)
    return times, results


def _line(name: str, times: Sequence[float], ours: float | None = None) -> float:
    mean = fmean(times)
    ratio = f"{mean / ours:8.0f}x" if ours else ""
    print(f"{name:44}{mean:10.1f}{quantiles(times, n=100)[-1]:10.1f}{ratio}")
    return mean


if __name__ == "__main__":
    main()
