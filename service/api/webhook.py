"""`POST /webhook`: store what came in, acknowledge it, then have it decided.

A plain Starlette route: the hot path reads the body itself, and OpenAPI's part of it stands in `openapi.py`.
"""

from __future__ import annotations

import json
import time
from functools import partial
from http import HTTPStatus

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from service.channels import BadPayload, read_webhook
from service.running import Running
from service.store.inbox import Received
from service.taking_in import take_in

__all__ = ["LARGEST_BODY", "webhook"]

_log = structlog.get_logger("service")

# Bytes. Channels may send pictures along, as text.
LARGEST_BODY = 16 * 1024 * 1024


async def webhook(request: Request) -> Response:
    """Answer a delivery of a channel."""
    running: Running = request.app.state.running
    began = time.perf_counter()
    try:
        delivered = read_webhook(await _body(request))
    except BadPayload as bad:
        return _answer(bad.status, {"detail": str(bad)})
    except ClientDisconnect:
        # Nobody is there to read the answer.
        return _answer(HTTPStatus.BAD_REQUEST, {"detail": "the connection was closed before the end of the body"})
    store = partial(
        take_in,
        tables=running.database.tables,
        delivered=delivered,
        now=running.clock(),
        return_after=running.ruleset.return_to_bot_after,
    )
    try:
        received = await running.writer.run(store)
    except SQLAlchemyError as error:
        _log.error("not_stored", error=type(error).__name__)
        running.metrics.not_stored.add()
        return _answer(
            HTTPStatus.SERVICE_UNAVAILABLE,
            {"detail": "the message could not be stored; send it again"},
            {"Retry-After": "5"},
        )
    running.metrics.received(delivered, received, time.perf_counter() - began)
    for one in received:
        if one.waiting is not None:
            running.processor.take(one.waiting, one.conversation)
    return _answer(HTTPStatus.OK, {"received": [_described(one) for one in received]})


async def _body(request: Request) -> bytes:
    """The body. Raises BadPayload as soon as it is larger than what is read at all."""
    too_large = BadPayload(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {LARGEST_BODY // 1024 // 1024} MiB"
    )
    if int(request.headers.get("content-length", "0")) > LARGEST_BODY:
        raise too_large
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise too_large
        parts.append(part)
    return b"".join(parts)


def _described(one: Received) -> dict[str, str | None]:
    described = {"id": one.message_id, "status": one.status}
    return described if one.note is None else {**described, "note": one.note}


def _answer(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(content), status, headers, "application/json")
