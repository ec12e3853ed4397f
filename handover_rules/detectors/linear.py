"""The local linear model: TF-IDF of words and of character n-grams, logistic regression, Platt's calibration.

`handover train` fits it with scikit-learn and writes a JSON file; here it is served in plain Python, to the same
numbers: tens of microseconds a message, where a scikit-learn pipeline takes over a millisecond for one at a time.

The file is one JSON object. `words` and `characters` map a term to [documents that hold it, weight]; each is a block
with its own l2 norm. `documents` is how many messages the terms were counted in, `intercept` the regression's,
`calibration` {slope, offset} turns its margin into a score, `card` says what the model was trained on and how good it
is. `checksum` is over everything else. A change in how words are split or terms are built needs a new VERSION.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path

from handover_rules.detectors.base import Query
from handover_rules.errors import ModelFileError
from handover_rules.ruleset import LinearSpec
from handover_rules.signals import Score, Signal
from handover_rules.text import words

__all__ = ["DIGITS", "FORMAT", "VERSION", "LinearDetector", "bounded", "checksum", "score_of_margin", "with_pairs"]

FORMAT = "handover-linear"
VERSION = 1
DIGITS = 6
"""The decimals of a score."""

_PARTS = ("card", "calibration", "characters", "checksum", "documents", "intercept", "words")
_SHORTEST, _LONGEST = 2, 5

# Customers share a small vocabulary: the terms of their words are looked up once.
_REMEMBERED_WORDS = 20_000
_REMEMBERED_MESSAGES = 64


class LinearDetector:
    """A model file, ready to score; immutable and safe to share. Only the message's text counts, not its context.

    `fingerprint` is the first 12 hex digits of the file's SHA-256: weights, calibration and format version are in it.
    `intercept`, `word_terms` and `character_terms` are the regression's: for each term, and for each numbered n-gram,
    idf times weight, and idf squared. `spelled(word)` gives a word's n-grams, by number, and their sums of both.
    """

    remote = False

    def __init__(self, name: str, fingerprint: str, model: Mapping[str, object]) -> None:
        """`model` is a model file's content. Raises KeyError, TypeError, ValueError or ArithmeticError if not."""
        self.name = name
        self.fingerprint = fingerprint
        documents = _number(model["documents"])
        self.word_terms = _table(model["words"], documents)
        characters = _table(model["characters"], documents)
        self.character_terms = list(characters.values())
        self._numbered = {term: (number, *known) for number, (term, known) in enumerate(characters.items())}
        self.intercept = _number(model["intercept"])
        calibration = _mapping(model["calibration"])
        self._slope, self._offset = _number(calibration["slope"]), _number(calibration["offset"])
        self.spelled = lru_cache(_REMEMBERED_WORDS)(self._spell)

    @classmethod
    def load(cls, spec: LinearSpec) -> LinearDetector:
        """Read the model file of `spec`. Raises ModelFileError: missing, damaged, or made for another version."""
        try:
            content = Path(spec.path).read_bytes()
        except OSError as error:
            raise _unusable(spec, f"cannot be read ({error.strerror or error})") from None
        digest = hashlib.sha256(content).hexdigest()
        if spec.digest not in ("", digest):
            raise ModelFileError(
                f"{spec.place}: model file {spec.path} has changed since the rules were loaded; load them again"
            )
        try:
            model = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _unusable(spec, f"is not JSON ({error})") from None
        if not isinstance(model, dict) or model.get("format") != FORMAT:
            raise _unusable(spec, f'is not a model file (expected an object with "format": "{FORMAT}")')
        if model.get("version") != VERSION:
            raise _unusable(spec, f"has version {model.get('version')!r}; this program reads version {VERSION}")
        if missing := [part for part in _PARTS if part not in model]:
            raise _unusable(spec, f"is incomplete; it lacks {', '.join(missing)}")
        if model["checksum"] != checksum(model):
            raise _unusable(spec, "was changed after it was written (its checksum does not match its content)")
        try:
            return cls(spec.name, digest[:12], model)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise _unusable(spec, f"is damaged ({error})") from None

    def score(self, text: str) -> float:
        """How likely a person is needed, from 0 to 1. Rounded to `DIGITS`, so that every machine says the same."""
        return round(self.calibrated(self.margin(text)), DIGITS)

    def calibrated(self, margin: float) -> float:
        """The score of a decision value, before it is rounded."""
        return score_of_margin(margin, self._slope, self._offset)

    def margin(self, text: str) -> float:
        """The regression's decision value, before calibration."""
        found = _words(text)
        return self.intercept + self._words_part(found) + self._characters_part(found)

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        return [Score(self.score(query.text)) for query in queries]

    async def close(self) -> None:
        """Nothing is open."""

    def _words_part(self, found: Sequence[str]) -> float:
        """The weights' product with the l2-normalised vector of (1 + ln count) * idf of words and pairs of words."""
        terms = with_pairs(found)
        product = square = 0.0
        for term, count in Counter(filter(self.word_terms.__contains__, terms)).items():
            weighted, squared = self.word_terms[term]
            if count > 1:
                frequency = 1.0 + math.log(count)
                weighted, squared = frequency * weighted, frequency * frequency * squared
            product += weighted
            square += squared
        return product / math.sqrt(square) if square else 0.0

    def _characters_part(self, found: Sequence[str]) -> float:
        """The same for character n-grams, added up by word: only what occurs more than once is looked at singly."""
        product = square = 0.0
        terms: list[int] = []
        for word in found:
            numbers, weighted, squared = self.spelled(word)
            terms += numbers
            product += weighted
            square += squared
        counts = Counter(terms)
        if len(counts) < len(terms):
            for number, count in counts.items():
                if count > 1:
                    weighted, squared = self.character_terms[number]
                    frequency = 1.0 + math.log(count)
                    product += (frequency - count) * weighted
                    square += (frequency * frequency - count) * squared
        return product / math.sqrt(square) if terms else 0.0

    def _spell(self, word: str) -> tuple[tuple[int, ...], float, float]:
        """The word's n-grams that the model knows, as scikit-learn's `char_wb` analyzer cuts them, and their sums."""
        padded = f" {word} "
        size = len(padded)
        terms = [
            padded[start : start + length]
            for length in range(_SHORTEST, min(_LONGEST, size) + 1)
            for start in range(size - length + 1)
        ]
        found = list(filter(None, map(self._numbered.get, terms)))
        if not found:
            return (), 0.0, 0.0
        numbers, weighted, squared = zip(*found, strict=True)
        return numbers, sum(weighted), sum(squared)


# Models that read the same message, one after the other, share its words.
_words = lru_cache(_REMEMBERED_MESSAGES)(words)


def bounded(found: Sequence[str]) -> list[str]:
    """Words with a mark before the first and after the last: "agent" alone says more than "agent" in a story."""
    return ["^", *found, "$"]


def with_pairs(found: Sequence[str]) -> Iterator[str]:
    """The terms of a message of these words: each bounded word, and each pair of neighbours."""
    marked = bounded(found)
    return chain(marked, map(" ".join, pairwise(marked)))


def score_of_margin(margin: float, slope: float, offset: float) -> float:
    """Platt's sigmoid, 1 / (1 + exp(-(slope * margin + offset))), in a form that cannot overflow.

    J. Platt, Probabilistic outputs for support vector machines, 1999.
    """
    return 0.5 + 0.5 * math.tanh(0.5 * (slope * margin + offset))


def checksum(model: Mapping[str, object]) -> str:
    """SHA-256 (hex) of everything in a model file but the checksum itself, whatever its layout."""
    content = {key: value for key, value in model.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _table(block: object, documents: float) -> dict[str, tuple[float, float]]:
    """term -> (idf * weight, idf squared), with idf = ln((1 + documents) / (1 + documents that hold it)) + 1."""
    terms = _mapping(block)
    found: list[object] = []
    for entry in terms.values():
        if not isinstance(entry, list) or len(entry) != 2:
            raise TypeError(f"expected [documents, weight] for a term, found {entry!r}")
        found += entry
    numbers = _numbers(found)
    table = {}
    for term, count, weight in zip(terms, numbers[::2], numbers[1::2], strict=True):
        idf = math.log((1.0 + documents) / (1.0 + count)) + 1.0
        table[term] = (idf * weight, idf * idf)
    return table


def _numbers(values: Sequence[object]) -> list[float]:
    """As `_number`, of very many: a model has a hundred thousand."""
    numbers = [value for value in values if type(value) is float or type(value) is int]
    if len(numbers) < len(values) or not all(map(math.isfinite, numbers)):
        return list(map(_number, values))  # says which is none
    return numbers


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, found {type(value).__name__}")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"expected a number, found {value!r}")
    return float(value)


def _unusable(spec: LinearSpec, problem: str) -> ModelFileError:
    return ModelFileError(
        f"{spec.place}: model file {spec.path} {problem}; train a new one: handover train --data PATH --out {spec.path}"
    )
