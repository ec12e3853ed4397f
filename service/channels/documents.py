"""A body as JSON: what it may hold, and what is said of a body that is none.

What is read can be stored and be written as JSON again: no NUL, which PostgreSQL cannot hold, no lone half of a
surrogate pair, which phones send now and then and UTF-8 cannot write, no infinite number, and no depth that the code
behind it would have to fear.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from service.channels.fields import EXAMPLE
from service.channels.inbound import BadPayload

__all__ = ["MAX_DEPTH", "MAX_DIGITS", "read_document", "storable"]

MAX_DEPTH = 100
MAX_DIGITS = 100

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# How NUL and halves of surrogate pairs are written in JSON, where they can stand in no other way.
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def read_document(body: bytes) -> object:
    """The JSON value of a body; what cannot be stored in its texts is U+FFFD. Raises BadPayload with status 400."""
    if body.startswith(_BYTE_ORDER_MARK):
        body = body[len(_BYTE_ORDER_MARK) :]
    try:
        document: object = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadPayload(400, f"the body is not UTF-8: byte {error.start + 1} is wrong") from None
    except json.JSONDecodeError as error:
        if not body.strip():
            raise BadPayload(400, f"the body is empty; expected JSON such as {EXAMPLE}") from None
        where = f"line {error.lineno}, column {error.colno}"
        raise BadPayload(400, f"the body is not JSON: {error.msg} at {where}; expected such as {EXAMPLE}") from None
    except RecursionError:
        raise _too_deep() from None
    # Each level has its bracket, so that few brackets need no closer look.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and isinstance(document, (dict, list)) and _is_deep(document):
        raise _too_deep()
    return _storable(document) if _ESCAPED.search(body) else document


def _whole(digits: str) -> int:
    return int(_bounded(digits))


def _fraction(digits: str) -> float:
    number = float(_bounded(digits))
    if math.isinf(number):
        raise BadPayload(400, "the body has a number that is too large to be held")
    return number


def _bounded(digits: str) -> str:
    if len(digits) > MAX_DIGITS:
        raise BadPayload(400, f"the body has a number of {len(digits):,} digits; at most {MAX_DIGITS} are read")
    return digits


def _no_number(name: str) -> object:
    raise BadPayload(400, f"the body is not JSON: {name} is no number in JSON; null says that there is none")


_DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_fraction, parse_constant=_no_number)


def _too_deep() -> BadPayload:
    return BadPayload(400, f"the body is nested too deeply: at most {MAX_DEPTH} levels of objects and lists are read")


def _is_deep(document: dict[str, Any] | list[Any]) -> bool:
    # Level by level, since a recursion could itself go too deep.
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        children = (child for value in level for child in (value.values() if isinstance(value, dict) else value))
        level = [child for child in children if isinstance(child, (dict, list))]
    return bool(level)


def storable(text: str) -> str:
    """The text with what cannot be stored, NUL and halves of surrogate pairs, replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def _storable(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(child) for child in value]
    if isinstance(value, dict):
        return {storable(key): _storable(child) for key, child in value.items()}
    return value
