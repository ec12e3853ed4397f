"""What `handover gate` does: decide, judge, show; or record the baseline."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.gate.baseline import read_baseline, record_baseline
from eval.gate.deciding import decide_gates
from eval.gate.gates import Gates
from eval.gate.gates_file import read_gates
from eval.gate.judging import GateReport, GateVerdict, judge_gate, worst
from eval.gate.junit import to_junit
from eval.gate.markdown import to_markdown
from eval.gate.report import print_gates, to_json
from eval.output import console, write_json, write_text
from handover_rules.errors import AnswerMissing, UsageError
from handover_rules.output import write_output
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset

__all__ = ["GateOptions", "run_gate"]

_EXIT_CODES: Mapping[GateVerdict, int] = {"passed": 0, "worse": 1, "not enough data to say": 3}
_ANSWER_MISSING = 4


@dataclass(frozen=True, slots=True)
class GateOptions:
    """The command's options as given; `markdown_to` and `json_to` "-" are standard output."""

    gates: Path
    ruleset: Path
    answers: Path
    junit_to: Path | None
    markdown_to: str | None
    json_to: str | None
    record: bool


def run_gate(options: GateOptions) -> int:
    """Judge and show, or record; the exit code: 0 passed, 1 worse, 3 not enough data to say, 4 an answer is missing.

    Raises RulesetError, DataError, UsageError and what a detector raises.
    """
    _check(options)
    # What could not be answered is in the report; a line for every message would bury it.
    logging.getLogger("handover_rules").addHandler(logging.NullHandler())
    gates = read_gates(options.gates)
    ruleset = load_ruleset(options.ruleset)
    try:
        if options.record:
            _record(options, gates, ruleset)
            return 0
        report = _judge(options, gates, ruleset)
    except AnswerMissing as error:
        print(f"handover: {error}", file=sys.stderr)
        return _ANSWER_MISSING
    _show(options, report)
    return _EXIT_CODES[report.verdict]


def _check(options: GateOptions) -> None:
    """Refuse what is known to be meant otherwise, before anything is read."""
    outputs = {"--junit": options.junit_to, "--markdown": options.markdown_to, "--json": options.json_to}
    written: dict[str, str] = {}
    for option, to in outputs.items():
        if to is None:
            continue
        if options.record:
            raise UsageError(f"--record writes the baseline and judges nothing; leave out {option}")
        other = written.setdefault(os.path.realpath(to), option)
        if other != option:
            shown = "standard output" if to == "-" else to
            raise UsageError(f"{other} and {option} would both write to {shown}; name another file for one of them")


def _record(options: GateOptions, gates: Gates, ruleset: Ruleset) -> None:
    if not gates.comparing:
        raise UsageError(f"no gate of {gates.path} has `no_worse`, so there is nothing to record")
    decided = decide_gates(gates.comparing, ruleset, os.environ, options.answers, gates.answers)
    origin = record_baseline(gates.baseline, ruleset, decided)
    print(f"{origin.messages:,} messages recorded in {origin.path} under {origin.ruleset} {origin.ruleset_hash}")


def _judge(options: GateOptions, gates: Gates, ruleset: Ruleset) -> GateReport:
    baseline = read_baseline(gates.baseline) if gates.comparing else None
    decided = decide_gates(gates.gates, ruleset, os.environ, options.answers, gates.answers)
    results = tuple(judge_gate(one, baseline) for one in decided)
    return GateReport(
        gates_file=str(gates.path),
        ruleset=ruleset.name,
        ruleset_hash=ruleset.hash,
        answers=gates.answers,
        baseline=None if baseline is None else baseline.origin,
        gates=results,
        verdict=worst(result.verdict for result in results),
    )


def _show(options: GateOptions, report: GateReport) -> None:
    if options.junit_to is not None:
        write_output("--junit", options.junit_to, to_junit(report))
    if options.json_to is not None:
        write_json("--json", options.json_to, to_json(report))
    if options.markdown_to is not None:
        write_text("--markdown", options.markdown_to, to_markdown(report))
    if "-" not in (options.json_to, options.markdown_to):
        print_gates(report, console())
