"""Deliveries of every kind, each with what is to be made of it: `tests/fixtures/inbound/*.json`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.channels import BadPayload, read_webhook

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "inbound").glob("*.json"))
LEFT_OUT = re.compile(r"AAAA|not-a-real-key|apikey|base64|jpegThumbnail|thumbnail|mediaKey|Sha256|messageSecret")


def test_there_are_enough() -> None:
    assert len(FIXTURES) >= 50


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixture(path: Path) -> None:
    fixture: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    body = json.dumps(fixture["body"]).encode()
    if "expect_error" in fixture:
        with pytest.raises(BadPayload) as error:
            read_webhook(body)
        assert error.value.status == fixture["expect_error"]["status"]
        assert fixture["expect_error"]["says"] in str(error.value)
        return
    inbounds = read_webhook(body)
    assert len(inbounds) == len(fixture["expect"])
    for inbound, expected in zip(inbounds, fixture["expect"], strict=True):
        fields = {name: getattr(inbound, name) for name in {"ignored", *expected}}
        if inbound.sent_at is not None and "sent_at" in fields:
            fields["sent_at"] = inbound.sent_at.isoformat()
        assert fields == {"ignored": None, **expected}
        assert inbound.channel == "whatsapp"
        assert not LEFT_OUT.search(inbound.payload)
        assert inbound.payload == json.dumps(json.loads(inbound.payload), ensure_ascii=False, separators=(",", ":"))
