from __future__ import annotations

import asyncio
from typing import get_args

import pytest

from handover_rules.errors import UsageError
from service.outbox.configured import configured_names, configured_targets
from service.outbox.email import MailServer
from service.outbox.endpoint import open_client
from service.outbox.owed import TargetName
from service.outbox.supabase import Project
from service.settings import Settings


def names(settings: Settings) -> set[str]:
    async def configuring() -> set[str]:
        async with open_client() as client:
            return set(configured_targets(settings, client))

    return asyncio.run(configuring())


def test_a_target_with_an_address_is_configured() -> None:
    url = "https://example.org/hook"
    assert names(Settings()) == set()
    assert names(Settings(slack_url=url)) == {"slack"}
    mail = MailServer("mail.example.org", 587, False, "bot@example.org")
    crm = Project("https://example.org", "key")
    everything = Settings(slack_url=url, teams_url=url, mail_server=mail, webhook_url=url, supabase=crm, reply_url=url)
    assert names(everything) == set(get_args(TargetName)) == configured_names(everything)


def test_a_bad_address_or_secret_is_said_at_the_start() -> None:
    with pytest.raises(UsageError, match="the address of reply"):
        names(Settings(reply_url="https://"))
    with pytest.raises(UsageError, match="base64"):
        names(Settings(webhook_url="https://example.org/hook", webhook_secret="hunter2"))
