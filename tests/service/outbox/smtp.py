"""A small mail server whose every answer a test decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

__all__ = ["MailBox", "mail_server"]

_USUAL = {
    "GREETING": "220 mail.example.org",
    "EHLO": "250 mail.example.org",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "END": "250 queued",
    "QUIT": "221 bye",
    "RSET": "250 ok",
}


class MailBox:
    """What came in: the messages, and each command as it was said."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.messages: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.commands: list[str] = []


@asynccontextmanager
async def mail_server(answers: Mapping[str, str | None] | None = None) -> AsyncIterator[MailBox]:
    """A server on 127.0.0.1. `answers` by command, beside the usual ones; "" says nothing, None closes."""
    says = _USUAL | dict(answers or {})

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def answer(to: str) -> bool:
            said = says.get(to, "500 what?")
            if said:
                writer.write(said.encode() + b"\r\n")
                await writer.drain()
            return said is not None

        try:
            goes_on = await answer("GREETING")
            while goes_on and (line := await reader.readline()):
                box.commands.append(line.decode("latin-1").strip())
                command = line[:4].decode("latin-1").upper()
                goes_on = await answer(command) and command != "QUIT"
                if command == "DATA" and str(says["DATA"]).startswith("354"):
                    data = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                    box.raw.append(data)
                    box.messages.append(message_from_bytes(data, EmailMessage, policy=SMTP))
                    goes_on = await answer("END")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(session, "127.0.0.1", 0)
    box = MailBox(server.sockets[0].getsockname()[1])
    try:
        yield box
    finally:
        server.close()
