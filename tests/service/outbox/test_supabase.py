from __future__ import annotations

import json
from typing import Any

import pytest

from handover_rules.errors import UsageError
from service.outbox.supabase import Project, SupabaseTarget, read_project
from service.outbox.targets import Outcome, Refused, Retry, Sent
from tests.servers import LocalServer, Received, Reply
from tests.service.outbox.sending import TROUBLE, leased, send

BODY = {
    "contact": {"phone_number": "491701234567", "name": None, "lead_score": 25},
    "lead_details": [{"priority": "high"}],
    "activities": [],
    "tasks": [{"title": "Reply"}, {"title": "Call"}],
}
KEY = "sb_secret_1"


def write(server: LocalServer, body: dict[str, Any] = BODY, key: str = KEY) -> Outcome:
    return send(
        lambda client: SupabaseTarget(client, Project(server.url, key), deadline=0.5), leased(body, key="c-1-crm")
    )


def usual(request: Received) -> Reply:
    return Reply(201, '[{"id": "7d1f"}]' if request.path.startswith("/rest/v1/contacts") else "")


def test_contact_first_and_then_what_belongs_to_it() -> None:
    with LocalServer(otherwise=usual) as server:
        assert write(server) == Sent()
    contact, lead, tasks = server.received
    assert contact.path == "/rest/v1/contacts?on_conflict=phone_number&select=id"
    assert contact.headers["prefer"] == "resolution=merge-duplicates,return=representation,missing=default"
    # What is not known here is left as it is there.
    assert contact.body == [{"phone_number": "491701234567", "lead_score": 25}]
    assert lead.path == "/rest/v1/lead_details?on_conflict=idempotency_key"
    assert lead.headers["prefer"] == "resolution=ignore-duplicates,return=minimal,missing=default"
    assert lead.body == [{"priority": "high", "contact_id": "7d1f", "idempotency_key": "c-1-crm-lead_details-0"}]
    assert [row["idempotency_key"] for row in tasks.body] == ["c-1-crm-tasks-0", "c-1-crm-tasks-1"]


@pytest.mark.parametrize(("key", "bearer"), [("sb_secret_1", None), ("eyJhbGci.x.y", "Bearer eyJhbGci.x.y")])
def test_each_kind_of_key_goes_where_it_is_taken(key: str, bearer: str | None) -> None:
    with LocalServer(otherwise=usual) as server:
        write(server, key=key)
    for request in server.received:
        assert request.headers["apikey"] == key
        assert request.headers.get("authorization") == bearer


@pytest.mark.parametrize("said", ["", "{", "[]", "{}", '[{"id": null}]', '[{"id": 1}, {"id": 2}]'])
def test_without_the_contacts_id_it_is_tried_again(said: str) -> None:
    with LocalServer(Reply(201, said)) as server:
        assert write(server) == Retry(None, "status 201, and no id of the contact")
    assert len(server.received) == 1


@pytest.mark.parametrize(("reply", "outcome"), TROUBLE)
@pytest.mark.parametrize("table", ["contacts", "tasks"])
def test_trouble_in_any_table(table: str, reply: Reply, outcome: Outcome) -> None:
    before = [] if table == "contacts" else [Reply(201, '[{"id": 5}]'), Reply(201)]
    with LocalServer(*before, reply) as server:
        got = write(server)
    assert type(got) is type(outcome)
    assert isinstance(got, Retry | Refused)
    assert isinstance(outcome, Retry | Refused)
    assert got.error in (outcome.error, f"{table}: {outcome.error}")
    assert getattr(got, "after", None) == getattr(outcome, "after", None)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"code": "PGRST204", "message": "491701234567"}, ", code PGRST204"),
        ({"code": "42P10"}, ", code 42P10"),
        ({"code": "491701234567"}, ""),
        ([], ""),
    ],
)
def test_errors_say_the_code_and_nothing_else(said: Any, shown: str) -> None:
    with LocalServer(Reply(400, json.dumps(said))) as server:
        assert write(server) == Refused(f"contacts: status 400 Bad Request{shown}")


def test_a_body_without_a_contact_is_refused() -> None:
    with LocalServer() as server:
        assert write(server, {}) == Refused("the body has no contact")
    assert server.received == []


@pytest.mark.parametrize(
    ("url", "key", "database_url", "expected"),
    [
        ("https://abc.supabase.co/", KEY, "sqlite:///a.db", Project("https://abc.supabase.co", KEY)),
        ("https://abc.supabase.co", "", "sqlite:///a.db", None),
        ("", KEY, "sqlite:///a.db", None),
        # The service's own store: its tables are written already.
        ("https://abc.supabase.co", KEY, "postgresql://postgres.abc:p@eu.pooler.supabase.com:5432/postgres", None),
        ("https://abc.supabase.co", KEY, "postgresql://postgres:p@db.abc.supabase.co:5432/postgres", None),
    ],
)
def test_which_project_gets_rows(url: str, key: str, database_url: str, expected: Project | None) -> None:
    assert read_project(url, key, database_url) == expected


@pytest.mark.parametrize(("url", "key"), [("abc.supabase.co", KEY), ("https://abc.supabase.co", "SECRET\n")])
def test_what_is_no_project(url: str, key: str) -> None:
    with pytest.raises(UsageError) as error:
        read_project(url, key, "")
    assert "SECRET" not in str(error.value)
