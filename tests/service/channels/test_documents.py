"""Bodies that are JSON, and what is said of others."""

from __future__ import annotations

import json

import pytest

from service.channels.documents import MAX_DEPTH, MAX_DIGITS, read_document
from service.channels.inbound import BadPayload


def refused(body: bytes) -> str:
    with pytest.raises(BadPayload) as error:
        read_document(body)
    assert error.value.status == 400
    return str(error.value)


def test_json_is_read() -> None:
    assert read_document(b' {"a": [1, 2.5, null, true, "\xc3\xa9"]}\n') == {"a": [1, 2.5, None, True, "é"]}


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert read_document(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the body is empty; expected JSON such as {"),
        (b" \n", "the body is empty"),
        (b"text=hello", "the body is not JSON: Expecting value at line 1, column 1; expected such as {"),
        (b'{"a": 1,\n "b" 2}', "Expecting ':' delimiter at line 2, column 6"),
        (b'{"a": "\xff"}', "the body is not UTF-8: byte 8 is wrong"),
        (b'{"a": NaN}', "NaN is no number in JSON"),
        (b'{"a": [-Infinity]}', "-Infinity is no number in JSON"),
        (b'{"a": 1e999}', "a number that is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number of 5,000 digits; at most 100 are read"),
        (b'{"a": 0.' + b"9" * 5000 + b"}", "at most 100 are read"),
        (b'{"a": "\n"}', "Invalid control character"),
    ],
)
def test_what_is_no_json(body: bytes, says: str) -> None:
    assert says in refused(body)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_000, 200_000])
def test_too_deep(depth: int) -> None:
    assert "nested too deeply: at most 100 levels" in refused(b"[" * depth + b"]" * depth)
    assert "nested too deeply" in refused(b'{"a":' * depth + b"1" + b"}" * depth)


def test_deep_and_wide_enough() -> None:
    assert read_document(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert read_document(json.dumps([[1]] * 1_000).encode()) == [[1]] * 1_000
    assert read_document(b"9" * MAX_DIGITS) == int("9" * MAX_DIGITS)


def test_what_no_database_holds_is_replaced_everywhere() -> None:
    body = rb'{"\u0000k": ["a\u0000", {"b": "\ud83d!"}], "\udC00": 1, "kept": "\ud83d\ude00 \u00e9 \\u0000"}'
    replaced = {"\ufffdk": ["a\ufffd", {"b": "\ufffd!"}], "\ufffd": 1, "kept": "😀 é \\u0000"}
    assert read_document(body) == replaced
