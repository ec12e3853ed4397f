"""What `handover compare` does: find two runs, read them, compare them, and show what differs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eval.compare.as_json import to_json
from eval.compare.comparison import compare_runs
from eval.compare.find_run import find_run
from eval.compare.kept_run import read_run
from eval.compare.markdown import to_markdown
from eval.compare.report import print_comparison
from eval.output import check_apart, console, write_json, write_text
from handover_rules.errors import UsageError

__all__ = ["CompareOptions", "run_compare"]


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """The command's options as given."""

    before: str
    after: str
    runs: Path
    json_to: str | None
    markdown_to: str | None


def run_compare(options: CompareOptions) -> None:
    """Compare and show. Raises UsageError for runs that cannot be compared, DataError for one that cannot be read."""
    check_apart(options.json_to, options.markdown_to)
    folders = [find_run(named, options.runs) for named in (options.before, options.after)]
    if folders[0].resolve() == folders[1].resolve():
        raise UsageError(f"{options.before} and {options.after} are the same run, {folders[0]}; name two")
    found = compare_runs(*map(read_run, folders))
    if options.json_to is not None:
        write_json("--json", options.json_to, to_json(found))
    if options.markdown_to is not None:
        write_text("--markdown", options.markdown_to, to_markdown(found))
    if "-" not in (options.json_to, options.markdown_to):
        print_comparison(found, console())
