"""What is kept of a delivery."""

from __future__ import annotations

import json

import pytest

from service.channels.payloads import payload_of


def test_compact_and_readable() -> None:
    assert payload_of({"a": [1, 2.5, None, True], "b": "olá 😀"}) == '{"a":[1,2.5,null,true],"b":"olá 😀"}'


@pytest.mark.parametrize(
    "key",
    [
        "apikey",
        "apiKey",
        "API_KEY",
        "token",
        "accessToken",
        "reportingTokenInfo",
        "messageSecret",
        "password",
        "Authorization",
        "jwt_key",
        "mediaKey",
        "qrcode",
        "pairingCode",
        "base64",
        "jpegThumbnail",
        "thumbnailDirectPath",
        "thumbnailSha256",
        "fileSha256",
        "fileEncSha256",
        "streamingSidecar",
        "waveform",
        "x" * 1_000 + "token",
    ],
)
def test_secrets_and_media_are_left_out_at_any_depth(key: str) -> None:
    inner = {"kept": 1, key: "x"}
    assert json.loads(payload_of({"a": [{"b": inner}], key: {"c": 1}})) == {"a": [{"b": {"kept": 1}}]}


def test_what_rules_ask_about_is_kept() -> None:
    message = {
        "key": {"remoteJid": "test@s.whatsapp.net", "id": "1"},
        "messageType": "imageMessage",
        "source": "ios",
        "message": {"imageMessage": {"mimetype": "image/png"}, "mediaUrl": "https://media.example.org/1"},
        "contextInfo": {"quotedMessage": {"conversation": "token"}},
        "x" * 1_000: 1,
    }
    assert json.loads(payload_of(message)) == message
