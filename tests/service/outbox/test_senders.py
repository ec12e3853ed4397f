"""Texts to customers through each channel: what is asked, and what the answers mean."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from service.outbox.accounts import Channel
from service.outbox.endpoint import Endpoint, open_client
from service.outbox.senders import WIRES, Sender
from service.outbox.targets import Outcome, Refused, Retry, Sent
from tests.servers import LocalServer, Received, Reply
from tests.service.outbox.sending import TROUBLE, accounts

CHAT = "5511987654321@s.whatsapp.net"
BAD = "status 400 Bad Request"


def send(server: LocalServer, channel: Channel, chat: str = CHAT, text: str = "hola 🙏") -> Outcome:
    async def sending() -> Outcome:
        async with open_client() as client:
            account = accounts(server.url)[channel]
            endpoint = Endpoint(client, account.url, name=channel, deadline=0.5)
            return await Sender(endpoint, account, WIRES[channel]).send(chat, text)

    return asyncio.run(sending())


def asked(channel: Channel, chat: str = CHAT, text: str = "hola 🙏") -> Received:
    with LocalServer() as server:
        send(server, channel, chat, text)
    (request,) = server.received
    return request


# --- what is asked --------------------------------------------------------------------------------


def test_evolution() -> None:
    request = asked("evolution")
    assert request.path == "/message/sendText/my%20shop"
    assert request.headers["apikey"] == "evolution-key"
    assert request.body == {"number": CHAT, "text": "hola 🙏"}


def test_wasender() -> None:
    request = asked("wasender")
    assert request.path == "/api/send-message"
    assert request.headers["authorization"] == "Bearer wasender-key"
    assert request.body == {"to": "+5511987654321", "text": "hola 🙏"}


def test_cloud() -> None:
    request = asked("cloud", "5511987654321")
    assert request.path == "/1066/messages"
    assert request.headers["authorization"] == "Bearer cloud-token"
    assert request.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "5511987654321",
        "type": "text",
        "text": {"preview_url": False, "body": "hola 🙏"},
    }


def test_twilio() -> None:
    request = asked("twilio", "whatsapp:+5511987654321")
    assert request.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"AC1:twilio-token").decode()
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.content.decode()) == {
        "To": ["whatsapp:+5511987654321"],
        "From": ["whatsapp:+14155238886"],
        "Body": ["hola 🙏"],
    }


@pytest.mark.parametrize("channel", WIRES)
def test_half_an_emoji_stops_nothing(channel: Channel) -> None:
    with LocalServer(Reply(201)) as server:
        assert send(server, channel, text="half an emoji \ud83d") == Sent()


@pytest.mark.parametrize(
    ("channel", "chat", "to"),
    [
        ("evolution", "123456789012345@lid", {"number": "123456789012345@lid"}),
        ("wasender", "123456789012345@lid", {"to": "123456789012345@lid"}),
        ("wasender", "5511987654321:12@s.whatsapp.net", {"to": "+5511987654321"}),
        ("wasender", "+5511987654321", {"to": "+5511987654321"}),
        ("cloud", "BR.13491208655302741918", {"recipient": "BR.13491208655302741918"}),
        ("cloud", CHAT, {"to": "5511987654321"}),
    ],
)
def test_the_customer_as_the_channel_wants_them(channel: Channel, chat: str, to: dict[str, str]) -> None:
    body = asked(channel, chat).body
    assert body | to == body
    assert ("to" in body) + ("recipient" in body) + ("number" in body) == 1


def test_twilio_by_the_number_alone() -> None:
    assert parse_qs(asked("twilio", CHAT).content.decode())["To"] == ["whatsapp:+5511987654321"]


# --- what answers mean ----------------------------------------------------------------------------

SUCCESS: list[tuple[Channel, int, dict[str, Any], str]] = [
    ("evolution", 201, {"key": {"remoteJid": CHAT, "fromMe": True, "id": "3EB0A1"}, "status": "PENDING"}, "3EB0A1"),
    ("wasender", 200, {"success": True, "data": {"msgId": 100000, "jid": "+55", "status": "in_progress"}}, "100000"),
    ("cloud", 200, {"contacts": [{"wa_id": "55"}], "messages": [{"id": "wamid.OUT"}]}, "wamid.OUT"),
    ("twilio", 201, {"sid": "SM1", "status": "queued", "to": "whatsapp:+55"}, "SM1"),
]


@pytest.mark.parametrize(("channel", "status", "said", "known_as"), SUCCESS)
def test_what_was_sent_has_an_id(channel: Channel, status: int, said: dict[str, Any], known_as: str) -> None:
    with LocalServer(Reply(status, json.dumps(said))) as server:
        assert send(server, channel) == Sent(known_as)


@pytest.mark.parametrize("channel", WIRES)
@pytest.mark.parametrize(
    "said",
    ["", "ok", "{", "null", "[]", '{"key": "a", "data": [1], "messages": [], "sid": {}}', '{"messages": {"0": 1}}'],
)
def test_what_was_sent_is_not_sent_again_for_a_bad_answer(channel: Channel, said: str) -> None:
    with LocalServer(Reply(200, said)) as server:
        assert send(server, channel) == Sent()


@pytest.mark.parametrize("channel", WIRES)
@pytest.mark.parametrize(("reply", "outcome"), TROUBLE)
def test_trouble(channel: Channel, reply: Reply, outcome: Outcome) -> None:
    with LocalServer(reply) as server:
        assert send(server, channel) == outcome


@pytest.mark.parametrize(
    ("channel", "reply", "outcome"),
    [
        ("cloud", Reply(400, '{"error": {"code": 131047, "message": "5511987654321"}}'), f"{BAD}, code 131047"),
        ("cloud", Reply(401, '{"error": {"code": 190}}'), "status 401 Unauthorized, code 190"),
        ("twilio", Reply(400, '{"code": 21211, "message": "whatsapp:+5511987654321"}'), f"{BAD}, code 21211"),
        ("twilio", Reply(400, '{"code": 5511987654321}'), BAD),
        ("twilio", Reply(400, '{"code": [1]}'), BAD),
        ("evolution", Reply(400, '{"response": {"message": [{"exists": false}]}}'), BAD),
    ],
)
def test_refused(channel: Channel, reply: Reply, outcome: str) -> None:
    with LocalServer(reply) as server:
        assert send(server, channel) == Refused(outcome)


@pytest.mark.parametrize("code", [130429, 131056, 80007, 131016])
def test_what_meta_refuses_for_now_is_tried_again(code: int) -> None:
    with LocalServer(Reply(400, json.dumps({"error": {"code": code}}))) as server:
        assert send(server, "cloud") == Retry(None, f"status 400 Bad Request, code {code}")


def test_wasender_says_in_the_body_when_to_come_back() -> None:
    said = json.dumps({"message": "You can only send 1 message every 5 seconds", "retry_after": 5})
    with LocalServer(Reply(429, said), Reply(429, said, {"Retry-After": "60"}), Reply(429, "{}")) as server:
        assert [send(server, "wasender") for _ in range(3)] == [
            Retry(5.0, "status 429 Too Many Requests"),
            Retry(60.0, "status 429 Too Many Requests"),
            Retry(None, "status 429 Too Many Requests"),
        ]


def test_a_success_that_says_it_is_none_is_tried_again() -> None:
    with LocalServer(Reply(200, '{"success": false, "message": "session of 5511987654321"}')) as server:
        assert send(server, "wasender") == Retry(None, "status 200, and yet the channel did not take it")
