from __future__ import annotations

from typing import Any

import pytest

from service.outbox.endpoint import Endpoint
from service.outbox.targets import Outcome, Refused, Sent
from service.outbox.teams import TeamsTarget
from tests.servers import LocalServer, Reply
from tests.service.outbox.sending import TROUBLE, leased, send


def post(server: LocalServer, text: Any) -> Outcome:
    return send(
        lambda client: TeamsTarget(Endpoint(client, server.url + "/flow?sig=SECRET", name="teams", deadline=0.5)),
        leased({"text": text}),
    )


def lines(server: LocalServer) -> list[str]:
    """What the card on the server says."""
    (attachment,) = server.received[0].body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    return [run["text"] for block in card["body"] for run in block["inlines"]]


def test_the_text_is_a_card_of_its_lines() -> None:
    with LocalServer(Reply(202)) as server:
        assert post(server, "Handover\n\nAna braucht Hilfe 🙏\r\nhalf an emoji \ud83d") == Sent()
    assert server.received[0].body["type"] == "message"
    assert lines(server) == ["Handover", "Ana braucht Hilfe 🙏", "half an emoji \ud83d"]


def test_customers_write_no_links() -> None:
    said = "[your bank](https://evil.example) <at>Everyone</at> **now**"
    with LocalServer(Reply(202)) as server:
        post(server, said)
    assert lines(server) == [said]  # as runs of text, which Teams shows as they are


@pytest.mark.parametrize("text", ["a" * 100_000, "🙏" * 50_000, "a\n" * 50_000, '"' * 40_000])
def test_what_is_too_long_is_cut(text: str) -> None:
    with LocalServer(Reply(202)) as server:
        assert post(server, text) == Sent()
    assert 20_000 < len(server.received[0].content) <= 28_000
    assert lines(server)[-1].endswith("…")


def test_what_just_fits_is_whole() -> None:
    with LocalServer(Reply(202)) as server:
        post(server, "a" * 26_000)
    assert lines(server) == ["a" * 26_000]


@pytest.mark.parametrize("text", [None, 5, "", " \n "])
def test_without_a_text_nothing_is_posted(text: Any) -> None:
    with LocalServer() as server:
        assert post(server, text) == Refused("the body has no text")
    assert server.received == []


@pytest.mark.parametrize(("reply", "outcome"), TROUBLE)
def test_trouble(reply: Reply, outcome: Outcome) -> None:
    with LocalServer(reply) as server:
        assert post(server, "hello") == outcome
