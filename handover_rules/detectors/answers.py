"""The store of recorded answers: what detectors said, found again by question and fingerprint, for ever.

JSON Lines, one line an answer, without the message's text:
`{"key": .., "detector": .., "fingerprint": .., "score": .., "needed": .., "confidence": .., "reason": ..}`.
`key` is `Query.key()`. Lines are only ever added, so several processes may record at once; where the same
question and fingerprint occur twice, the last line counts. A refusal or an error is no answer: never stored.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from handover_rules.errors import AnswerStoreError
from handover_rules.signals import Score

if sys.platform != "win32":
    import fcntl

__all__ = ["Answer", "AnswerStore"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a detector of that name and fingerprint said to the question `key`."""

    key: str
    detector: str
    fingerprint: str
    score: Score


class AnswerStore:
    """A file of answers. It need not exist yet, and is read when the first answer is looked up.

    Every method raises AnswerStoreError, with file and line, where the file cannot be read, written or
    understood. A last line that a crash left unfinished is no damage: it is ignored, and removed by the next
    `append`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._answers: dict[tuple[str, str], Answer] | None = None

    def __len__(self) -> int:
        return len(self._loaded())

    def get(self, key: str, fingerprint: str) -> Score | None:
        """The answer to the question `key` of the detector with this fingerprint, whatever its name was."""
        answer = self._loaded().get((key, fingerprint))
        return answer.score if answer is not None else None

    def append(self, answers: Iterable[Answer]) -> None:
        """Adds answers at the end of the file, each in one write. Does not read the file."""
        with self._reported(), self._locked() as file:
            _heal(file)
            for answer in answers:
                line = _line(answer)
                if _answer(line) is None:
                    raise AnswerStoreError(
                        f"{self.path}: {answer.score} of {answer.detector} is not a score from 0 to 1"
                    )
                if os.write(file, line) != len(line):
                    raise AnswerStoreError(f"{self.path}: an answer could not be written: is the disk full?")
                if self._answers is not None:
                    self._answers[answer.key, answer.fingerprint] = answer

    def stale(self, current: Mapping[str, str]) -> dict[tuple[str, str], int]:
        """How many answers no detector would find any more, by (detector, fingerprint), sorted.

        `current` gives each detector's fingerprint by name. An answer recorded under another name counts as
        found when a current fingerprint is its own.
        """
        found = set(current.values())
        counts = Counter((a.detector, a.fingerprint) for a in self._loaded().values() if a.fingerprint not in found)
        return dict(sorted(counts.items()))

    def _loaded(self) -> dict[tuple[str, str], Answer]:
        if self._answers is None:
            with self._reported():
                self._answers = _parse(self.path.read_bytes() if self.path.exists() else b"", self.path)
        return self._answers

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise AnswerStoreError(f"{self.path}: the answer store cannot be used: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, open to read and append; where the platform has file locks, nobody else is in it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        try:
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _heal(file: int) -> None:
    """Makes the file end with a whole line: cuts an unfinished one off, gives a finished one its newline."""
    size = os.lseek(file, 0, os.SEEK_END)
    if size == 0:
        return
    os.lseek(file, size - 1, os.SEEK_SET)
    if os.read(file, 1) == b"\n":
        return
    content = _read_all(file)
    start = content.rfind(b"\n") + 1
    if _answer(content[start:]) is not None:
        os.write(file, b"\n")
    else:
        os.ftruncate(file, start)


def _read_all(file: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    with os.fdopen(file, "rb", closefd=False) as content:
        return content.read()


def _parse(content: bytes, path: Path) -> dict[tuple[str, str], Answer]:
    answers: dict[tuple[str, str], Answer] = {}
    # Split at newlines alone: other line separators may stand in a reason.
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        answer = _answer(line)
        if answer is not None:
            answers[answer.key, answer.fingerprint] = answer
        elif line and number < len(lines):
            raise AnswerStoreError(
                f"{path}:{number}: not a recorded answer; restore this line, or delete it and record again"
            )
    return answers


def _answer(line: bytes) -> Answer | None:
    """The answer that a line holds; None where it does not hold exactly one."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match row:
        case {
            "key": str(key),
            "detector": str(detector),
            "fingerprint": str(fingerprint),
            "score": float() | int() as value,
            "needed": bool() | None as needed,
            "confidence": float() | int() | None as confidence,
            "reason": str(reason),
        } if _is_score(value) and (confidence is None or _is_score(confidence)):
            sure = None if confidence is None else float(confidence)
            return Answer(key, detector, fingerprint, Score(float(value), needed, sure, reason))
    return None


def _is_score(value: float) -> bool:
    return not isinstance(value, bool) and 0 <= value <= 1


def _line(answer: Answer) -> bytes:
    score = answer.score
    row = {
        "key": answer.key,
        "detector": answer.detector,
        "fingerprint": answer.fingerprint,
        "score": score.value,
        "needed": score.needed,
        "confidence": score.confidence,
        "reason": score.reason,
    }
    return json.dumps(row).encode() + b"\n"
