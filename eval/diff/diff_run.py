"""What `handover diff` does: read both rulesets and the messages, decide them twice, and show what differs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import read_dataset
from eval.decisions import decide_all
from eval.diff.as_json import to_json
from eval.diff.difference import Difference, Margins, Side, difference
from eval.diff.markdown import to_markdown
from eval.diff.report import print_diff
from eval.diff.revisions import RulesSource, open_rules
from eval.output import check_apart, console, write_json, write_text
from eval.views import View
from handover_rules.errors import UsageError

__all__ = ["DiffOptions", "run_diff"]


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """The command's options as given. `path` None: where the other argument has the rules, else `rules`."""

    before: str
    after: str
    files: tuple[Path, ...]
    path: Path | None
    view: View
    margins: Margins
    answers: Path
    env: bool
    json_to: str | None
    markdown_to: str | None
    fail_on_worse: bool


def run_diff(options: DiffOptions) -> int:
    """Compare and show; the exit code: 0 compared, 1 worse where that is to fail.

    Raises RulesetError, DataError, UsageError and what a detector raises.
    """
    _check(options)
    told = options.path is not None
    with (
        open_rules(options.before, _inside(options, options.after), told=told) as before,
        open_rules(options.after, _inside(options, options.before), told=told) as after,
    ):
        diff = _compare(options, before, after)
    _show(options, diff)
    return 1 if options.fail_on_worse and diff.verdict == "worse" else 0


def _check(options: DiffOptions) -> None:
    """Refuse what is known to be meant otherwise, before anything is read."""
    check_apart(options.json_to, options.markdown_to)
    for file in options.files:
        if file.is_dir():
            raise UsageError(
                f"--data takes files, and {file} is a folder; rules to compare (A and B) stand before --data"
            )


def _inside(options: DiffOptions, other: str) -> Path:
    if options.path is not None:
        return options.path
    return Path(other) if os.path.exists(other) else Path("rules")


def _compare(options: DiffOptions, before: RulesSource, after: RulesSource) -> Difference:
    environ = os.environ if options.env else None
    rulesets = before.load(environ), after.load(environ)
    dataset = read_dataset(options.files)
    sides = (
        Side(before.name, rulesets[0].name, rulesets[0].hash),
        Side(after.name, rulesets[1].name, rulesets[1].hash),
    )
    if rulesets[0].hash == rulesets[1].hash:
        return Difference(*sides, options.view, options.margins, "no flips", before.same_place(after))
    # Where answers were recorded from another address than the usual one, they are found by it (OPENAI_BASE_URL).
    old, new = (decide_all(ruleset, dataset, os.environ, options.answers) for ruleset in rulesets)
    paid = sorted(rulesets[0].paid | rulesets[1].paid)
    return difference(sides, paid, dataset, (old, new), options.view, options.margins)


def _show(options: DiffOptions, diff: Difference) -> None:
    if options.json_to is not None:
        write_json("--json", options.json_to, to_json(diff))
    if options.markdown_to is not None:
        write_text("--markdown", options.markdown_to, to_markdown(diff))
    if "-" not in (options.json_to, options.markdown_to):
        print_diff(diff, console())
