"""How a comparison of two runs is said, in the terminal and in Markdown alike."""

from __future__ import annotations

from collections.abc import Iterator

from eval.compare.comparison import Comparison, FileComparison
from eval.compare.inputs import content_changed
from eval.compare.kept_run import KeptRun
from eval.diff.paired import INDEPENDENT, Paired
from eval.diff.wording import flip_kinds, many, right_and_wrong_line

__all__ = ["NO_OTHER_INPUTS", "file_lines", "headline", "input_rows", "run_line", "said_lines", "told_lines"]

NO_OTHER_INPUTS = "all other inputs are the same"


def headline(found: Comparison) -> str:
    """Whether the figures of both answer the same question."""
    before, after = _asked(found.before), _asked(found.after)
    return f"both runs: {before}" if found.alike else f"NOT ALIKE: before {before}; after {after}"


def run_line(run: KeptRun) -> str:
    """Which run it is, and of which rules."""
    return f"{run.id} ({run.ruleset})"


def input_rows(found: Comparison) -> Iterator[tuple[str, str, str]]:
    """What differs in what the runs were given: name, before and after."""
    for one in found.inputs:
        yield one.name, one.before or "-", one.after or "-"


def told_lines(found: Comparison) -> Iterator[str]:
    """What is not compared, or less exactly than it might be."""
    for changed in found.files.changed:
        yield f"not compared: {content_changed(*changed)}"
    for when, paths in (("before", found.files.only_before), ("after", found.files.only_after)):
        for path in paths:
            yield f"not compared: {path} is only in the run {when}"
    for when, n in (("before", found.only_before), ("after", found.only_after)):
        if n:
            yield f"not compared: {many(n, 'message')} that only the run {when} decided"
    if "conversation_id" in found.lacking:
        yield "neither run kept which messages are of one conversation: bounds take all as independent"


def file_lines(file: FileComparison) -> Iterator[str]:
    """How many messages there are, what changes, how sure that is, and whether it may be chance."""
    yield from said_lines(file)
    if file.moved is not None:
        yield right_and_wrong_line(file.moved)


def said_lines(file: FileComparison) -> Iterator[str]:
    """How many messages there are, what flips, and by how much recall and false alarms change."""
    yield (
        f"{many(file.decided, 'message')} decided by both, {file.counted:,} counted: "
        f"{file.positives:,} positive, {file.negatives:,} negative"
    )
    if file.unanswered:
        yield f"no answer in one of the runs: {file.unanswered:,} more"
    flips = sum(file.kinds.values())
    yield many(flips, "flip") + (f": {flip_kinds(file.kinds)}" if flips else "")
    if file.other_rule:
        yield f"{many(file.other_rule, 'message')} with the same outcome by another rule"
    if file.recall is not None:
        yield _change("recall", file.recall)
    if file.false_alarm_rate is not None:
        yield _change("false alarms per 1,000", file.false_alarm_rate, per=1000)


def _asked(run: KeptRun) -> str:
    split = f", split {run.split}" if run.split else ""
    return f"{run.view} view{split}, {run.trial}"


def _change(what: str, paired: Paired, *, per: int = 1) -> str:
    digits = 3 if per == 1 else 1
    change, low, high = (f"{per * value:+z.{digits}f}" for value in (paired.change, paired.low, paired.high))
    how = "" if paired.method == INDEPENDENT else f"; {paired.method}"
    return f"{what}: {change}, at least {low} and at most {high} (each with 95 % certainty{how}), n = {paired.n:,}"
