"""Whether the process lives, and whether it can take messages."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter, Request, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from handover_rules.detectors import Absent
from service.api.models import Health, Readiness
from service.api.rules import refusal_view
from service.outbox.owed import TargetName
from service.running import Running

__all__ = ["router"]

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> Health:
    """The process answers. Restart it when it does not."""
    return Health()


@router.get("/ready", responses={503: {"model": Readiness, "description": "No messages can be taken."}})
def ready(request: Request, response: Response) -> Readiness:
    """Messages can be stored and decided. Send none where they cannot."""
    running: Running = request.app.state.running
    rules, refused = running.rules.current, running.rules.refused
    database = "ok"
    try:
        with running.database.reading() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        database = f"cannot be read: {type(error).__name__}"
    if not running.writer.alive:
        database = "cannot be written: the writer has stopped"
    if database != "ok":
        response.status_code = 503
    return Readiness(
        ready=database == "ok",
        database=database,
        ruleset=rules.ruleset.name,
        ruleset_hash=rules.ruleset.hash,
        ruleset_refused=None if refused is None else refusal_view(refused),
        detectors={
            name: detector.reason if isinstance(detector, Absent) else "ready"
            for name, detector in rules.detectors.items()
        },
        targets={name: "configured" if name in running.targets else "not configured" for name in get_args(TargetName)},
    )
