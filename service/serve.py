"""What `handover serve` does: check everything that can be checked, say what will decide and where it goes, serve."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import uvicorn

from handover_rules.detectors import REASONS, Absent, AnswerStore, Detector
from handover_rules.errors import UsageError
from handover_rules.ruleset import Ruleset
from service.app import build_app
from service.clock import utc_now
from service.logs import configure_logs
from service.outbox.configured import configured_targets
from service.outbox.endpoint import open_client
from service.rule_files import RuleFiles, changes_and_hangup
from service.rules import Reloading
from service.settings import Settings
from service.shadows import Shadow, read_shadows
from service.store.database import open_database

__all__ = ["serve"]

_ANSWERS = Path("var/answers.jsonl")

_VARIABLES = {
    "slack": "SLACK_WEBHOOK_URL",
    "teams": "TEAMS_WEBHOOK_URL",
    "email": "HANDOVER_SMTP_URL",
    "webhook": "HANDOVER_WEBHOOK_URL",
    "supabase": "SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY, where the CRM is a project of its own",
    "reply": "HANDOVER_REPLY_URL or the variables of a channel's account",
}


def serve(host: str, port: int, ruleset_path: Path, shadows: Sequence[str] = ()) -> None:
    """Serve until SIGINT or SIGTERM. `shadows` are further rulesets, as NAME=PATH.

    Raises RulesetError and the other errors of this package for what keeps the service from starting.
    """
    settings = Settings.from_environ(os.environ)
    _require_loopback(host)
    answers = AnswerStore(_ANSWERS)
    files = RuleFiles(ruleset_path, os.environ, answers, utc_now)
    loaded = files.load()
    beside = {
        name: _shadow(RuleFiles(path, os.environ, answers, utc_now))
        for name, path in read_shadows([*shadows, *settings.shadows]).items()
    }
    targets = asyncio.run(_target_names(settings))
    listening = _listen(host, port)
    database = open_database(settings.database_url)
    configure_logs()
    reloading = Reloading(files.path, files.load, partial(changes_and_hangup, files))
    app = build_app(settings, loaded.ruleset, loaded.detectors, database, reloading=reloading, shadows=beside)
    shown = f"[{host}]" if ":" in host else host
    print(f"Handover service on http://{shown}:{listening.getsockname()[1]}", flush=True)
    for name, shadow in beside.items():
        print(
            f"  shadow    {name} ({len(shadow.loaded.ruleset.rules)} rules, {shadow.loaded.ruleset.hash})", flush=True
        )
    for line in _described(ruleset_path, loaded.ruleset, loaded.detectors, database.url, targets):
        print(f"  {line}", flush=True)
    config = uvicorn.Config(app, access_log=False, log_config=None, timeout_graceful_shutdown=10, server_header=False)
    # Uvicorn stops in order at a signal, and then raises it again: to stop when asked to is no failure.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        database.close()


def _shadow(files: RuleFiles) -> Shadow:
    return Shadow(files.load(), Reloading(files.path, files.load, files.changes))


def _described(
    path: Path, ruleset: Ruleset, detectors: Mapping[str, Detector], store: str, targets: frozenset[str]
) -> Iterator[str]:
    yield f"rules     {path} ({ruleset.name}, {len(ruleset.rules)} rules, {ruleset.hash})"
    yield f"store     {store}"
    for name, detector in detectors.items():
        if isinstance(detector, Absent):
            said = REASONS.get(detector.reason, detector.reason)
            yield f"{name:<9} unavailable ({detector.reason}): {said} The other rules and detectors decide."
        else:
            yield f"{name:<9} ready"
    for name, variable in _VARIABLES.items():
        yield f"{name:<9} " + ("configured" if name in targets else f"not configured: set {variable}")


async def _target_names(settings: Settings) -> frozenset[str]:
    async with open_client() as client:
        return frozenset(configured_targets(settings, client))


def _require_loopback(host: str) -> None:
    """There are no keys, so whoever reaches the port may switch bots and read decisions."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(
            f"--host {host} would let everybody who reaches this machine use the service; it listens on 127.0.0.1, "
            f"and a reverse proxy in front of it says who may"
        )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error
