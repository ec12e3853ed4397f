"""Who answers a customer: `/api/bot/status` and `/api/bot/toggle`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from fastapi.concurrency import run_in_threadpool

from service.api.models import BotStatus, Toggle
from service.channels.identifiers import customer_of
from service.ownership import Ownership, owner_of, set_owner
from service.running import PATIENCE, Running

__all__ = ["router"]

router = APIRouter(prefix="/api/bot", tags=["bot"])

Phone = Annotated[
    str,
    Path(
        description="A phone number in any spelling, or the channel's identifier.",
        examples=["1234567890", "test@s.whatsapp.net"],
        min_length=1,
        max_length=200,
    ),
]


@router.get("/status/{phone}")
async def bot_status(phone: Phone, request: Request) -> BotStatus:
    """Whether the bot may answer this customer. A customer who never wrote is answered by the bot.

    Where the customer's last message is being decided, the answer waits for that, up to five seconds.
    """
    running: Running = request.app.state.running
    customer = customer_of(phone)
    await running.processor.settled(customer, PATIENCE)
    return await run_in_threadpool(_read_status, running, customer)


def _read_status(running: Running, customer: str) -> BotStatus:
    with running.database.reading() as connection:
        return _status(customer, owner_of(connection, running.database.tables, customer, running.clock()))


@router.post("/toggle/{phone}")
async def toggle_bot(phone: Phone, request: Request, toggle: Annotated[Toggle | None, Body()] = None) -> BotStatus:
    """Switch the bot for this customer: to `enabled` where that is given, else to the other position.

    What the customer wrote before is decided first, where that takes no more than five seconds.
    """
    running: Running = request.app.state.running
    customer = customer_of(phone)
    await running.processor.settled(customer, PATIENCE)
    enabled = toggle.enabled if toggle is not None else None
    job = partial(
        set_owner,
        tables=running.database.tables,
        customer_id=customer,
        owner=None if enabled is None else "bot" if enabled else "human",
        now=running.clock(),
        return_after=running.ruleset.return_to_bot_after,
    )
    return _status(customer, await running.writer.run(job))


def _status(customer: str, ownership: Ownership) -> BotStatus:
    return BotStatus(
        phone_number=customer,
        bot_enabled=ownership.owner == "bot",
        owner=ownership.owner,
        epoch=ownership.epoch,
        since=ownership.since,
        reason=ownership.reason,
    )
