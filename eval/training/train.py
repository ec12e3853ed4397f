"""Training the local linear model: labelled rows in, a model file with its card out.

Figures and calibration rest on out-of-fold margins: every message is scored by a model that saw neither it nor any
other message of its group, and whose settings were chosen without it (nested folds). The same rows and seed give the
same file, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar, cast

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from eval.dataset import Dataset, Row
from eval.side_by_side import side_by_side
from eval.training.card import Card, Quality, as_markdown, quality
from eval.training.pipeline import Floats, Labels, best_c, fit, platt, tables
from eval.views import View, left_out
from handover_rules.detectors.linear import FORMAT, VERSION, checksum, score_of_margin
from handover_rules.errors import DataError, UsageError

__all__ = ["Trained", "out_of_fold_scores", "suits", "train", "write_model"]

_FEWEST = 20
_FOLDS = 5

# With fewer messages, starting processes takes longer than it saves.
_WORTH_PROCESSES = 1_000


@dataclass(frozen=True, slots=True)
class Trained:
    """A model file's content, and its card."""

    model: dict[str, object]
    card: Card


_Function = TypeVar("_Function", bound=Callable[..., Any])


def _on_one_thread(function: _Function) -> _Function:
    """Sums that threads share come out a little different: a model's last digits would depend on a machine's cores."""
    return cast("_Function", threadpool_limits.wrap(limits=1)(function))


@_on_one_thread
def train(dataset: Dataset, *, view: View = "explicit", seed: int = 0) -> Trained:
    """Train on the rows that count in `view`: those of split "train", or all of them where no row has a split.

    A positive is a row with label 1, whatever its category. `seed` deals the groups to folds. Raises UsageError for too
    little data, DataError for a group that stands on both sides of the split.
    """
    rows = sorted(
        (row for file in dataset.files for row in file.rows if suits(row, view)), key=lambda row: (row.id, row.text)
    )
    seen = [row for row in rows if row.split == "train"] if any(row.split for row in rows) else rows
    unseen = [row for row in rows if row.split == "test"]
    _check_split(seen, unseen)
    _check_enough(seen, view)
    texts, labels = [row.text for row in seen], _labels(seen)
    groups = [row.group for row in seen]
    margins = _out_of_fold(texts, labels, groups, seed)
    c = _chosen_c(texts, labels, groups, seed)
    pipeline = fit(texts, labels, c)
    tested = pipeline.decision_function([row.text for row in unseen]) if unseen else np.zeros(0)
    card = Card(
        view=view,
        seed=seed,
        data=hashlib.sha256("\n".join(sorted(file.sha256 for file in dataset.files)).encode()).hexdigest(),
        files=tuple(sorted({Path(file.path).name for file in dataset.files})),
        n=len(seen),
        positives=int(labels.sum()),
        groups=len(set(groups)),
        c=c,
        out_of_fold=quality(labels, margins),
        test=quality(_labels(unseen), tested) if unseen else None,
        languages=_by_language(unseen, tested),
        scikit_learn=sklearn.__version__,
    )
    slope, offset = platt(labels, margins)
    content: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "card": asdict(card),
        "documents": len(texts),
        "intercept": float(pipeline["regression"].intercept_[0]),
        "calibration": {"slope": slope, "offset": offset},
        **tables(pipeline, texts),
    }
    return Trained({**content, "checksum": checksum(content)}, card)


def suits(row: Row, view: View) -> bool:
    """Whether the model can learn from a row: it counts in the view, and is of no conversation.

    The model sees a message alone, and "yes please" needs a person only after an offer.
    """
    return not row.conversation_id and left_out(row, view) is None


@_on_one_thread
def out_of_fold_scores(
    rows: Sequence[Row], view: View, *, seed: int = 0, progress: Callable[[float], None] = lambda share_done: None
) -> Floats:
    """How likely each row needs a person, by models that saw neither it nor its group. Shape: (rows,), 0 to 1.

    Rows are those that `suits` lets through; calibrated as the model's own scores are. `progress` is called with the
    share of the work that is done, 0 to 1. Raises UsageError for too little data.
    """
    _check_enough(rows, view)
    labels = _labels(rows)
    margins = _out_of_fold([row.text for row in rows], labels, [row.group for row in rows], seed, progress)
    slope, offset = platt(labels, margins)
    return np.array([score_of_margin(float(margin), slope, offset) for margin in margins])


def _out_of_fold(
    texts: Sequence[str],
    labels: Labels,
    groups: Sequence[str],
    seed: int,
    progress: Callable[[float], None] = lambda share_done: None,
) -> Floats:
    folds = list(StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed).split(texts, labels, groups))

    def scored(number: int) -> Floats:
        seen, unseen = folds[number]
        chosen = [texts[i] for i in seen]
        c = _chosen_c(chosen, labels[seen], [groups[i] for i in seen], seed)
        pipeline = fit(chosen, labels[seen], c)
        return np.asarray(pipeline.decision_function([texts[i] for i in unseen]))

    margins = np.zeros(len(texts))
    found = side_by_side(scored, range(_FOLDS), worth_it=len(texts) >= _WORTH_PROCESSES)
    for done, ((_, unseen), scores) in enumerate(zip(folds, found, strict=True), start=1):
        margins[unseen] = scores
        progress(done / _FOLDS)
    return margins


def _chosen_c(texts: Sequence[str], labels: Labels, groups: Sequence[str], seed: int) -> float:
    """The regularisation that does best on a fold of these very messages."""
    folds = StratifiedGroupKFold(_FOLDS - 1, shuffle=True, random_state=seed)
    seen, unseen = next(folds.split(texts, labels, groups))
    return best_c([texts[i] for i in seen], labels[seen], [texts[i] for i in unseen], labels[unseen])


def _by_language(rows: Sequence[Row], margins: Floats) -> dict[str, Quality]:
    names = np.array([row.language or "" for row in rows])
    return {
        str(name): quality(_labels(rows)[names == name], margins[names == name]) for name in np.unique(names) if name
    }


def _check_split(seen: Sequence[Row], unseen: Sequence[Row]) -> None:
    if both := {row.group for row in seen} & {row.group for row in unseen}:
        raise DataError(
            f"group {min(both)!r} has rows in the splits train and test ({len(both)} such groups); "
            "give all rows of a group the same split"
        )


def _check_enough(seen: Sequence[Row], view: View) -> None:
    for label, name in ((1, "positive"), (0, "negative")):
        rows = [row for row in seen if row.label == label]
        if len(rows) < _FEWEST:
            raise UsageError(
                f"{len(rows)} {name} rows to train on in the view {view}; a model needs at least {_FEWEST} (label "
                f"{label}, said by the customer, outside of conversations; `handover train` takes those of split "
                '"train" where rows have splits; `--view strict` counts positives of any category)'
            )
        if len({row.group for row in rows}) < _FOLDS:
            raise UsageError(
                f"the {name} rows fall into fewer than {_FOLDS} groups; add rows that are worded differently"
            )


def _labels(rows: Sequence[Row]) -> Labels:
    return np.array([row.label for row in rows], dtype=np.int64)


def write_model(trained: Trained, out: Path) -> None:
    """Write a model file, one term a line, and its card beside it as `.md`; each whole or not at all.

    Raises UsageError where they cannot be written.
    """
    model = trained.model
    head = ("format", "version", "checksum", "card", "documents", "intercept", "calibration")
    parts = [f"{json.dumps(name)}: {json.dumps(model[name], indent=2, ensure_ascii=False)}" for name in head]
    for name in ("words", "characters"):
        table = model[name]
        assert isinstance(table, dict)
        lines = (f"{json.dumps(term, ensure_ascii=False)}: {json.dumps(table[term])}" for term in sorted(table))
        parts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
    _write(out, "{\n" + ",\n".join(parts) + "\n}\n")
    _write(out.with_suffix(".md"), as_markdown(trained.card))


def _write(out: Path, content: str) -> None:
    try:
        with NamedTemporaryFile("wb", dir=out.parent, prefix=f".{out.name}.", delete=False) as file:
            try:
                file.write(content.encode())
                file.flush()
                os.fsync(file.fileno())
                os.chmod(file.name, 0o644)
                os.replace(file.name, out)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror or error}") from error
