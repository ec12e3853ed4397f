"""Every error that the engine package raises on purpose.

HandoverError
├── RulesetError        the rule files have problems; carries all of them, with places
├── EngineError         the engine was called in a way that it cannot answer
├── TemplateFailed      a template met a value that it cannot render
├── DetectorError       a detector cannot be built or run (not: it could not answer a message)
│   ├── ModelFileError  a model file is missing, damaged or made for another version
│   └── AskingStopped   the service cannot be asked any more, and what was left to ask would stay unanswered
├── AnswerStoreError    the store of recorded answers cannot be read or written
│   └── AnswerMissing   an answer was required, and none is recorded
├── FileChanged         a file is not as it was when it was read: somebody else has saved it
├── DataError           a data file or row is not what it should be; names file and line
└── UsageError          a command was given something that it cannot work with
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from handover_rules.problems import Problem
    from handover_rules.rulefile.source import Source

__all__ = [
    "AnswerMissing",
    "AnswerStoreError",
    "AskingStopped",
    "DataError",
    "DetectorError",
    "EngineError",
    "FileChanged",
    "HandoverError",
    "ModelFileError",
    "RulesetError",
    "TemplateFailed",
    "UsageError",
]


class HandoverError(Exception):
    """The root: `except HandoverError` catches what this package raises on purpose, and no bug."""


class RulesetError(HandoverError):
    """The rule files cannot be used.

    `problems` lists everything that is wrong, in file order; `sources` has the files' texts by name, to show it in.
    """

    def __init__(self, problems: Sequence[Problem], sources: Mapping[str, Source] = MappingProxyType({})) -> None:
        self.problems = tuple(problems)
        self.sources = sources
        first = self.problems[0]
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"{first.place}: {first.code}: {first.message}{more}")


class EngineError(HandoverError):
    """The engine was called in a way that it cannot answer, such as with a time without a time zone."""


class TemplateFailed(HandoverError):
    """A template met a value that it cannot render; the message names the template's place."""


class DetectorError(HandoverError):
    """A detector cannot be built or run. A message that it could not answer is `Unavailable`, not this."""


class ModelFileError(DetectorError):
    """A model file is missing, damaged, or made for another version of this program."""


class AskingStopped(DetectorError):
    """The service that a detector asks cannot be asked any more, so answers cannot be recorded to the end."""


class AnswerStoreError(HandoverError):
    """The answer store cannot be read or written; the message names file and line."""


class AnswerMissing(AnswerStoreError):
    """An answer was required, and none is recorded for the message and the detector's fingerprint."""


class FileChanged(HandoverError):
    """The file is not as it was when it was read: somebody else has saved or removed it."""


class DataError(HandoverError):
    """A data file or one of its rows is not what it should be; the message names file and line."""


class UsageError(HandoverError):
    """A command was given something that it cannot work with; the message says what to give instead."""
