"""What was delivered, as JSON text to keep: without secrets, and without the bytes of media."""

from __future__ import annotations

import json
import re
from functools import lru_cache

__all__ = ["payload_of"]

_LEFT_OUT = re.compile(
    # Secrets: what opens the sender's API, links a device, or decrypts media.
    "api_?key|token|secret|password|authorization|jwt|mediakey|qr_?code|pairing_?code"
    # Media: the bytes, pictures of them, and their checksums.
    "|base64|thumbnail|sha256|sidecar|waveform",
    re.IGNORECASE,
)
_write = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def payload_of(delivered: object) -> str:
    """The compact JSON of what was delivered, less the keys that name secrets or media, at any depth."""
    return _write(_kept(delivered))


def _kept(value: object) -> object:
    if isinstance(value, dict):
        return {key: _kept(child) for key, child in value.items() if not _is_left_out(key)}
    if isinstance(value, list):
        return [_kept(child) for child in value]
    return value


def _is_left_out(key: str) -> bool:
    # The keys of a channel are few and short; the bounds are for a sender that makes them up.
    return _is_named(key) if len(key) <= 64 else _LEFT_OUT.search(key) is not None


@lru_cache(maxsize=2048)
def _is_named(key: str) -> bool:
    return _LEFT_OUT.search(key) is not None
