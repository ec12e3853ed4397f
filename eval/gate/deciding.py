"""Which messages each gate is about, and what is decided about them: every message once for each detector."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from eval.dataset import DataFile, Dataset, Row, find_files, read_dataset
from eval.deciders import Decider, Prediction, build_decider
from eval.decisions import Decisions
from eval.gate.gates import Gate
from eval.replay import replay
from eval.views import left_out
from handover_rules.detectors import AnswerMode, AnswerStore
from handover_rules.errors import UsageError
from handover_rules.problems import did_you_mean
from handover_rules.ruleset import Ruleset

__all__ = ["Decided", "decide_gates"]


@dataclass(frozen=True, slots=True)
class Decided:
    """A gate, the rows that it is about, and what was decided about each; `bound` is as in `Decider`."""

    gate: Gate
    files: tuple[DataFile, ...]
    predictions: Decisions
    bound: float | None

    def counted(self) -> Iterator[tuple[str, Row, bool]]:
        """The messages that count in the view and were answered: file, row, and whether it is handed over."""
        for file, predictions in zip(self.files, self.predictions, strict=True):
            for row, said in zip(file.rows, predictions, strict=True):
                if said is not None and said.handover is not None and left_out(row, self.gate.view) is None:
                    yield file.path, row, said.handover


def decide_gates(
    gates: Sequence[Gate], ruleset: Ruleset, environ: Mapping[str, str], answers: Path, mode: AnswerMode
) -> tuple[Decided, ...]:
    """Decide the messages of gates, of which there is at least one, with recorded answers.

    `environ` gives the address under which answers were recorded. Raises UsageError, naming the gate, for one that no
    message is of; AnswerMissing where a required answer is not recorded; DataError, and what a detector raises.
    """
    dataset, chosen = _read(gates)
    store = AnswerStore(answers)
    decided: dict[str, Decided] = {}
    for detector in dict.fromkeys(gate.detector for gate in gates):
        mine = [(gate, files) for gate, files in chosen if gate.detector == detector]
        with _named(mine[0][0]):
            decider = build_decider(ruleset, detector, environ, answers=store, mode=mode)
        wanted = [file for _, files in mine for file in files]
        said = _decide(dataset, wanted, decider, ruleset.offer_open_for)
        for gate, files in mine:
            predictions = tuple(tuple(said[file.path][row.id] for row in file.rows) for file in files)
            decided[gate.name] = Decided(gate, files, predictions, decider.bound)
    return tuple(decided[gate.name] for gate in gates)


def _read(gates: Sequence[Gate]) -> tuple[Dataset, list[tuple[Gate, tuple[DataFile, ...]]]]:
    """All files as they are, each once, and of them what each gate is about."""
    paths = []
    for gate in gates:
        with _named(gate):
            paths.append(find_files(gate.data))
    dataset = read_dataset([path for found in paths for path in found])
    by_place = {Path(file.path).resolve(): file for file in dataset.files}
    chosen = []
    for gate, found in zip(gates, paths, strict=True):
        with _named(gate):
            chosen.append((gate, _chosen(gate, Dataset(tuple(by_place[path.resolve()] for path in found)))))
    return dataset, chosen


def _chosen(gate: Gate, dataset: Dataset) -> tuple[DataFile, ...]:
    """The files with only the rows that the gate is about. Raises UsageError where none is left."""
    files = (dataset if gate.split is None else dataset.of_split(gate.split)).files
    for key in ("category", "language", "channel"):
        if wanted := getattr(gate, key):
            files = tuple(_with(key, wanted, files))
    if all(left_out(row, gate.view) is not None for file in files for row in file.rows):
        raise UsageError(f"no message counts in the {gate.view} view: rows need a `label`, see docs/evaluation.md")
    return files


def _with(key: str, wanted: Sequence[str], files: Iterable[DataFile]) -> Iterator[DataFile]:
    """The files that have rows with one of these values, and only those rows."""
    files = list(files)
    known = {getattr(row, key) for file in files for row in file.rows} - {None}
    for value in wanted:
        if value not in known:
            hint = did_you_mean(value, known) or f"these rows have no {key}"
            raise UsageError(f"no row has the {key} `{value}`; {hint}")
    for file in files:
        rows = tuple(row for row in file.rows if getattr(row, key) in wanted)
        if rows:
            yield replace(file, rows=rows)


def _decide(
    dataset: Dataset, wanted: Iterable[DataFile], decider: Decider, offer_open_for: timedelta
) -> dict[str, dict[str, Prediction | None]]:
    """What is decided about the wanted rows and those of their conversations, by file and row id."""
    ids: dict[str, set[str]] = {}
    for file in wanted:
        ids.setdefault(file.path, set()).update(row.id for row in file.rows)
    said = {}
    for file in dataset.files:
        mine = ids.get(file.path, set())
        talks = {row.conversation_id for row in file.rows if row.id in mine} - {None}
        rows = [row for row in file.rows if row.id in mine or row.conversation_id in talks]
        predictions = asyncio.run(replay(rows, decider, offer_open_for=offer_open_for))
        said[file.path] = {row.id: prediction for row, prediction in zip(rows, predictions, strict=True)}
    return said


@contextmanager
def _named(gate: Gate) -> Iterator[None]:
    """Say in a UsageError which gate it is about."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"gate `{gate.name}`: {error}") from error
