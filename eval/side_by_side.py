"""Tasks that do not depend on each other, on all cores: the same results in the same order, sooner."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, TypeVar

from threadpoolctl import threadpool_limits

__all__ = ["side_by_side"]

Item = TypeVar("Item")
Found = TypeVar("Found")


class _Copied:
    """What a process was made for: it takes it with the memory that it is a copy of, so it may be a closure."""

    task: ClassVar[Callable[[Any], Any]]


def side_by_side(
    task: Callable[[Item], Found], items: Sequence[Item], *, worth_it: bool, cores: int | None = None
) -> Iterator[Found]:
    """What `task` finds for each item, in their order, each as soon as it and those before it are done.

    On as many processes as there are `cores` (None: all that this process may use). In this process alone where
    starting others is not `worth_it`, and where a platform cannot copy processes (fork). Raises what a task raises.
    """
    if cores is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    processes = min(cores, len(items))
    if not worth_it or processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(task, items)
        return
    with multiprocessing.get_context("fork").Pool(processes, _take, (task,)) as pool:
        yield from pool.imap(_work, items)


def _take(task: Callable[[Any], Any]) -> None:
    _Copied.task = task
    # Each has a core of its own: threads of numerical libraries would only wait for each other.
    threadpool_limits(1)


def _work(item: Any) -> Any:
    return _Copied.task(item)
