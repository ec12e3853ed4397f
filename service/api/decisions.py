"""What was decided about a message, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from handover_rules.decision import ConditionTrace, Decision
from handover_rules.engine import Engine
from handover_rules.explain_decision import why
from handover_rules.signals import Score
from service.api.models import ConditionView, DecisionView, Problem, RuleView, SignalView
from service.channels.identifiers import customer_of
from service.running import PATIENCE, Running
from service.store.decisions import StoredDecision, find_decisions
from service.store.inbox import Undecided, find_undecided

__all__ = ["router"]

router = APIRouter(prefix="/api/decisions", tags=["decisions"])


@router.get("/{message_id:path}", responses={404: {"model": Problem}, 409: {"model": Problem}})
async def decision(
    request: Request,
    message_id: Annotated[str, Path(description="The channel's id of the message.")],
    phone: Annotated[str | None, Query(description="Whose message, where several customers' have this id.")] = None,
) -> DecisionView:
    """The decision about a message, with every rule and why it did or did not fire.

    A message that is being decided is waited for, up to five seconds. The trace is made by deciding again from what was
    recorded. That needs the same rules: where they have changed since, there is no trace.
    """
    running: Running = request.app.state.running
    customer = None if phone is None else customer_of(phone)
    answer = await run_in_threadpool(_find, running, message_id, customer)
    if isinstance(answer, Undecided) and answer.customer_id is not None:
        await running.processor.settled(answer.customer_id, PATIENCE)
        answer = await run_in_threadpool(_find, running, message_id, customer)
    if isinstance(answer, DecisionView):
        return answer
    raise HTTPException(404, "no message with this id was received" if answer is None else answer.note)


def _find(running: Running, message_id: str, customer: str | None) -> DecisionView | Undecided | None:
    tables = running.database.tables
    with running.database.reading() as connection:
        found = find_decisions(connection, tables, message_id)
        if customer is not None:
            found = [one for one in found if one.customer_id == customer]
        if not found:
            return find_undecided(connection, tables, message_id, customer)
    if len(found) > 1:
        raise HTTPException(409, "messages of several customers have this id: say whose with ?phone=")
    return _view(found[0], running.engine)


def _view(stored: StoredDecision, engine: Engine) -> DecisionView:
    again, note = None, None
    if stored.outcome == "handover" and stored.rule is None:
        note = "no rule decided: a program handed the conversation over"
    elif stored.ruleset_hash != engine.ruleset.hash:
        note = f"the rules have changed since: {stored.ruleset_hash} decided, {engine.ruleset.hash} is loaded"
    else:
        again = engine.decide(stored.message, stored.state, now=stored.now, signals=stored.signals, trace=True)
    return DecisionView(
        message_id=stored.message.id,
        phone_number=stored.customer_id,
        decided_at=stored.decided_at,
        epoch=stored.epoch,
        outcome=stored.outcome,
        handover=stored.outcome == "handover",
        rule=stored.rule,
        confidence=stored.confidence,
        reason=stored.reason,
        tags=list(stored.tags),
        signals={
            name: SignalView(
                score=signal.value, needed=signal.needed, confidence=signal.confidence, reason=signal.reason or None
            )
            if isinstance(signal, Score)
            else SignalView(unavailable=signal.reason)
            for name, signal in stored.signals.items()
        },
        problems=list(stored.problems),
        ruleset_hash=stored.ruleset_hash,
        trace=_rules(again) if isinstance(again, Decision) else None,
        trace_note=note,
    )


def _rules(again: Decision) -> list[RuleView]:
    return [
        RuleView(
            rule=rule.rule,
            then=rule.then,
            priority=rule.priority,
            fired=rule.fired,
            why=why(rule),
            place=str(rule.place),
            when=_condition(rule.when),
            unless=[_condition(veto) for veto in rule.unless],
        )
        for rule in again.trace or ()
    ]


def _condition(trace: ConditionTrace) -> ConditionView:
    return ConditionView(
        condition=trace.what,
        value=trace.value,
        met=trace.met,
        bound=trace.bound,
        margin=trace.margin,
        place=str(trace.place),
        children=[_condition(child) for child in trace.children],
    )
