"""The hash that names a ruleset: over all that can change a decision or what is done about it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import time, timedelta

from handover_rules.ruleset import LinearSpec, OpenAISpec, PhraseSource, Place, Rule, Threshold

__all__ = ["ruleset_hash"]

# Where things stand, who owns them and how they are tested changes no decision.
_LEFT_OUT: dict[type, frozenset[str]] = {
    Rule: frozenset({"owner", "tests", "allow"}),
    Threshold: frozenset({"env", "overridden", "goal", "low95", "high95", "data", "detector"}),
    LinearSpec: frozenset({"path"}),
    OpenAISpec: frozenset({"prompt_file", "calibration_file"}),
}


def ruleset_hash(parts: Mapping[str, object]) -> str:
    """12 hex digits of a SHA-256 over the canonical JSON of what the ruleset says.

    A threshold counts with its effective value, a prompt and a calibration with their text, a model with its digest.
    """
    text = json.dumps(_plain(parts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    if isinstance(value, PhraseSource):
        return value.phrase.source
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        left_out = _LEFT_OUT.get(type(value), frozenset())
        names = (field.name for field in dataclasses.fields(value) if field.name != "place")
        said = {name: _plain(getattr(value, name)) for name in names if name not in left_out}
        return {"": type(value).__name__, **said}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value if not isinstance(item, Place)]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return value.isoformat()
    return value
