"""A comparison of two runs as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from eval.compare import wording
from eval.compare.comparison import Comparison, FileComparison
from eval.diff.markdown import code, figure_lines, group_lines

__all__ = ["to_markdown"]


def to_markdown(found: Comparison) -> str:
    """What differs in the inputs, the figures, the flips by the rules that moved them, and folded the single files."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Comparison) -> Iterator[str]:
    yield f"### Runs, {wording.headline(found)}"
    yield ""
    yield f"{code(wording.run_line(found.before))} → {code(wording.run_line(found.after))}"
    if found.inputs:
        yield from ("", "| input that differs | before | after |", "| --- | --- | --- |")
        yield from (f"| {' | '.join(map(code, row))} |" for row in wording.input_rows(found))
    told = list(wording.told_lines(found))
    if told:
        yield from ("", *(f"- {line}" for line in told))
    for file in found.compared[:1]:
        yield from _file(file)
    if found.groups:
        yield from ("", "#### Flips, by the rules that moved them")
    for group in found.groups:
        yield ""
        yield from group_lines(group)
    if len(found.compared) > 1:
        yield from ("", "<details><summary>File by file</summary>")
        for file in found.compared[1:]:
            yield from _file(file)
        yield from ("", "</details>")


def _file(file: FileComparison) -> Iterator[str]:
    yield from ("", f"#### {code(file.file)}", "")
    yield from (f"- {line}" for line in wording.file_lines(file))
    yield ""
    yield from figure_lines(file.before, file.after)
