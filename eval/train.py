"""Training the local linear model: labelled rows in, a model file with its card out.

scikit-learn fits TF-IDF blocks of words and of character n-grams with a logistic regression; `LinearDetector` serves
them in plain Python. Figures and calibration rest on out-of-fold margins: every message is scored by a model that saw
neither it nor any other message of its group. The same rows and seed give the same file, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import numpy.typing as npt
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import FeatureUnion, Pipeline

from eval.dataset import Dataset, Row
from eval.figures.metrics import Proportion, wilson
from eval.views import View, left_out
from handover_rules.detectors.linear import FORMAT, VERSION, bounded, checksum
from handover_rules.errors import DataError, UsageError
from handover_rules.text import words

__all__ = ["FALSE_ALARMS", "Card", "Quality", "RecallAt", "Trained", "fit", "quality", "train", "write_model"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

FALSE_ALARMS = (0.001, 0.01)

_FEWEST = 20
_FOLDS = 5

# Chosen on out-of-fold average precision, which is flat around it.
_C = 10.0

# Terms below this share of the largest weight go: a quarter of the file, at no measurable loss.
_SMALLEST_WEIGHT = 0.02
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class RecallAt:
    """The recall with the lowest bound at which at most `false_alarms` (a share) of the negatives are above it."""

    false_alarms: float
    recall: Proportion | None


@dataclass(frozen=True, slots=True)
class Quality:
    """How well scores rank `n` messages; figures are None where there is no positive or no negative."""

    n: int
    positives: int
    average_precision: float | None
    recall: tuple[RecallAt, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What a model was trained on and how good it is.

    `data` is the SHA-256 (hex) over the sorted SHA-256 of the data files. `test` is None without rows of that split.
    """

    view: View
    seed: int
    data: str
    files: tuple[str, ...]
    n: int
    positives: int
    groups: int
    out_of_fold: Quality
    test: Quality | None
    scikit_learn: str


@dataclass(frozen=True, slots=True)
class Trained:
    """A model file's content, and its card."""

    model: dict[str, object]
    card: Card


def train(dataset: Dataset, *, view: View = "strict", seed: int = 0) -> Trained:
    """Train on the rows that count in `view`: those of split "train", or all of them where no row has a split.

    A positive is a row with label 1, whatever its category. Rows of a conversation are left out: the model sees a
    message alone, and "yes please" needs a person only after an offer. `seed` deals the groups to folds. Raises
    UsageError for too little data, DataError for a group that stands on both sides of the split.
    """
    rows = sorted(
        (row for file in dataset.files for row in file.rows if not row.conversation_id and left_out(row, view) is None),
        key=lambda row: (row.id, row.text),
    )
    seen = [row for row in rows if row.split == "train"] if any(row.split for row in rows) else rows
    unseen = [row for row in rows if row.split == "test"]
    _check(seen, unseen)
    texts, labels = [row.text for row in seen], _labels(seen)
    groups = [row.group for row in seen]
    margins = _out_of_fold(texts, labels, groups, seed)
    pipeline = fit(texts, labels)
    card = Card(
        view=view,
        seed=seed,
        data=hashlib.sha256("\n".join(sorted(file.sha256 for file in dataset.files)).encode()).hexdigest(),
        files=tuple(sorted(Path(file.path).name for file in dataset.files)),
        n=len(seen),
        positives=int(labels.sum()),
        groups=len(set(groups)),
        out_of_fold=quality(labels, margins),
        test=quality(_labels(unseen), pipeline.decision_function([row.text for row in unseen])) if unseen else None,
        scikit_learn=sklearn.__version__,
    )
    slope, offset = _platt(labels, margins)
    content: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "card": asdict(card),
        "documents": len(texts),
        "intercept": float(pipeline["regression"].intercept_[0]),
        "calibration": {"slope": slope, "offset": offset},
        **_tables(pipeline, texts),
    }
    return Trained({**content, "checksum": checksum(content)}, card)


def fit(texts: Sequence[str], labels: Labels) -> Pipeline:
    """The pipeline, fitted, without the terms that hardly weigh anything; its coefficients are those of the file."""
    pipeline = _pipeline().fit(texts, labels)
    weights = np.abs(pipeline["regression"].coef_[0])
    kept = weights >= _SMALLEST_WEIGHT * weights.max()
    names = [block.get_feature_names_out() for _, block in pipeline["terms"].transformer_list]
    word_terms, character_terms = np.split(kept, [len(names[0])])
    # Fitted again, since the norms change with the terms.
    pipeline = _pipeline(names[0][word_terms], names[1][character_terms]).fit(texts, labels)
    regression = pipeline["regression"]
    regression.coef_ = np.array([[_rounded(weight) for weight in regression.coef_[0]]])
    regression.intercept_ = np.array([_rounded(regression.intercept_[0])])
    return pipeline


def _pipeline(word_terms: Sequence[str] | None = None, character_terms: Sequence[str] | None = None) -> Pipeline:
    """An unfitted pipeline from texts to margins; it chooses its own terms unless they are given."""
    blocks = [
        (
            "words",
            TfidfVectorizer(
                preprocessor=words,
                tokenizer=bounded,
                token_pattern=None,
                ngram_range=(1, 2),
                vocabulary=word_terms,
                sublinear_tf=True,
            ),
        ),
        (
            "characters",
            TfidfVectorizer(
                preprocessor=lambda text: " ".join(words(text)),
                analyzer="char_wb",
                ngram_range=(2, 5),
                min_df=2 if character_terms is None else 1,
                vocabulary=character_terms,
                sublinear_tf=True,
            ),
        ),
    ]
    # Balanced, so that the share of positives in the data moves the calibration only. The primal liblinear solver uses
    # no random numbers.
    regression = LogisticRegression(C=_C, class_weight="balanced", solver="liblinear", max_iter=2000)
    return Pipeline([("terms", FeatureUnion(blocks)), ("regression", regression)])


def _out_of_fold(texts: Sequence[str], labels: Labels, groups: Sequence[str], seed: int) -> Floats:
    margins = np.zeros(len(texts))
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    for seen, unseen in folds.split(texts, labels, groups):
        pipeline = fit([texts[i] for i in seen], labels[seen])
        margins[unseen] = pipeline.decision_function([texts[i] for i in unseen])
    return margins


def _platt(labels: Labels, margins: Floats) -> tuple[float, float]:
    """Slope and offset of the sigmoid from margins to scores, with Platt's smoothed targets.

    A target t is a positive of weight t and a negative of weight 1 - t. J. Platt, Probabilistic outputs for support
    vector machines, 1999.
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    targets = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    sigmoid = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(
        np.concatenate([margins, margins])[:, np.newaxis],
        np.repeat([1, 0], len(labels)),
        sample_weight=np.concatenate([targets, 1 - targets]),
    )
    return _rounded(sigmoid.coef_[0][0]), _rounded(sigmoid.intercept_[0])


def quality(labels: Labels, scores: Floats) -> Quality:
    """Average precision, and the recall at each of FALSE_ALARMS with its 95 % Wilson interval."""
    positive, negative = scores[labels == 1], np.sort(scores[labels == 0])[::-1]
    found = []
    for share in FALSE_ALARMS:
        allowed = math.floor(share * len(negative))
        recall = wilson(int((positive > negative[allowed]).sum()), len(positive)) if len(negative) else None
        found.append(RecallAt(share, recall))
    precision = float(average_precision_score(labels, scores)) if len(positive) and len(negative) else None
    return Quality(len(labels), len(positive), precision, tuple(found))


def _check(seen: Sequence[Row], unseen: Sequence[Row]) -> None:
    if both := {row.group for row in seen} & {row.group for row in unseen}:
        raise DataError(
            f"group {min(both)!r} has rows in the splits train and test ({len(both)} such groups); "
            "give all rows of a group the same split"
        )
    for label, name in ((1, "positive"), (0, "negative")):
        rows = [row for row in seen if row.label == label]
        if len(rows) < _FEWEST:
            raise UsageError(
                f"{len(rows)} {name} rows to train on; a model needs at least {_FEWEST} (label {label}, not ambiguous, "
                'said by the customer, and of split "train" where rows have splits)'
            )
        if len({row.group for row in rows}) < _FOLDS:
            raise UsageError(
                f"the {name} rows fall into fewer than {_FOLDS} groups; add rows that are worded differently"
            )


def _labels(rows: Sequence[Row]) -> Labels:
    return np.array([row.label for row in rows], dtype=np.int64)


def _tables(pipeline: Pipeline, texts: Sequence[str]) -> dict[str, dict[str, list[int | float]]]:
    """Both blocks as the file has them: term -> [texts that hold it, weight]."""
    weights = iter(pipeline["regression"].coef_[0].tolist())
    tables = {}
    for name, block in pipeline["terms"].transformer_list:
        # idf = ln((1 + texts) / (1 + texts that hold the term)) + 1, solved for the count.
        counts = np.rint((1 + len(texts)) / np.exp(block.idf_ - 1) - 1).astype(int).tolist()
        terms = block.get_feature_names_out().tolist()
        tables[name] = {term: [count, next(weights)] for term, count in zip(terms, counts, strict=True)}
    return tables


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def write_model(model: dict[str, object], out: Path) -> None:
    """Write a model file whole or not at all, one term a line. Raises UsageError where it cannot be written."""
    head = ("format", "version", "checksum", "card", "documents", "intercept", "calibration")
    parts = [f"{json.dumps(name)}: {json.dumps(model[name], indent=2, ensure_ascii=False)}" for name in head]
    for name in ("words", "characters"):
        table = model[name]
        assert isinstance(table, dict)
        lines = (f"{json.dumps(term, ensure_ascii=False)}: {json.dumps(table[term])}" for term in sorted(table))
        parts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
    content = "{\n" + ",\n".join(parts) + "\n}\n"
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
