"""E-mail, over a mail server on this machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from handover_rules.errors import UsageError
from service.outbox.email import EmailTarget, MailServer, read_mail_server
from service.outbox.targets import Outcome, Refused, Retry, Sent
from tests.servers import nobody_listens
from tests.service.outbox.sending import leased
from tests.service.outbox.smtp import MailBox, mail_server
from tests.service.outbox.stage import NOON

BODY = {"to": "care@shop.example", "subject": "Handover: añ 🙏", "text": "Ana needs help\n.\nnow 🙏"}


def send(
    body: Mapping[str, Any] = BODY,
    answers: Mapping[str, str | None] | None = None,
    *,
    password: str = "",
    times: int = 1,
) -> tuple[Outcome, MailBox]:
    """What became of sending, the last time, and what the server got."""

    async def sending() -> tuple[Outcome, MailBox]:
        async with mail_server(answers) as box:
            server = MailServer("127.0.0.1", box.port, False, "bot@shop.example", "bot", password)
            target = EmailTarget(server, deadline=1.0, now=lambda: NOON)
            for _ in range(times):
                outcome = await target.send(leased(body, key="c-1-email"))
            return outcome, box

    return asyncio.run(sending())


def test_the_message_arrives_as_it_was_written() -> None:
    outcome, box = send()
    assert outcome == Sent()
    (message,) = box.messages
    assert (message["From"], message["To"]) == ("bot@shop.example", "care@shop.example")
    assert message["Subject"] == "Handover: añ 🙏"
    assert message["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n").replace("\n..", "\n.") == "Ana needs help\n.\nnow 🙏\n"
    assert box.commands[1:3] == ["mail FROM:<bot@shop.example>", "rcpt TO:<care@shop.example>"]


def test_every_attempt_has_the_same_message_id() -> None:
    _, box = send(times=2)
    first, second = (message["Message-ID"] for message in box.messages)
    assert first == second
    assert first.endswith("@shop.example>")
    assert "c-1-email" not in first


@pytest.mark.parametrize(
    "subject",
    [
        "hello\nBcc: evil@example.org",
        "hello\r\n\r\nBcc: evil@example.org",
        "hello\rBcc: evil@example.org",
        "hello\u2028Bcc: evil@example.org",
        "hello\x0b\x0c\x1c\x85Bcc: evil@example.org",
        "hello\x00Bcc: evil@example.org",
    ],
)
def test_a_subject_writes_no_header(subject: str) -> None:
    outcome, box = send(BODY | {"subject": subject})
    assert outcome == Sent()
    (message,) = box.messages
    assert message["Subject"] == "hello Bcc: evil@example.org"
    assert message["Bcc"] is None
    assert [command for command in box.commands if command.startswith("rcpt")] == ["rcpt TO:<care@shop.example>"]


@pytest.mark.parametrize("subject", ["", "🙏" * 500, "a" * 5000, "half an emoji \ud83d"])
def test_any_subject_and_text_can_be_sent(subject: str) -> None:
    outcome, box = send(BODY | {"subject": subject, "text": subject})
    assert outcome == Sent()
    assert len(box.messages[0]["Subject"]) <= 200
    assert max(len(line) for line in box.raw[0].split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"to": None}, "the body has no to, subject or text"),
        ({"text": 5}, "the body has no to, subject or text"),
        ({"to": "care@shop.example\nBcc: evil@example.org"}, "the body's `to` is no e-mail address"),
        ({"to": "a@b.example,c@d.example"}, "the body's `to` is no e-mail address"),
        ({"to": "care@shop.example\n"}, "the body's `to` is no e-mail address"),
    ],
)
def test_what_is_no_message_is_not_sent(change: dict[str, Any], error: str) -> None:
    outcome, box = send(BODY | change)
    assert outcome == Refused(error)
    assert box.commands == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"RCPT": "550 no such user care@shop.example"}, Refused("SMTP status 550")),
        ({"RCPT": "450 care@shop.example is busy"}, Retry(None, "SMTP status 450")),
        ({"MAIL": "553 bot@shop.example"}, Refused("SMTP status 553")),
        ({"END": "554 spam: call 491701234567"}, Refused("SMTP status 554")),
        ({"END": "452 full"}, Retry(None, "SMTP status 452")),
        ({"GREETING": "421 too many"}, Retry(None, "SMTP status 421")),
        ({"DATA": None}, Retry(None, "no answer: SMTPServerDisconnected")),
        ({"GREETING": None}, Retry(None, "no answer: SMTPServerDisconnected")),
        ({"MAIL": "abc"}, Retry(None, "SMTP status -1")),
        ({"GREETING": ""}, Retry(None, "no answer within 1 s")),
        ({"END": ""}, Retry(None, "no answer within 1 s")),
    ],
)
def test_trouble(answers: dict[str, str | None], expected: Outcome) -> None:
    outcome, _ = send(answers=answers)
    assert outcome == expected


def test_nobody_listens() -> None:
    with nobody_listens() as url:
        port = int(url.rpartition(":")[2])
        target = EmailTarget(MailServer("127.0.0.1", port, False, "bot@shop.example"), deadline=1.0)
        assert asyncio.run(target.send(leased(BODY))) == Retry(None, "no answer: ConnectionRefusedError")


def test_a_password_goes_over_no_open_line() -> None:
    outcome, box = send(password="SECRET")
    assert outcome == Refused("the server offers no STARTTLS, so it gets no password")
    assert box.messages == []
    assert not [command for command in box.commands if command.startswith("AUTH")]


def test_a_server_that_cannot_prove_who_it_is_gets_nothing() -> None:
    outcome, box = send(answers={"EHLO": "250-mail.example.org\r\n250 STARTTLS", "STAR": "220 go"}, password="SECRET")
    assert isinstance(outcome, Retry)
    assert not [command for command in box.commands if "SECRET" in command]
    assert box.messages == []


def test_no_log_has_address_or_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    send()
    assert "shop.example" not in caplog.text
    assert "Ana" not in caplog.text


@pytest.mark.parametrize(
    ("url", "sender", "expected"),
    [
        (
            "smtp://bot%40shop.example:p%2Fw@mail.example.org",
            "",
            MailServer("mail.example.org", 587, False, "bot@shop.example", "bot@shop.example", "p/w"),
        ),
        ("smtp://localhost:25/", "a@b.example", MailServer("localhost", 25, False, "a@b.example")),
        ("smtps://u:p@[::1]", "a@b.example", MailServer("::1", 465, True, "a@b.example", "u", "p")),
    ],
)
def test_addresses_of_mail_servers(url: str, sender: str, expected: MailServer) -> None:
    assert read_mail_server(url, sender) == expected
    assert "p/w" not in repr(read_mail_server(url, sender))


@pytest.mark.parametrize(
    "url",
    ["mail.example.org:587", "http://SECRET@h", "smtp://u:SECRET@", "smtp://u:SECRET@h:port", "smtp://u:SEC/RET@h"],
)
def test_what_is_no_mail_server(url: str) -> None:
    with pytest.raises(UsageError, match="HANDOVER_SMTP_URL is no address of a mail server") as error:
        read_mail_server(url, "a@b.example")
    assert "SEC" not in str(error.value)


@pytest.mark.parametrize("sender", ["", "bot", "a@b.example\nBcc: c@d.example"])
def test_whom_mail_is_from_must_be_said(sender: str) -> None:
    with pytest.raises(UsageError, match="HANDOVER_EMAIL_FROM"):
        read_mail_server("smtp://u:p@h", sender)
