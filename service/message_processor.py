"""A handover without the webhook, for programs that have decided themselves that a person must take over."""

from __future__ import annotations

import os
import uuid
from datetime import datetime
from functools import lru_cache

from sqlalchemy.exc import SQLAlchemyError

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision
from handover_rules.engine import Engine
from handover_rules.errors import HandoverError, RulesetError
from handover_rules.messages import Message
from handover_rules.planned import language_of_reply
from handover_rules.rulefile import load_ruleset
from handover_rules.settle import Settled
from service.channels.documents import storable
from service.channels.identifiers import customer_of
from service.channels.inbound import Inbound
from service.clock import utc_now
from service.outbox.configured import configured_names
from service.recording import Recorded, Recording
from service.settings import Settings
from service.store.conversations import Stale
from service.store.database import Database, open_database
from service.store.inbox import receive

__all__ = ["handle_user_handover_request"]


def handle_user_handover_request(phone_number: str, trigger_message: str) -> tuple[bool, str]:
    """Hand the customer's conversation to a person, whatever the rules say of the message.

    What is done is what the rules do at a handover: CRM rows, bot off, and alerts that the running service sends. The
    store is that of DATABASE_URL, the rules those of HANDOVER_RULESET (`rules`). Gives (success, what happened). Where
    a person has the conversation already, that is a success, and only the message is recorded. Raises nothing: what
    went wrong is said.
    """
    if not phone_number.strip() or not trigger_message.strip():
        return False, "a phone number and a message are needed"
    try:
        return True, _hand_over(phone_number, trigger_message)
    except RulesetError as error:
        return False, f"the rules cannot be used: {error}"
    except HandoverError as error:
        return False, str(error)
    except SQLAlchemyError as error:
        return False, f"the database failed, and nothing was written: {type(error).__name__}"


def _hand_over(phone_number: str, text: str) -> str:
    settings = Settings.from_environ(os.environ)
    engine = _engine(os.environ.get("HANDOVER_RULESET", "rules"))
    database = _database(settings.database_url)
    recording = Recording(database.tables, engine.ruleset, configured_names(settings), settings.log_intents)
    now = utc_now()
    asked = Inbound(
        channel="whatsapp",
        event="handover_request",
        payload="{}",
        customer=customer_of(storable(phone_number)),
        message_id=str(uuid.uuid4()),
        text=storable(text),
    )
    while True:
        try:
            recorded, told = _record(database, engine, recording, asked, now)
            break
        except Stale:
            # Another process wrote the conversation in between.
            continue
    if recorded.problems:
        told += "; not everything could be done: " + "; ".join(recorded.problems)
    return told


def _record(
    database: Database, engine: Engine, recording: Recording, asked: Inbound, now: datetime
) -> tuple[Recorded, str]:
    """Store, decide and record, in one transaction: a service that runs beside this never sees the message waiting."""
    with database.writing() as connection:
        (received,) = receive(connection, database.tables, [asked], now)
        assert received.waiting is not None
        assert received.conversation is not None
        message, state = received.waiting.message({}), received.conversation.state.at(now)
        decision, told = _decide(engine, message, state, now)
        language = language_of_reply(message, "", engine.ruleset.default_language)
        settled = Settled(decision, {})
        recorded = recording.record(connection, received.waiting, received.conversation, settled, language, now)
        if recorded.written != "written":
            raise Stale
        return recorded, told


def _decide(engine: Engine, message: Message, state: ConversationState, now: datetime) -> tuple[Decision, str]:
    """The decision, and what to tell of it."""
    if state.owner == "bot":
        return engine.hand_over("The application asked for a person."), "the conversation was handed over to a person"
    decision = engine.decide(message, state, now=now)
    assert isinstance(decision, Decision)  # what a person reads is not analysed, so no detector is needed
    return decision, f"a person has had the conversation since {state.since:%Y-%m-%d %H:%M} UTC; nothing was changed"


@lru_cache(maxsize=4)
def _engine(ruleset: str) -> Engine:
    return Engine(load_ruleset(ruleset, os.environ))


@lru_cache(maxsize=4)
def _database(url: str) -> Database:
    return open_database(url)
