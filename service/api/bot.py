"""Who answers a customer: `/api/bot/status`, `/api/bot/toggle` and the send gate `/api/bot/replies`."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from service.api.models import BotReply, BotReplyAnswer, BotStatus, StaleReply, Toggle
from service.bot_replies import BotTurn, bot_replies
from service.channels.documents import storable
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


_STALE: dict[int | str, dict[str, Any]] = {409: {"model": StaleReply, "description": "The bot must not say it."}}


@router.post("/replies", response_model=BotReplyAnswer, responses=_STALE)
async def bot_reply(reply: BotReply, request: Request) -> Response:
    """The send gate: ask before a bot says something, and tell what it could not answer.

    What the customer wrote before is decided first, where that takes no more than five seconds. A reply that was
    thought of in another epoch than the one now is refused with 409: a person has the conversation, or has had it
    since. One that is let through counts as the bot's turn, with `failed` for the rules on `failures`.
    """
    running: Running = request.app.state.running
    if reply.deliver and "reply" not in running.targets:
        raise HTTPException(422, "deliver: nothing is configured that sends replies; send it yourself, without deliver")
    customer = customer_of(reply.phone_number)
    await running.processor.settled(customer, PATIENCE)
    turn = BotTurn(
        customer,
        reply.epoch,
        storable(reply.text),
        reply.failed,
        reply.offered,
        reply.key or str(uuid.uuid4()),
        reply.deliver,
    )
    job = partial(
        bot_replies,
        tables=running.database.tables,
        turn=turn,
        now=running.clock(),
        offer_open_for=running.ruleset.offer_open_for,
        configured=running.targets,
    )
    gated = await running.writer.run(job)
    owned = gated.ownership
    if not gated.allowed:
        detail = (
            f"the reply is of epoch {reply.epoch}, and the {owned.owner} has the conversation in epoch {owned.epoch}"
        )
        stale = StaleReply(detail=detail, owner=owned.owner, epoch=owned.epoch, since=owned.since)
        return JSONResponse(stale.model_dump(mode="json"), 409)
    if gated.owed:
        running.wake()
    answer = BotReplyAnswer(epoch=owned.epoch, delivery="service" if gated.owed else "bot")
    return JSONResponse(answer.model_dump(mode="json"))


def _status(customer: str, ownership: Ownership) -> BotStatus:
    return BotStatus(
        phone_number=customer,
        bot_enabled=ownership.owner == "bot",
        owner=ownership.owner,
        epoch=ownership.epoch,
        since=ownership.since,
        reason=ownership.reason,
    )
