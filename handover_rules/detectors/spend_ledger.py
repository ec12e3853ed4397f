"""What a detector has spent in a day, so that a restart does not begin a budget anew.

A folder with a file for each day of UTC: `2026-03-01.jsonl`, JSON Lines, one line a request:
`{"detector": "ai", "money": 0.00042}`. Lines are only ever added, so several processes may share it; the files of
past days are not read any more.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import date
from pathlib import Path

from handover_rules.detectors.foreign_json import member, number, strict_json

__all__ = ["SpendLedger"]

_log = logging.getLogger(__name__)


class SpendLedger:
    """The spending of the detector of that name; not safe to use from several threads.

    `folder` need not exist yet; None keeps the spending in memory, and so does a folder that cannot be used, which
    costs a log line: messages are decided all the same.
    """

    def __init__(self, folder: Path | None, detector: str) -> None:
        self._folder = folder
        self._detector = detector
        self._begin(date.min)

    def spent(self, day: date) -> float:
        """What was spent on this day, by other processes too."""
        if day != self._day:
            self._begin(day)
        if self._folder is not None:
            self._catch_up(self._file(self._folder))
        return self._read + self._kept

    def add(self, day: date, money: float) -> None:
        """Add to what was spent on this day."""
        if day != self._day:
            self._begin(day)
        if self._folder is None or not self._written(self._file(self._folder), money):
            self._kept += money

    def _begin(self, day: date) -> None:
        self._day = day
        self._offset = 0  # of what was read
        self._read = 0.0
        self._kept = 0.0  # what no file holds

    def _file(self, folder: Path) -> Path:
        return folder / f"{self._day.isoformat()}.jsonl"

    def _catch_up(self, file: Path) -> None:
        try:
            with file.open("rb") as lines:
                lines.seek(self._offset)
                added = lines.read()
        except FileNotFoundError:
            return
        except OSError as error:
            _log.warning("%s: what was spent cannot be read: %s", file, error.strerror)
            return
        whole = added[: added.rfind(b"\n") + 1]
        self._offset += len(whole)
        self._read += sum(self._money(line, file) for line in whole.splitlines())

    def _money(self, line: bytes, file: Path) -> float:
        record = strict_json(line.decode("utf-8", "replace"))
        money = number(member(record, "money"))
        if money is None or money < 0:
            _log.warning("%s: a line is not a record of spending, and is left out", file)
            return 0.0
        return money if member(record, "detector") == self._detector else 0.0

    def _written(self, file: Path, money: float) -> bool:
        line = json.dumps({"detector": self._detector, "money": money}).encode() + b"\n"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a+b", buffering=0) as lines:
                if lines.tell():
                    lines.seek(-1, os.SEEK_END)
                    # A line that a crash left unfinished must not swallow this one.
                    line = line if lines.read(1) == b"\n" else b"\n" + line
                whole = lines.write(line) == len(line)
        except OSError as error:
            _log.warning("%s: what was spent cannot be written: %s", file, error.strerror)
            return False
        if not whole:
            _log.warning("%s: what was spent cannot be written: is the disk full?", file)
        return whole
