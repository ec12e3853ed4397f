"""Whatever a body holds, it is read or refused with a reason; and nothing of it is told."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.channels import BadPayload, Inbound, read_webhook

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "inbound").glob("*.json"))
BODIES = [json.loads(path.read_text(encoding="utf-8"))["body"] for path in FIXTURES]
# Stands in the place of values, and must be in no error.
PRIVATE = "12025550188 Private"

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**80, max_value=10**120),
    st.floats(),
    st.text(st.characters(codec=None), max_size=20),
    st.just(PRIVATE),
    st.sampled_from(["\0", "\ud83d", " ", "", "@lid", "@s.whatsapp.net", "status@broadcast", "(" * 300]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def _places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [at, *(place for key, child in value.items() for place in _places(child, (*at, key)))]
    if isinstance(value, list):
        return [at, *(place for number, child in enumerate(value) for place in _places(child, (*at, number)))]
    return [at]


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """A delivery in which one to three places hold something else, or nothing."""
    body: Any = [copy.deepcopy(draw(st.sampled_from(BODIES)))]
    for _ in range(draw(st.integers(1, 3))):
        places = [place for place in _places(body) if place]
        place = draw(st.sampled_from(places or [(0,)]))
        inside = body
        for step in place[:-1]:
            inside = inside[step]
        if len(place) > 1 and draw(st.integers(0, 3)) == 0:
            del inside[place[-1]]
        else:
            inside[place[-1]] = draw(values)
    return body[0]


def read(body: bytes) -> list[Inbound] | BadPayload:
    try:
        return read_webhook(body)
    except BadPayload as error:
        return error


def check(result: list[Inbound] | BadPayload) -> None:
    if isinstance(result, BadPayload):
        assert result.status in (400, 422)
        assert str(result)
        assert "Private" not in str(result)
        str(result).encode()
        return
    for inbound in result:
        json.loads(inbound.payload)
        for text in dataclasses.astuple(inbound):
            assert not isinstance(text, str) or "\0" not in text.encode().decode()
        if inbound.ignored is None:
            assert inbound.customer
            assert inbound.chat
            assert inbound.message_id
            assert inbound.text
            assert not inbound.text.isspace()
            assert not inbound.from_me
            assert isinstance(json.loads(inbound.payload), dict)


@settings(max_examples=500)
@given(mutated())
def test_mutated_deliveries_are_read_or_refused(body: object) -> None:
    check(read(json.dumps(body).encode()))


@given(values)
def test_any_json_is_read_or_refused(body: object) -> None:
    check(read(json.dumps(body).encode()))


@given(st.one_of(st.binary(max_size=40), st.text(alphabet='{}[]",:\\u0dD8e-NaI \n', max_size=40).map(str.encode)))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    check(read(body))


def test_two_deliveries_of_one_post_keep_their_order() -> None:
    messages = [
        {"key": {"remoteJid": "test@s.whatsapp.net", "id": str(number)}, "message": {"conversation": f"text {number}"}}
        for number in range(50)
    ]
    body = json.dumps({"messages": messages, "type": "notify"}).encode()
    assert [inbound.text for inbound in read_webhook(body)] == [f"text {number}" for number in range(50)]


@pytest.mark.parametrize("key", ["id", "remoteJid", "fromMe", "remoteJidAlt"])
@pytest.mark.parametrize("wrong", [7, [], {"a": 1}, PRIVATE * 20])
def test_a_wrong_kind_is_named_and_not_shown(key: str, wrong: object) -> None:
    good = {"remoteJid": "100000000000001@lid", "fromMe": False, "id": "1"}
    body = {"messages": [{"key": {**good, key: wrong}, "message": {"conversation": "hi"}}]}
    result = read(json.dumps(body).encode())
    assert isinstance(result, BadPayload)
    assert result.status == 422
    assert f"in `messages[0]`: `key.{key}`" in str(result)
    assert "Private" not in str(result)
