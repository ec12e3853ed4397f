"""The rules in use, and checking others: `/api/rules`."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from handover_rules.lint import lint
from handover_rules.rulefile import examine
from handover_rules.rulefile.render import as_json
from service.api.models import CheckedRules, Problem, RefusalView, RefusedRules, RuleProblem, RulesInUse, RulesToCheck
from service.rules import Refusal
from service.running import Running

__all__ = ["LARGEST_RULES", "refusal_view", "router"]

router = APIRouter(prefix="/api/rules", tags=["rules"])

# Bytes of a request. A ruleset of 1,000 rules with 10,000 phrases has about a million.
LARGEST_RULES = 2_000_000

# Stands for a ruleset of which there is one text and no file.
_UNSAVED = "ruleset.yaml"


def refusal_view(refused: Refusal) -> RefusalView:
    """A refusal with its first problem."""
    first = refused.problems[0] if refused.problems else None
    return RefusalView(
        at=refused.at, why=refused.why, code=refused.code, place=None if first is None else str(first.place)
    )


@router.get("")
async def rules_in_use(request: Request) -> RulesInUse:
    """Which rules decide now. Where newer ones were refused, what is wrong with those."""
    running: Running = request.app.state.running
    loaded, refused = running.rules.current, running.rules.refused
    return RulesInUse(
        name=loaded.ruleset.name,
        hash=loaded.ruleset.hash,
        loaded_at=loaded.loaded_at,
        rules=len(loaded.ruleset.rules),
        refused=None
        if refused is None
        else RefusedRules(
            **refusal_view(refused).model_dump(),
            problems=[RuleProblem.model_validate(one) for one in as_json(refused.problems)],
        ),
    )


@router.post(
    "/check",
    responses={413: {"model": Problem, "description": "More than 2 MB."}},
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": RulesToCheck.model_json_schema()}}}
    },
)
async def check_rules(request: Request) -> CheckedRules:
    """Say what is wrong with rules, as `handover check` does. Nothing is written, and the rules in use stay.

    `files` are checked together with the other files in use; `text` alone. Prompts and models are those in use.
    """
    running: Running = request.app.state.running
    try:
        wanted = RulesToCheck.model_validate_json(await _body(request))
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from error
    return await run_in_threadpool(_check, running.rules_path or Path("rules"), wanted)


async def _body(request: Request) -> bytes:
    """The body, read no further than it may be long: FastAPI itself would read whatever comes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_RULES:
            raise HTTPException(413, f"the rules to check are larger than {LARGEST_RULES // 1_000_000} MB")
    return bytes(body)


def _check(path: Path, wanted: RulesToCheck) -> CheckedRules:
    folder = path if path.is_dir() else path.parent
    if wanted.text is not None:
        file = folder / _UNSAVED
        examined = examine(file, drafts={str(file): wanted.text})
    else:
        drafts = {str(folder / name): text for name, text in (wanted.files or {}).items()}
        examined = examine(path, drafts=drafts)
    problems = lint(examined).problems
    # Names as they were sent: where the rules lie on this machine is nobody's business.
    shown = [_without_folder(one, f"{folder}/") for one in as_json(problems)]
    ok = examined.ruleset is not None
    return CheckedRules(
        ok=ok,
        hash=examined.ruleset.hash if examined.ruleset is not None else None,
        problems=[RuleProblem.model_validate(one) for one in shown],
    )


def _without_folder(problem: dict[str, object], folder: str) -> dict[str, object]:
    related = problem["related"]
    return {
        **problem,
        "file": str(problem["file"]).removeprefix(folder),
        "related": _without_folder({"related": None, **related}, folder) if isinstance(related, dict) else None,
    }
