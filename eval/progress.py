"""A bar on standard error while messages are looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval.dataset import Dataset

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(doing: str, dataset: Dataset, times: int = 1) -> Iterator[Callable[[int], None]]:
    """A bar where standard error is a terminal; gives what is to be called with the rows done.

    All rows of the dataset are to be done so many `times`.
    """
    errors = Console(stderr=True)
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("", total=times * sum(len(file.rows) for file in dataset.files))
        yield lambda rows_done: bar.advance(task, rows_done)
