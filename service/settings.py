"""What the environment says about the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from handover_rules.errors import UsageError
from service.outbox.accounts import Account, Channel, read_accounts
from service.outbox.email import MailServer, read_mail_server
from service.outbox.owed import TargetName
from service.outbox.rate import Rate, read_rates
from service.outbox.supabase import Project, read_project

__all__ = ["Settings"]

_DATABASE = "sqlite:///var/handover.db"

# What the guide's example environment holds until somebody writes an address there.
_PLACEHOLDERS = {"", "your_supabase_url"}

_SUPABASE = (
    "SUPABASE_URL is set, and DATABASE_URL is not. The service writes a handover in one transaction, which Supabase's "
    "REST address cannot do: set DATABASE_URL to the connection string of its PostgreSQL, which the Supabase dashboard "
    "shows under Connect > Session pooler, such as "
    "postgresql://postgres.<project>:<password>@<region>.pooler.supabase.com:5432/postgres"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment, read once.

    `slack_url`, `teams_url`, `webhook_url` and `reply_url` are where alerts, events and replies go, `mail_server` is by
    which e-mail does, and `supabase` where CRM rows go besides; None is not configured. `webhook_secret` signs events,
    and replies to `reply_url`; `accounts` send replies through channels. `rates` is how much a target is sent, instead
    of the rate that it has of its own. `shadows` are shadow rulesets, each as NAME=PATH.
    """

    database_url: str = _DATABASE
    log_intents: bool = True
    slack_url: str | None = None
    teams_url: str | None = None
    mail_server: MailServer | None = None
    webhook_url: str | None = None
    supabase: Project | None = None
    reply_url: str | None = None
    webhook_secret: str | None = None
    accounts: Mapping[Channel, Account] = field(default_factory=dict)
    rates: Mapping[str, Rate] = field(default_factory=dict)
    shadows: tuple[str, ...] = ()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """The settings. Raises UsageError for a value that cannot be meant."""

        def text(name: str) -> str | None:
            return environ.get(name, "").strip() or None

        database_url, smtp = text("DATABASE_URL"), text("HANDOVER_SMTP_URL")
        supabase_url = environ.get("SUPABASE_URL", "").strip()
        if supabase_url in _PLACEHOLDERS:
            supabase_url = ""
        if database_url is None and supabase_url:
            raise UsageError(_SUPABASE)
        return cls(
            database_url=database_url or _DATABASE,
            log_intents=_switch(environ, "AI_INTENT_LOGGING_ENABLED"),
            slack_url=_address(text("SLACK_WEBHOOK_URL"), "SLACK_WEBHOOK_URL"),
            teams_url=_address(text("TEAMS_WEBHOOK_URL"), "TEAMS_WEBHOOK_URL"),
            mail_server=read_mail_server(smtp, text("HANDOVER_EMAIL_FROM") or "") if smtp else None,
            webhook_url=_address(text("HANDOVER_WEBHOOK_URL"), "HANDOVER_WEBHOOK_URL"),
            supabase=read_project(supabase_url, text("SUPABASE_SERVICE_ROLE_KEY") or "", database_url or ""),
            reply_url=_address(text("HANDOVER_REPLY_URL"), "HANDOVER_REPLY_URL"),
            webhook_secret=text("HANDOVER_WEBHOOK_SECRET"),
            accounts=read_accounts(environ),
            rates=read_rates(environ.get("HANDOVER_RATES", ""), frozenset(get_args(TargetName))),
            shadows=tuple(filter(None, map(str.strip, (text("HANDOVER_SHADOW") or "").split(",")))),
        )


def _switch(environ: Mapping[str, str], name: str) -> bool:
    """On unless it says otherwise."""
    value = environ.get(name, "").strip().lower()
    if value in ("", "true", "1", "yes", "on"):
        return True
    if value in ("false", "0", "no", "off"):
        return False
    raise UsageError(f"{name} is {value!r}; expected true or false")


def _address(value: str | None, name: str) -> str | None:
    if value is not None and not value.startswith(("https://", "http://")):
        # The address itself is a secret (Slack's is), so it is not shown.
        raise UsageError(f"{name} is no web address; expected one that begins with https://")
    return value
