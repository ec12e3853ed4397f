"""What earlier evaluations used, so that the next one can tell what an answer takes.

JSON Lines in `usage.jsonl` beside the store of answers, one line a detector and run:
`{"detector": "ai", "fingerprint": "4e0354c1b9d9", "requests": 40, "prompt_tokens": 9000, "completion_tokens": 1600}`.
Only requests whose tokens the provider reported are counted. Lines are only ever added.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from handover_rules.detectors import AnswerStore, Detector, Recorded
from handover_rules.detectors.foreign_json import member, number, strict_json

__all__ = ["Used", "keep_usage", "used_before"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Used:
    """Requests whose tokens are known, and the tokens of their answers."""

    requests: int
    completion_tokens: int

    @property
    def mean(self) -> float:
        """Tokens of an answer. There is at least one request."""
        return self.completion_tokens / self.requests


def keep_usage(detectors: Mapping[str, Detector], store: AnswerStore) -> None:
    """Adds what these detectors used since they were built. Where it cannot be written, that costs a log line only."""
    lines = []
    for name, one in detectors.items():
        usage = one.usage if isinstance(one, Recorded) else None
        if usage is not None and usage.metered:
            line = {"detector": name, "fingerprint": one.fingerprint, "requests": usage.metered}
            line |= {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
            lines.append(json.dumps(line) + "\n")
    if not lines:
        return
    file = _file(store)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as log:
            log.write("".join(lines))
    except OSError as error:
        _log.warning("%s: what was used cannot be written: %s", file, error.strerror)


def used_before(store: AnswerStore) -> dict[str, Used]:
    """What was used, by fingerprint. A line that cannot be understood is left out: it only makes estimates better."""
    try:
        lines = _file(store).read_bytes().splitlines()
    except OSError:
        return {}
    found: dict[str, Used] = {}
    for line in lines:
        record = strict_json(line.decode("utf-8", "replace"))
        mark = member(record, "fingerprint")
        requests, tokens = (number(member(record, key)) for key in ("requests", "completion_tokens"))
        if isinstance(mark, str) and requests is not None and tokens is not None and requests >= 1 and tokens >= 0:
            before = found.get(mark, Used(0, 0))
            found[mark] = Used(before.requests + int(requests), before.completion_tokens + int(tokens))
    return found


def _file(store: AnswerStore) -> Path:
    return store.path.with_name("usage.jsonl")
