"""`GET /metrics`, for Prometheus. A plain route, since what it answers is no JSON."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.metrics.exposition import CONTENT_TYPE, Family, exposition
from service.metrics.metrics import of_rules
from service.running import Running

__all__ = ["metrics"]


async def metrics(request: Request) -> Response:
    """All figures."""
    running: Running = request.app.state.running
    families = [*running.metrics.read(), *_now(running), *await run_in_threadpool(running.queues.read)]
    return Response(exposition(families), media_type=CONTENT_TYPE)


def _now(running: Running) -> Iterator[Family]:
    rules = running.rules
    yield from of_rules(rules.current, rules.refusals, refused=rules.refused is not None)
    undecided = running.processor.undecided
    yield Family("handover_processing", "gauge", "Messages in this process to be decided.", [("", {}, undecided)])
    dropped = running.shadows.dropped
    yield Family("handover_shadow_dropped_total", "counter", "Messages no shadow decided.", [("", {}, dropped)])
