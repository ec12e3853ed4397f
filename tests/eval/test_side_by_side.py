"""Tasks side by side: the same as one after the other."""

from __future__ import annotations

import os

import pytest

from eval.side_by_side import side_by_side


@pytest.mark.parametrize("worth_it", [False, True])
def test_results_come_in_the_order_of_the_items(worth_it: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    by = 3
    found = list(side_by_side(lambda item: (by * item, os.getpid()), range(4), worth_it=worth_it))
    assert [value for value, _ in found] == [0, 3, 6, 9]
    assert (os.getpid() in {process for _, process in found}) is not worth_it


def test_what_a_task_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda item: 1 / item, [1, 0], worth_it=True))


def test_on_one_core_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    assert set(side_by_side(lambda item: os.getpid(), range(3), worth_it=True)) == {os.getpid()}
