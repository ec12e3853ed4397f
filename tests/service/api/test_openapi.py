"""The description of the API names every route, and what each takes and gives."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from tests.service.posting import delivery


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A part with the components that it refers to, so that it can be checked against."""
    return {**part, "components": schema["components"]}


def test_every_route_is_described(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    described = {(path, method) for path, methods in schema["paths"].items() for method in methods}
    assert described == {
        ("/webhook", "post"),
        ("/api/bot/status/{phone}", "get"),
        ("/api/bot/toggle/{phone}", "post"),
        ("/api/bot/replies", "post"),
        ("/api/decisions/{message_id}", "get"),
        ("/api/rules", "get"),
        ("/api/rules/check", "post"),
        ("/health/live", "get"),
        ("/health/ready", "get"),
    }
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["responses"]["200"]["content"]["application/json"]["schema"]


def test_the_webhook_answers_as_described(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    webhook = schema["paths"]["/webhook"]["post"]
    body = webhook["requestBody"]["content"]["application/json"]
    Draft202012Validator(body["schema"]).validate(body["example"])
    answer = client.post("/webhook", json=body["example"])
    assert answer.status_code == 200
    described = webhook["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator(_resolved(schema, described)).validate(answer.json())
    refused = client.post("/webhook", json=[])
    described = webhook["responses"]["422"]["content"]["application/json"]["schema"]
    Draft202012Validator(_resolved(schema, described)).validate(refused.json())


def test_a_decision_answers_as_described(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    client.post("/webhook", json=delivery("test", "m1", "I need to speak with a human"))
    described = schema["paths"]["/api/decisions/{message_id}"]["get"]["responses"]["200"]
    part = described["content"]["application/json"]["schema"]
    Draft202012Validator(_resolved(schema, part)).validate(client.get("/api/decisions/m1").json())
