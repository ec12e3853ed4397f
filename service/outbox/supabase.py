"""The CRM in a Supabase project, over its REST interface (PostgREST), for who keeps the service's own store elsewhere.

https://docs.postgrest.org/en/stable/references/api/tables_views.html#upsert, and for the keys
https://supabase.com/docs/guides/api/api-keys. One handover is up to four requests, each of which can be made again: the
contact is merged by its phone number, the others are ignored where their idempotency key is there already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from handover_rules.errors import UsageError
from service.outbox.endpoint import DEADLINE, Answer, Endpoint
from service.outbox.leasing import Leased
from service.outbox.rate import Rate
from service.outbox.targets import Outcome, Refused, Retry, Sent

__all__ = ["Project", "SupabaseTarget", "read_project"]

_TABLES: Final = ("lead_details", "activities", "tasks")

# Errors of PostgREST and of PostgreSQL: PGRST204, 42P10.
_CODE: Final = re.compile(r"PGRST[0-9]{3}|[0-9A-Z]{5}")


@dataclass(frozen=True, slots=True)
class Project:
    """A project's address, and the key that may write to it."""

    url: str
    key: str = field(repr=False)


class SupabaseTarget:
    """Writes the `contact`, `lead_details`, `activities` and `tasks` of a row's body to the project's tables."""

    rate = Rate(10)

    def __init__(self, client: httpx2.AsyncClient, project: Project, *, deadline: float = DEADLINE) -> None:
        # As long as all requests may take that one row needs.
        self.deadline = deadline * (1 + len(_TABLES))
        self._headers = {"apikey": project.key}
        # Keys of the older kind are tokens, which the other header wants too; the newer ones are refused there.
        if project.key.startswith("eyJ"):
            self._headers["Authorization"] = f"Bearer {project.key}"
        unique = {"contacts": "phone_number&select=id"} | dict.fromkeys(_TABLES, "idempotency_key")
        self._endpoints = {
            table: Endpoint(
                client, f"{project.url}/rest/v1/{table}?on_conflict={column}", name="supabase", deadline=deadline
            )
            for table, column in unique.items()
        }

    async def send(self, row: Leased) -> Outcome:
        contact = row.body.get("contact")
        if not isinstance(contact, Mapping):
            return Refused("the body has no contact")
        known = {name: value for name, value in contact.items() if value is not None}
        answer = await self._write("contacts", [known], "resolution=merge-duplicates,return=representation")
        if not isinstance(answer, Answer):
            return answer
        contact_id = _id(answer.content)
        if contact_id is None:
            return Retry(None, f"status {answer.status}, and no id of the contact")
        for table in _TABLES:
            rows = [
                {**values, "contact_id": contact_id, "idempotency_key": f"{row.key}-{table}-{number}"}
                for number, values in enumerate(row.body.get(table, ()))
            ]
            if rows:
                written = await self._write(table, rows, "resolution=ignore-duplicates,return=minimal")
                if not isinstance(written, Answer):
                    return written
        return Sent()

    async def _write(self, table: str, rows: list[dict[str, Any]], prefer: str) -> Answer | Retry | Refused:
        """Write rows of one table: the answer, or what went wrong and in which table."""
        endpoint = self._endpoints[table]
        headers = {**self._headers, "Prefer": f"{prefer},missing=default"}
        answer = await endpoint.ask(json.dumps(rows, separators=(",", ":")).encode(), headers)
        if isinstance(answer, Retry):
            return answer
        outcome = endpoint.outcome(answer)
        if isinstance(outcome, Sent):
            return answer
        code = _code(answer.content)
        error = f"{table}: {outcome.error}" + ("" if code is None else f", code {code}")
        return Refused(error) if isinstance(outcome, Refused) else Retry(outcome.after, error)


def read_project(url: str, key: str, database_url: str) -> Project | None:
    """The project that rows go to; None where there is no key for one, or it is the service's own database.

    Raises UsageError for an address or a key that cannot be one.
    """
    if not url or not key:
        return None
    if not url.startswith(("https://", "http://")):
        raise UsageError("SUPABASE_URL is no web address; write https://<project>.supabase.co")
    if not key.isascii() or not key.isprintable():
        raise UsageError("SUPABASE_SERVICE_ROLE_KEY cannot be sent: it has other signs than printable ASCII")
    host = urlsplit(url).hostname or ""
    if host.endswith(".supabase.co") and host.partition(".")[0] in database_url:
        # Its tables are written already, in the transaction of the handover.
        return None
    return Project(url.rstrip("/"), key)


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _id(content: bytes) -> int | str | None:
    """The id of the only row in an answer."""
    match _read(content):
        case [{"id": int() | str() as found}]:
            return found
    return None


def _code(content: bytes) -> str | None:
    match _read(content):
        case {"code": str() as code} if _CODE.fullmatch(code):
            return code
    return None
