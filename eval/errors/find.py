"""All errors of a decider on labelled messages, and how many messages they are among."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from eval.dataset import Dataset, Row
from eval.deciders import Decider
from eval.errors.explained import Explained, explain
from eval.errors.wrong import WrongMessage, wrong_messages
from eval.on_all_cores import replay_all
from eval.replay import DEFAULT_NOW
from eval.views import View, left_out
from handover_rules.detectors import Detector
from handover_rules.errors import UsageError

__all__ = ["Errors", "find_errors"]


@dataclass(frozen=True, slots=True)
class Errors:
    """The errors that are listed, the most telling first, misses before false alarms.

    `counted` messages count in the view and were decided, `missed` and `false_alarms` of them wrongly; `no_answer` more
    could not be decided.
    """

    view: View
    counted: int
    no_answer: int
    missed: int
    false_alarms: int
    listed: tuple[Explained, ...]


def find_errors(
    dataset: Dataset,
    decider: Decider,
    local: Mapping[str, Detector],
    view: View,
    *,
    offer_open_for: timedelta,
    among: Callable[[Row], bool],
    listed: Callable[[WrongMessage], bool],
) -> Errors:
    """Decide every message, and explain what is wrong.

    Only messages `among` these are counted, and only errors that are to be `listed` are explained. `local` are the
    detectors that say how plain an error is. Raises UsageError where no message counts, and what a detector raises.
    """
    decided = [replay_all(file.rows, decider, now=DEFAULT_NOW, offer_open_for=offer_open_for) for file in dataset.files]
    outcomes = [
        said.outcome
        for file, made in zip(dataset.files, decided, strict=True)
        for row, said in zip(file.rows, made, strict=True)
        if said is not None and left_out(row, view) is None and among(row)
    ]
    if not outcomes:
        raise UsageError(f"no message counts in the {view} view: rows need a `label`, see docs/evaluation.md")
    wrong = [one for one in wrong_messages(dataset.files, decided, view) if among(one.row)]
    no_answer = outcomes.count(None)
    missed = sum(one.kind == "missed" for one in wrong)
    return Errors(
        view=view,
        counted=len(outcomes) - no_answer,
        no_answer=no_answer,
        missed=missed,
        false_alarms=len(wrong) - missed,
        listed=tuple(asyncio.run(explain(filter(listed, wrong), decider, local))),
    )
