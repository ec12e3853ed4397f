"""Local models that score many messages at once, before they are asked about them one by one.

A model in plain Python takes tens of microseconds a message, most of it for counting terms; counted in sparse
matrices, thousands of messages take a few microseconds each. The scores are the same, to the last digit: where another
order of adding up could round to another digit, the model itself is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from handover_rules.detectors import Detector, Query
from handover_rules.detectors.linear import DIGITS, LinearDetector, with_pairs
from handover_rules.signals import Score, Signal
from handover_rules.text import words

__all__ = ["ReadAhead", "read_ahead", "reading_ahead"]

# Messages whose terms are counted at once: about 90 n-grams each, 12 bytes an n-gram.
_AT_ONCE = 5_000

# How close to the middle between two roundings a score is too close, in units of the last digit.
_TOO_CLOSE = 1e-4

_Floats = npt.NDArray[np.float64]


class ReadAhead:
    """A local model, and the scores of messages that it has read."""

    remote = False

    def __init__(self, model: LinearDetector) -> None:
        self.name = model.name
        self.fingerprint = model.fingerprint
        self._model = model
        self._term_numbers = {term: number for number, term in enumerate(model.word_terms)}
        self._word_terms = np.array(list(model.word_terms.values())).reshape(-1, 2)
        self._character_terms = np.array(model.character_terms).reshape(-1, 2)
        self._known: dict[str, Score] = {}

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        return [self._known.get(query.text) or Score(self._model.score(query.text)) for query in queries]

    async def close(self) -> None:
        """Nothing is open."""

    def forget(self) -> None:
        """Forget what was read."""
        self._known = {}

    def read(self, texts: Sequence[str], terms: _Terms) -> None:
        """Score these texts, whose terms are given."""
        calibrated = np.array([self._model.calibrated(margin) for margin in self._margins(terms).tolist()])
        units = calibrated * 10.0**DIGITS
        unsure = np.abs(units - np.floor(units) - 0.5) < _TOO_CLOSE
        scores = zip(texts, np.round(calibrated, DIGITS).tolist(), unsure.tolist(), strict=True)
        self._known |= {text: Score(self._model.score(text) if close else score) for text, score, close in scores}

    def _margins(self, terms: _Terms) -> _Floats:
        """The regression's decision values. Shape: (messages,)."""
        number_of = self._term_numbers.get
        known = [[number for number in map(number_of, one) if number is not None] for one in terms.words_and_pairs]
        spelled = _counts([self._model.spelled(word)[0] for word in terms.distinct], len(self._character_terms))
        spoken = _counts(terms.spoken, len(terms.distinct))
        return (
            self._model.intercept
            + _normed_product(_counts(known, len(self._word_terms)), self._word_terms)
            + _normed_product(spoken @ spelled, self._character_terms)
        )


class _Terms:
    """What messages are made of: `words_and_pairs` of each, all `distinct` words, and by their numbers the `spoken`."""

    def __init__(self, texts: Iterable[str]) -> None:
        found = [words(text) for text in texts]
        numbers: dict[str, int] = {}
        self.words_and_pairs = [list(with_pairs(one)) for one in found]
        self.spoken = [[numbers.setdefault(word, len(numbers)) for word in one] for one in found]
        self.distinct = list(numbers)


def reading_ahead(detectors: Mapping[str, Detector]) -> dict[str, Detector]:
    """The detectors, the local models among them as `ReadAhead`."""
    return {name: ReadAhead(one) if isinstance(one, LinearDetector) else one for name, one in detectors.items()}


def read_ahead(detectors: Iterable[Detector], texts: Iterable[str]) -> None:
    """Have those detectors that read ahead score these texts, and forget earlier ones."""
    readers = [one for one in detectors if isinstance(one, ReadAhead)]
    for reader in readers:
        reader.forget()
    distinct = list(dict.fromkeys(texts)) if readers else []
    for start in range(0, len(distinct), _AT_ONCE):
        some = distinct[start : start + _AT_ONCE]
        terms = _Terms(some)
        for reader in readers:
            reader.read(some, terms)


def _counts(rows: Sequence[Sequence[int]], columns: int) -> csr_array:
    """How often each number stands in each row. Shape: (rows, columns)."""
    ends = np.cumsum([0, *map(len, rows)])
    numbers = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=int(ends[-1]))
    counts = csr_array((np.ones(len(numbers)), numbers, ends), shape=(len(rows), columns))
    counts.sum_duplicates()
    return counts


def _normed_product(counts: csr_array, terms: _Floats) -> _Floats:
    """The weights' product with the l2-normalised vectors of (1 + ln count) * idf; 0 for a row without terms.

    `terms` has idf times weight and idf squared. Shapes: (rows, terms), (terms, 2), (rows,).
    """
    counts.data = 1.0 + np.log(counts.data)
    product = counts @ terms[:, 0]
    counts.data **= 2
    square = counts @ terms[:, 1]
    normed: _Floats = np.divide(product, np.sqrt(square), out=np.zeros(len(product)), where=square > 0.0)
    return normed
