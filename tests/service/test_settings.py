"""The environment of the service: what it means, and what cannot be meant."""

from __future__ import annotations

import pytest

from handover_rules.errors import UsageError
from service.outbox.rate import Rate
from service.settings import Settings


def test_nothing_need_be_set() -> None:
    assert Settings.from_environ({}) == Settings(
        "sqlite:///var/handover.db", log_intents=True, slack_url=None, webhook_url=None, reply_url=None
    )


def test_everything_can_be_set() -> None:
    said = Settings.from_environ(
        {
            "DATABASE_URL": " postgresql://u:p@h/d ",
            "AI_INTENT_LOGGING_ENABLED": "false",
            "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/x",
            "TEAMS_WEBHOOK_URL": "https://x.environment.api.powerplatform.com/y?sig=z",
            "HANDOVER_RATES": "slack=30/m",
            "HANDOVER_WEBHOOK_URL": "http://127.0.0.1:9000/in",
            "HANDOVER_REPLY_URL": "https://example.org/out",
            "HANDOVER_WEBHOOK_SECRET": "whsec_abc",
        }
    )
    assert said == Settings(
        "postgresql://u:p@h/d",
        log_intents=False,
        slack_url="https://hooks.slack.com/services/x",
        teams_url="https://x.environment.api.powerplatform.com/y?sig=z",
        rates={"slack": Rate(30, 60.0)},
        webhook_url="http://127.0.0.1:9000/in",
        reply_url="https://example.org/out",
        webhook_secret="whsec_abc",
    )


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_not_set(value: str) -> None:
    names = (
        "DATABASE_URL",
        "SUPABASE_URL",
        "AI_INTENT_LOGGING_ENABLED",
        "SLACK_WEBHOOK_URL",
        "HANDOVER_WEBHOOK_SECRET",
    )
    assert Settings.from_environ(dict.fromkeys(names, value)) == Settings()


def test_supabase_without_its_connection_string_says_which_one_to_set() -> None:
    with pytest.raises(UsageError, match=r"set DATABASE_URL .* Session pooler, such as postgresql://postgres\."):
        Settings.from_environ({"SUPABASE_URL": "https://abc.supabase.co"})


@pytest.mark.parametrize(
    "environ",
    [
        {"SUPABASE_URL": "https://abc.supabase.co", "DATABASE_URL": "postgresql://u@h/d"},
        {"SUPABASE_URL": "your_supabase_url"},  # as the guide's example file has it
    ],
)
def test_supabase_beside_a_connection_string_or_not_meant(environ: dict[str, str]) -> None:
    assert Settings.from_environ(environ).database_url == environ.get("DATABASE_URL", "sqlite:///var/handover.db")


@pytest.mark.parametrize(
    ("value", "on"), [("true", True), ("TRUE ", True), ("1", True), ("on", True), ("No", False), ("0", False)]
)
def test_a_switch(value: str, on: bool) -> None:
    assert Settings.from_environ({"AI_INTENT_LOGGING_ENABLED": value}).log_intents is on


def test_a_switch_that_is_neither() -> None:
    with pytest.raises(UsageError, match="AI_INTENT_LOGGING_ENABLED is 'maybe'; expected true or false"):
        Settings.from_environ({"AI_INTENT_LOGGING_ENABLED": "maybe"})


@pytest.mark.parametrize(
    "name", ["SLACK_WEBHOOK_URL", "TEAMS_WEBHOOK_URL", "HANDOVER_WEBHOOK_URL", "HANDOVER_REPLY_URL"]
)
def test_what_is_no_address_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is no web address") as error:
        Settings.from_environ({name: "hooks.slack.com/services/T0/secret"})
    assert "secret" not in str(error.value)
