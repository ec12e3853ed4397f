from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

import pytest

from handover_rules.errors import UsageError
from service.outbox.endpoint import Endpoint, open_client
from service.outbox.targets import Outcome, Refused, Retry, Sent
from tests.servers import LocalServer, Reply, dropped, held, nobody_listens
from tests.service.outbox.stage import NOON

SECRET = "/services/T0SECRET/B0SECRET/x0SECRET"
TEXT = b'{"text":"please call me on 491701234567"}'


def post(base: str, *, deadline: float = 10.0, codes: tuple[str, ...] = ()) -> Outcome:
    async def posting() -> Outcome:
        async with open_client() as client:
            endpoint = Endpoint(client, base + SECRET, name="slack", codes=codes, deadline=deadline, now=lambda: NOON)
            return await endpoint.post(TEXT, {"Idempotency-Key": "key-1"})

    return asyncio.run(posting())


def test_what_is_sent() -> None:
    with LocalServer() as server:
        assert post(server.url) == Sent()
    (request,) = server.received
    assert (request.path, request.content) == (SECRET, TEXT)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "key-1"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success(status: int) -> None:
    with LocalServer(Reply(status)) as server:
        assert post(server.url) == Sent()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (408, "status 408 Request Timeout"),
        (409, "status 409 Conflict"),
        (425, "status 425 Too Early"),
        (429, "status 429 Too Many Requests"),
        (500, "status 500 Internal Server Error"),
        (502, "status 502 Bad Gateway"),
        (503, "status 503 Service Unavailable"),
    ],
)
def test_these_statuses_may_pass(status: int, error: str) -> None:
    with LocalServer(Reply(status)) as server:
        assert post(server.url) == Retry(None, error)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
def test_these_statuses_are_final(status: int) -> None:
    with LocalServer(Reply(status)) as server:
        outcome = post(server.url)
    assert isinstance(outcome, Refused)
    assert outcome.error.startswith(f"status {status} ")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with LocalServer() as elsewhere, LocalServer(Reply(status, headers={"Location": elsewhere.url})) as server:
        outcome = post(server.url)
    assert isinstance(outcome, Refused)
    assert outcome.error.endswith(": redirects are not followed")
    assert elsewhere.received == []


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        (" 1.5 ", 1.5),
        ("Mon, 02 Mar 2026 12:02:00 GMT", 120),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("Monday, 02-Mar-26 12:02:00 GMT", 120),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_when_to_come_back(status: int, retry_after: str, seconds: float | None) -> None:
    with LocalServer(Reply(status, headers={"Retry-After": retry_after})) as server:
        outcome = post(server.url)
    assert isinstance(outcome, Retry)
    assert outcome.after == seconds


def test_nobody_listens() -> None:
    with nobody_listens() as url:
        assert post(url) == Retry(None, "no answer: ConnectionRefusedError")


def test_a_connection_closed_without_an_answer() -> None:
    with LocalServer(dropped()) as server:
        assert post(server.url) == Retry(None, "no answer: RemoteProtocolError")


@pytest.mark.parametrize(
    "reply", [held(threading.Event(), Reply()), Reply(trickles="whole")], ids=["silent", "a byte at a time"]
)
def test_a_server_that_stalls_is_cut_off_at_the_deadline(reply: Reply) -> None:
    with LocalServer(reply) as server:
        assert post(server.url, deadline=0.2) == Retry(None, "no answer within 0.2 s")


@pytest.mark.parametrize(("status", "outcome"), [(200, Sent()), (404, Refused("status 404 Not Found"))])
def test_a_status_counts_although_the_body_never_ends(status: int, outcome: Outcome) -> None:
    with LocalServer(Reply(status, "x" * 1000, trickles="body")) as server:
        assert post(server.url, deadline=1.0) == outcome


def test_a_long_answer_is_not_read_to_its_end() -> None:
    with LocalServer(Reply(200, "x" * 10_000_000)) as server:
        assert post(server.url) == Sent()


def test_only_known_codes_are_quoted() -> None:
    said = ["no_service", "no_service\n", "please call me on 491701234567", "no_service 491701234567", "ñ"]
    with LocalServer(*(Reply(404, text) for text in said)) as server:
        outcomes = [post(server.url, codes=("no_service",)) for _ in said]
    coded, plain = Refused("status 404 Not Found: no_service"), Refused("status 404 Not Found")
    assert outcomes == [coded, coded, plain, plain, plain]


def test_connections_are_used_again() -> None:
    async def posting() -> None:
        async with open_client() as client:
            endpoint = Endpoint(client, server.url, name="webhook")
            for _ in range(5):
                assert await endpoint.post(b"{}") == Sent()

    with LocalServer(otherwise=lambda _: Reply(body="ok")) as server:
        asyncio.run(posting())
    assert len(server.received) == 5
    assert server.connections == 1


@pytest.mark.parametrize(
    "failing",
    [
        lambda: LocalServer(Reply(429, headers={"Retry-After": "5"})),
        lambda: LocalServer(Reply(302, headers={"Location": "/elsewhere"})),
        lambda: LocalServer(dropped()),
        lambda: LocalServer(Reply()),
    ],
)
def test_no_log_has_the_address_or_the_text(
    caplog: pytest.LogCaptureFixture, failing: Callable[[], LocalServer]
) -> None:
    caplog.set_level(logging.DEBUG)
    with failing() as server:
        outcome = post(server.url)
    with nobody_listens() as url:
        post(url)
    assert server.received
    assert "SECRET" not in repr(outcome)
    assert "SECRET" not in caplog.text
    assert "491701234567" not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///services/T0SECRET",
        "ftp://example.org/T0SECRET",
        "example.org/T0SECRET",
        "https://example.org:port/T0SECRET",
        "https://[::1/T0SECRET",
        "https://example.org/\x00T0SECRET",
        "",
    ],
)
def test_what_is_no_web_address(url: str) -> None:
    async def making() -> None:
        async with open_client() as client:
            with pytest.raises(UsageError, match="the address of slack is no web address") as refused:
                Endpoint(client, url, name="slack")
            assert "SECRET" not in str(refused.value)

    asyncio.run(making())
