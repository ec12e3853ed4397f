from __future__ import annotations

import pytest

from handover_rules.errors import UsageError
from service.outbox.accounts import read_accounts
from tests.service.outbox.sending import ENVIRONMENT


def test_none_need_be_there() -> None:
    assert read_accounts({}) == {}
    assert read_accounts(dict.fromkeys(ENVIRONMENT, " ")) == {}


def test_each_has_an_address_of_its_own() -> None:
    found = read_accounts(ENVIRONMENT | {"EVOLUTION_API_URL": "https://evo.example.org/"})
    assert {channel: account.url for channel, account in found.items()} == {
        "evolution": "https://evo.example.org/message/sendText/my%20shop",
        "wasender": "https://www.wasenderapi.com/api/send-message",
        "cloud": "https://graph.facebook.com/v23.0/1066/messages",
        "twilio": "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
    }


def test_what_only_checks_deliveries_is_no_account() -> None:
    assert read_accounts({"TWILIO_AUTH_TOKEN": "t", "EVOLUTION_API_KEY": "k", "WHATSAPP_ACCESS_TOKEN": "t"}) == {}


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"EVOLUTION_INSTANCE": "shop"}, "EVOLUTION_INSTANCE is set, and EVOLUTION_API_URL is not"),
        ({"EVOLUTION_INSTANCE": "shop", "EVOLUTION_API_URL": "http://e"}, "and EVOLUTION_API_KEY is not"),
        ({"WHATSAPP_PHONE_NUMBER_ID": "1"}, "and WHATSAPP_ACCESS_TOKEN is not"),
        ({"TWILIO_WHATSAPP_FROM": "+1"}, "and TWILIO_ACCOUNT_SID is not"),
        ({"TWILIO_WHATSAPP_FROM": "+1", "TWILIO_ACCOUNT_SID": "AC"}, "and TWILIO_AUTH_TOKEN is not"),
        ({"WASENDER_API_KEY": "SECRET", "WASENDER_API_URL": "wasender"}, "WASENDER_API_URL is no web address"),
        ({"WASENDER_API_KEY": "SECRET\n2"}, "the key for wasender cannot be sent"),
        ({"WASENDER_API_KEY": "SECRETé"}, "the key for wasender cannot be sent"),
    ],
)
def test_half_an_account(environ: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        read_accounts(environ)
    assert "SECRET" not in str(error.value)


def test_no_secret_is_shown() -> None:
    shown = repr(read_accounts(ENVIRONMENT | {"EVOLUTION_API_URL": "https://evo.example.org"}))
    assert not [secret for secret in ("key", "token", "4155238886", "AC1") if secret in shown]
