"""The pipeline of the local model: TF-IDF blocks of words and of character n-grams, and a logistic regression.

What is fitted here is served by `LinearDetector` in plain Python, to the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.pipeline import FeatureUnion, Pipeline

from handover_rules.detectors.linear import bounded
from handover_rules.text import words

__all__ = ["Floats", "Labels", "best_c", "fit", "platt", "tables"]

Floats: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.int64]

_CHOICES_OF_C = (3.0, 10.0, 30.0)

# Terms below this share of the largest weight go: a quarter of the file, at no measurable loss.
_SMALLEST_WEIGHT = 0.02
_DIGITS = 5


def fit(texts: Sequence[str], labels: Labels, c: float) -> Pipeline:
    """The pipeline, fitted, without the terms that hardly weigh anything; its coefficients are those of the file.

    `c` is the inverse strength of the regularisation.
    """
    pipeline = _pipeline(c).fit(texts, labels)
    weights = np.abs(pipeline["regression"].coef_[0])
    kept = weights >= _SMALLEST_WEIGHT * weights.max()
    names = [block.get_feature_names_out() for _, block in pipeline["terms"].transformer_list]
    word_terms, character_terms = np.split(kept, [len(names[0])])
    # Fitted again, since the norms change with the terms.
    pipeline = _pipeline(c, names[0][word_terms], names[1][character_terms]).fit(texts, labels)
    regression = pipeline["regression"]
    regression.coef_ = np.array([[_rounded(weight) for weight in regression.coef_[0]]])
    regression.intercept_ = np.array([_rounded(regression.intercept_[0])])
    return pipeline


def _pipeline(
    c: float, word_terms: Sequence[str] | None = None, character_terms: Sequence[str] | None = None
) -> Pipeline:
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
    return Pipeline([("terms", FeatureUnion(blocks)), ("regression", _regression(c))])


def _regression(c: float) -> LogisticRegression:
    # Balanced, so that the share of positives in the data moves the calibration only. The primal liblinear solver uses
    # no random numbers.
    return LogisticRegression(C=c, class_weight="balanced", solver="liblinear", max_iter=2000)


def best_c(texts: Sequence[str], labels: Labels, unseen_texts: Sequence[str], unseen_labels: Labels) -> float:
    """The `c` by which a model of the first messages ranks the others best, by average precision."""
    terms = _pipeline(1.0)["terms"].fit(texts)
    seen, unseen = terms.transform(texts), terms.transform(unseen_texts)

    def precision(c: float) -> float:
        margins = _regression(c).fit(seen, labels).decision_function(unseen)
        return round(float(average_precision_score(unseen_labels, margins)), 3)

    return max(_CHOICES_OF_C, key=lambda c: (precision(c), -c))


def platt(labels: Labels, margins: Floats) -> tuple[float, float]:
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


def tables(pipeline: Pipeline, texts: Sequence[str]) -> dict[str, dict[str, list[int | float]]]:
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
