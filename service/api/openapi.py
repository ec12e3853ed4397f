"""OpenAPI's description of the webhook, which is no typed route."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from service.api.models import Problem, WebhookAnswer

__all__ = ["describe"]

_EXAMPLE = {
    "event": "messages.upsert",
    "data": {
        "messages": [
            {
                "key": {"remoteJid": "1234567890@s.whatsapp.net", "fromMe": False, "id": "3EB0A1"},
                "pushName": "Ana",
                "message": {"conversation": "I need to speak with a human"},
            }
        ]
    },
}

_REFUSED = {
    "400": "The body is no JSON.",
    "413": "The body is too large.",
    "422": "The body is JSON of no known form; `detail` says what was expected.",
    "503": "The message could not be stored: send it again after `Retry-After` seconds.",
}


def describe(app: FastAPI) -> None:
    """Have the application describe `POST /webhook` beside its typed routes."""
    typed = app.openapi

    def openapi() -> dict[str, Any]:
        known = app.openapi_schema is not None
        schema = typed()
        if not known:
            schemas = schema["components"]["schemas"]
            for model in (WebhookAnswer, Problem):
                own = model.model_json_schema(ref_template="#/components/schemas/{model}")
                schemas |= own.pop("$defs", {})
                schemas[model.__name__] = own
            schema["paths"] = {"/webhook": {"post": _webhook()}, **schema["paths"]}
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _webhook() -> dict[str, Any]:
    return {
        "tags": ["webhook"],
        "operationId": "webhook",
        "summary": "Take messages of a channel",
        "description": (
            "Stores every message before it answers, and decides about it afterwards. Understands Evolution API, "
            "WaSender and Baileys: `data` or `data.messages`, each as one object or a list. The same message again "
            "changes nothing. What needs no decision (what the business sent, groups, reactions, pictures without "
            "text) is stored and ignored, and the answer says so."
        ),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _BODY, "example": _EXAMPLE}},
        },
        "responses": {
            "200": {
                "description": "Everything in the body is stored.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookAnswer"}}},
            },
            **{
                status: {
                    "description": text,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                for status, text in _REFUSED.items()
            },
        },
    }


_BODY = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "examples": ["messages.upsert"]},
        "data": {
            "description": "A message, a list of them, or an object with `messages` as one of these.",
            "anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}],
        },
    },
}
