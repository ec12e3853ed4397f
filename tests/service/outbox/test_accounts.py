from __future__ import annotations

import pytest

from handover_rules.errors import UsageError
from service.outbox.accounts import read_accounts
from tests.service.outbox.sending import ENVIRONMENT


def test_none_need_be_there() -> None:
    assert read_accounts({}) == {}
    assert read_accounts(dict.fromkeys(ENVIRONMENT, " ")) == {}


def test_each_has_an_address_of_its_own() -> None:
    found = read_accounts(ENVIRONMENT | {"HANDOVER_EVOLUTION_API_URL": "https://evo.example.org/"})
    assert {channel: account.url for channel, account in found.items()} == {
        "evolution": "https://evo.example.org/message/sendText/my%20shop",
        "wasender": "https://www.wasenderapi.com/api/send-message",
        "cloud": "https://graph.facebook.com/v23.0/1066/messages",
        "twilio": "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
    }


def test_what_only_checks_deliveries_is_no_account() -> None:
    assert (
        read_accounts(
            {"HANDOVER_TWILIO_AUTH_TOKEN": "t", "HANDOVER_EVOLUTION_API_KEY": "k", "HANDOVER_CLOUD_ACCESS_TOKEN": "t"}
        )
        == {}
    )


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        (
            {"HANDOVER_EVOLUTION_INSTANCE": "shop"},
            "HANDOVER_EVOLUTION_INSTANCE is set, and HANDOVER_EVOLUTION_API_URL is not",
        ),
        (
            {"HANDOVER_EVOLUTION_INSTANCE": "shop", "HANDOVER_EVOLUTION_API_URL": "http://e"},
            "and HANDOVER_EVOLUTION_API_KEY is not",
        ),
        ({"HANDOVER_CLOUD_PHONE_NUMBER_ID": "1"}, "and HANDOVER_CLOUD_ACCESS_TOKEN is not"),
        ({"HANDOVER_TWILIO_FROM": "+1"}, "and HANDOVER_TWILIO_ACCOUNT_SID is not"),
        ({"HANDOVER_TWILIO_FROM": "+1", "HANDOVER_TWILIO_ACCOUNT_SID": "AC"}, "and HANDOVER_TWILIO_AUTH_TOKEN is not"),
        (
            {"HANDOVER_WASENDER_API_KEY": "SECRET", "HANDOVER_WASENDER_API_URL": "wasender"},
            "HANDOVER_WASENDER_API_URL is no web address",
        ),
        ({"HANDOVER_WASENDER_API_KEY": "SECRET\n2"}, "the key for wasender cannot be sent"),
        ({"HANDOVER_WASENDER_API_KEY": "SECRETé"}, "the key for wasender cannot be sent"),
    ],
)
def test_half_an_account(environ: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        read_accounts(environ)
    assert "SECRET" not in str(error.value)


def test_no_secret_is_shown() -> None:
    shown = repr(read_accounts(ENVIRONMENT | {"HANDOVER_EVOLUTION_API_URL": "https://evo.example.org"}))
    assert not [secret for secret in ("key", "token", "4155238886", "AC1") if secret in shown]
