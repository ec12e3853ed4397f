"""What `handover ledger` does: read, keep the books, print."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import read_dataset
from eval.ledger.ledger import Ledger, keep_books
from eval.ledger.report import print_dead, print_ledger, print_rule, to_json
from eval.output import console, write_json
from eval.views import View
from handover_rules.condition_trees import find_rule
from handover_rules.detectors import AnswerStore, build_detectors
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset

__all__ = ["LedgerOptions", "run_ledger"]


@dataclass(frozen=True, slots=True)
class LedgerOptions:
    """The command's options as given; `json_to` "-" is standard output."""

    files: tuple[Path, ...]
    ruleset: Path
    view: View
    answers: Path
    rule: str | None
    dead: bool
    times: bool
    json_to: str | None


def run_ledger(options: LedgerOptions) -> None:
    """Keep the books and show them. Raises what the package raises on purpose, such as UsageError."""
    if options.rule is not None and options.dead:
        raise UsageError("--rule and --dead exclude each other; give one of them")
    # What could not be answered is no news here: without a recorded answer there is none.
    logging.getLogger("handover_rules").addHandler(logging.NullHandler())
    ruleset = load_ruleset(options.ruleset)
    if options.rule is not None:
        find_rule(ruleset, options.rule)
    dataset = read_dataset(options.files)
    detectors = build_detectors(ruleset, {}, answers=AnswerStore(options.answers), mode="offline")
    # What never fired needs no times.
    times = options.times and not options.dead
    ledger = asyncio.run(keep_books(ruleset, dataset, detectors, view=options.view, times=times))
    _show(options, ledger)


def _show(options: LedgerOptions, ledger: Ledger) -> None:
    if options.rule is not None:
        shown = ledger.only(options.rule)
    elif options.dead:
        shown = ledger.dead()
    else:
        shown = ledger
    if options.json_to is not None:
        write_json("--json", options.json_to, to_json(shown))
        if options.json_to == "-":
            return
    out = console()
    if options.rule is not None:
        print_rule(shown, out)
    elif options.dead:
        print_dead(ledger, out)
    else:
        print_ledger(ledger, out)
