"""The targets that the settings name."""

from __future__ import annotations

import httpx2

from service.outbox.email import EmailTarget
from service.outbox.endpoint import Endpoint
from service.outbox.owed import TargetName
from service.outbox.reply import ReplyTarget
from service.outbox.senders import WIRES, Sender
from service.outbox.slack import SLACK_CODES, SlackTarget
from service.outbox.supabase import SupabaseTarget
from service.outbox.targets import Target
from service.outbox.teams import TeamsTarget
from service.outbox.webhook import WebhookTarget, read_secret
from service.settings import Settings

__all__ = ["configured_names", "configured_targets"]


def configured_targets(settings: Settings, client: httpx2.AsyncClient) -> dict[TargetName, Target]:
    """The targets by name; one without an address is not there.

    `client` is one of `open_client`. Raises UsageError for an address or secret that cannot be used.
    """
    targets: dict[TargetName, Target] = {}
    if settings.slack_url is not None:
        targets["slack"] = SlackTarget(Endpoint(client, settings.slack_url, name="slack", codes=SLACK_CODES))
    if settings.teams_url is not None:
        targets["teams"] = TeamsTarget(Endpoint(client, settings.teams_url, name="teams"))
    if settings.mail_server is not None:
        targets["email"] = EmailTarget(settings.mail_server)
    secret = None if settings.webhook_secret is None else read_secret(settings.webhook_secret)
    if settings.webhook_url is not None:
        targets["webhook"] = WebhookTarget(Endpoint(client, settings.webhook_url, name="webhook"), secret=secret)
    if settings.supabase is not None:
        targets["supabase"] = SupabaseTarget(client, settings.supabase)
    webhook = None
    if settings.reply_url is not None:
        webhook = WebhookTarget(Endpoint(client, settings.reply_url, name="reply"), secret=secret)
    if webhook is not None or settings.accounts:
        senders = {
            channel: Sender(Endpoint(client, account.url, name=channel), account, WIRES[channel])
            for channel, account in settings.accounts.items()
        }
        targets["reply"] = ReplyTarget(senders, webhook)
    return targets


def configured_names(settings: Settings) -> frozenset[TargetName]:
    """Which targets have an address."""
    given: dict[TargetName, object] = {
        "slack": settings.slack_url,
        "teams": settings.teams_url,
        "email": settings.mail_server,
        "webhook": settings.webhook_url,
        "supabase": settings.supabase,
        "reply": settings.reply_url or settings.accounts,
    }
    return frozenset(name for name, value in given.items() if value)
