"""The web application: routes on the parts of a running service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from types import MappingProxyType

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from handover_rules.detectors import Detector
from handover_rules.ruleset import Ruleset
from service.api import bot, decisions, health, rules
from service.api.metrics import metrics
from service.api.models import Problem
from service.api.openapi import describe
from service.api.webhook import webhook
from service.clock import utc_now
from service.rules import Loaded, Reloading
from service.running import running
from service.settings import Settings
from service.shadows import Shadow
from service.store.database import Database

__all__ = ["build_app"]

_log = structlog.get_logger("service")

_ABOUT = """Takes the messages of a channel, decides by the rules whether a person must take over, and makes the
take-over happen. Who answers a customer is asked at `/api/bot/status`, and why at `/api/decisions`."""


def build_app(
    settings: Settings,
    ruleset: Ruleset,
    detectors: Mapping[str, Detector],
    database: Database,
    clock: Callable[[], datetime] = utc_now,
    reloading: Reloading | None = None,
    shadows: Mapping[str, Shadow] = MappingProxyType({}),
) -> FastAPI:
    """The application. It starts and stops the service with itself; the database stays open.

    It begins with `ruleset` and `detectors`, and `reloading` gives those after them. `shadows` decide beside them.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loaded = Loaded(ruleset, detectors, clock())
        async with running(settings, loaded, database, clock, reloading, shadows) as app.state.running:
            yield

    app = FastAPI(
        title="Handover service",
        version=version("handover-rules"),
        description=_ABOUT,
        lifespan=lifespan,
        responses={422: {"model": Problem, "description": "The request is not of the form that is described here."}},
    )
    app.add_route("/webhook", webhook, methods=["POST"])
    app.add_route("/metrics", metrics, methods=["GET"])
    for module in (bot, decisions, health, rules):
        app.include_router(module.router)
    app.add_exception_handler(SQLAlchemyError, _store_failed)
    app.add_exception_handler(RequestValidationError, _not_of_the_form)
    describe(app)
    return app


async def _not_of_the_form(request: Request, error: Exception) -> JSONResponse:
    """What was wrong and where, without what was sent: that may be somebody's number."""
    assert isinstance(error, RequestValidationError)
    wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    if "json" not in request.headers.get("content-type", "") and any(one["loc"][0] == "body" for one in error.errors()):
        wrong.append("send the body with the header Content-Type: application/json")
    return JSONResponse({"detail": "; ".join(wrong)}, 422)


async def _store_failed(_: Request, error: Exception) -> JSONResponse:
    """Whatever the route: the store is away, so the same request works later."""
    _log.error("store_failed", error=type(error).__name__)
    return JSONResponse(
        {"detail": "the database cannot be used at the moment; try again"}, 503, headers={"Retry-After": "5"}
    )
