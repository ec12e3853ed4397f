"""E-mail to the team, over SMTP (RFC 5321) with STARTTLS (RFC 3207) or TLS from the start.

There is no idempotency key, but every attempt has the same Message-ID, by which a mailbox knows a repeated one.
"""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from urllib.parse import unquote, urlsplit

from handover_rules.errors import UsageError
from handover_rules.rulefile.scalars import ADDRESS
from service.clock import utc_now
from service.outbox.endpoint import DEADLINE
from service.outbox.leasing import Leased
from service.outbox.rate import Rate
from service.outbox.targets import Outcome, Refused, Retry, Sent

__all__ = ["EmailTarget", "MailServer", "read_mail_server"]

# Seconds.
_MARGIN: Final = 0.5

_PORTS: Final = {"smtp": 587, "smtps": 465}

# Characters of a subject: what mail programs show of one, and more.
_LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, as whom, and which address it is from. `tls` is TLS from the start."""

    host: str
    port: int
    tls: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


class EmailTarget:
    """Sends the `text` of a row's body to the address `to`, with its `subject`."""

    # What Exchange Online takes of one mailbox; others take more.
    rate = Rate(30, 60.0)

    def __init__(
        self, server: MailServer, *, deadline: float = DEADLINE, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.deadline = deadline
        self._server = server
        self._now = now

    async def send(self, row: Leased) -> Outcome:
        to, subject, text = (row.body.get(name) for name in ("to", "subject", "text"))
        if not isinstance(to, str) or not isinstance(subject, str) or not isinstance(text, str):
            return Refused("the body has no to, subject or text")
        if not ADDRESS.fullmatch(to):
            return Refused("the body's `to` is no e-mail address")
        delivery = _Delivery(self._server, self._message(row.key, to, subject, text), self.deadline)
        try:
            async with asyncio.timeout(self.deadline):
                return await asyncio.to_thread(delivery.run)
        except TimeoutError:
            return Retry(None, f"no answer within {self.deadline:g} s")
        finally:
            delivery.give_up()

    def _message(self, key: str, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._server.sender
        message["To"] = to
        message["Subject"] = _one_line(subject)[:_LONGEST_SUBJECT]
        message["Date"] = self._now()
        # A digest: a key may have signs that an id may not.
        local = hashlib.sha256(key.encode()).hexdigest()[:40]
        message["Message-ID"] = f"<{local}@{_domain(self._server.sender)}>"
        # No absence note comes back: RFC 3834.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_encodable(text))
        return message


class _Delivery:
    """One session with the server, in a thread; `give_up` ends it from outside."""

    def __init__(self, server: MailServer, message: EmailMessage, timeout: float) -> None:
        self._server = server
        self._message = message
        # A little more than the deadline, which then says what happened. It ends what nobody can give up: connecting.
        self._timeout = timeout + _MARGIN
        self._given_up = threading.Event()
        self._session: smtplib.SMTP | None = None

    def give_up(self) -> None:
        """What waits for the server gets an error at once. Nothing happens to a session that has ended."""
        self._given_up.set()
        if self._session is not None and self._session.sock is not None:
            with suppress(OSError):
                self._session.sock.shutdown(socket.SHUT_RDWR)

    def run(self) -> Outcome:
        """Hand the message in. Errors say the server's code, and not its words, which repeat the address."""
        try:
            with self._open() as self._session:
                return self._hand_in(self._session)
        except smtplib.SMTPRecipientsRefused as error:
            return _answered(next(iter(error.recipients.values()))[0])
        except smtplib.SMTPResponseException as error:
            return _answered(error.smtp_code)
        except smtplib.SMTPNotSupportedError:
            return Refused("the server takes no password")
        except (OSError, smtplib.SMTPException) as error:
            return Retry(None, f"no answer: {type(error).__name__}")

    def _open(self) -> smtplib.SMTP:
        # The name by which it greets: looking up this machine's own may take long.
        name = _domain(self._server.sender)
        where = (self._server.host, self._server.port, name)
        if self._server.tls:
            return smtplib.SMTP_SSL(*where, timeout=self._timeout, context=ssl.create_default_context())
        return smtplib.SMTP(*where, timeout=self._timeout)

    def _hand_in(self, session: smtplib.SMTP) -> Outcome:
        session.ehlo_or_helo_if_needed()
        if not self._server.tls and session.has_extn("starttls"):
            session.starttls(context=ssl.create_default_context())
        elif not self._server.tls and self._server.password:
            return Refused("the server offers no STARTTLS, so it gets no password")
        if self._server.password:
            session.login(self._server.user, self._server.password)
        if self._given_up.is_set():
            return Retry(None, "given up")
        session.send_message(self._message)
        return Sent()


def read_mail_server(url: str, sender: str) -> MailServer:
    """The server of an address such as smtp://user:password@host:587; `sender` is empty where the user is an address.

    Raises UsageError, which shows neither, for what is none.
    """
    wrong = UsageError(
        "HANDOVER_SMTP_URL is no address of a mail server; write smtp://user:password@host:587, or smtps:// for TLS "
        "from the start; in user and password, signs other than letters and digits are written as percent codes, such "
        "as %40 for @"
    )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise wrong from None
    if not host or parts.path.strip("/") or parts.query or parts.fragment or not host.isascii():
        raise wrong
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not ADDRESS.fullmatch(sender or user):
        raise UsageError("HANDOVER_EMAIL_FROM is no e-mail address; set it to the one that mail is from")
    return MailServer(host, port, parts.scheme == "smtps", sender or user, user, password)


def _answered(code: int) -> Outcome:
    # 421 and the like: not now. A code below 400 where an error was is a server that is confused.
    error = f"SMTP status {code}"
    return Refused(error) if 500 <= code < 600 else Retry(None, error)


def _one_line(text: str) -> str:
    """The text without line breaks and other signs that steer, so that no header can be written in it."""
    return _encodable(" ".join("".join(sign if sign.isprintable() else " " for sign in text).split()))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
